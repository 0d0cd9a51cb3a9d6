import { expect, test } from 'vitest';
import { testDomain } from '../support/emulator.ts';

const SETTINGS = 'urn:ietf:params:scim:schemas:oracle:idcs:Settings';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PATH = '/admin/v1/BrandingSettings';

test('a domain is born with its branding, which is the default one', async () => {
  const { send } = await testDomain();
  const list = await send('GET', PATH);
  expect(list.status).toBe(200);
  expect(list.body.totalResults).toBe(1);
  const item = await send('GET', `${PATH}/BrandingSettings`);
  expect(item.body).toMatchObject({
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:BrandingSettings'],
    id: 'BrandingSettings',
    customBranding: false,
    preferredLanguage: 'en',
    locale: 'en',
    timezone: 'UTC',
    meta: { resourceType: 'BrandingSettings' },
  });
  expect(item.body).not.toHaveProperty('issuer');
  expect(list.body.Resources[0]).toMatchObject({ id: 'BrandingSettings', customBranding: false });
});

test('what changes in Settings changes there, with a version of its own, and goes when it goes', async () => {
  const { send } = await testDomain();
  const before = await send('GET', `${PATH}/BrandingSettings`);
  const change = await send('PATCH', '/admin/v1/Settings/Settings', {
    body: {
      schemas: [PATCH],
      Operations: [
        { op: 'replace', path: 'customBranding', value: true },
        { op: 'replace', path: 'companyNames', value: [{ value: 'Example & Söhne', locale: 'de' }] },
        { op: 'replace', path: 'privacyPolicyUrl', value: 'https://example.com/privacy' },
      ],
    },
  });
  expect(change.status).toBe(200);
  const after = await send('GET', `${PATH}/BrandingSettings`);
  expect(after.body).toMatchObject({
    customBranding: true,
    companyNames: [{ value: 'Example & Söhne', locale: 'de' }],
    privacyPolicyUrl: 'https://example.com/privacy',
  });
  expect(after.body.meta.version).not.toBe(before.body.meta.version);
  expect(after.body.meta.lastModified).toBe(change.body.meta.lastModified);

  await send('PATCH', '/admin/v1/Settings/Settings', {
    body: { schemas: [PATCH], Operations: [{ op: 'remove', path: 'companyNames' }] },
  });
  expect((await send('GET', `${PATH}/BrandingSettings`)).body).not.toHaveProperty('companyNames');
});

test('it is read-only, and there is no other', async () => {
  const { send } = await testDomain();
  const body = { schemas: [SETTINGS], customBranding: true };
  expect((await send('POST', PATH, { body })).status).toBe(405);
  expect((await send('PUT', `${PATH}/BrandingSettings`, { body })).status).toBe(405);
  expect((await send('PATCH', `${PATH}/BrandingSettings`, { body })).status).toBe(405);
  expect((await send('DELETE', `${PATH}/BrandingSettings`)).status).toBe(405);
  expect((await send('GET', `${PATH}/Other`)).status).toBe(404);
  expect((await send('GET', PATH, { token: null })).status).toBe(401);
});
