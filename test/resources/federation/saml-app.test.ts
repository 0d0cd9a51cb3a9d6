import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const SAML = `${SCHEMA}extension:samlServiceProvider:App`;

/** What the documentation's page has (flows.md B4), by the schema's names. */
const PAGE: JsonObject = {
  partnerProviderId: 'https://sp.example.com/',
  assertionConsumerUrl: 'https://sp.example.com/acs',
  nameIdFormat: 'saml-emailaddress',
  nameIdUserstoreAttribute: 'emails.primary.value',
  signResponseOrAssertion: 'Response',
  includeSigningCertInSignature: true,
  signatureHashAlgorithm: 'SHA-256',
  logoutEnabled: true,
  logoutBinding: 'Post',
  logoutRequestUrl: 'https://sp.example.com/logout',
  logoutResponseUrl: 'https://sp.example.com/logged-out',
  groupAssertionAttributes: [{ name: 'groups', condition: 'All Groups' }],
  userAssertionAttributes: [
    { name: 'mail', userStoreAttributeName: 'emails[work].value' },
    { name: 'city', userStoreAttributeName: 'addresses[type eq "work"].locality' },
  ],
};

let domain: TestDomain;
beforeAll(async () => {
  domain = await testDomain();
});

let made = 0;
const create = (saml: JsonObject | null) =>
  domain.send('POST', '/admin/v1/Apps', {
    body: {
      schemas: [`${SCHEMA}App`],
      displayName: `SAML ${++made}`,
      basedOnTemplate: { value: 'CustomSAMLAppTemplateId' },
      ...(saml === null ? {} : { [SAML]: saml }),
    },
  });
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(PAGE).filter(([name]) => !names.includes(name)));
const patch = (id: string, ...Operations: JsonObject[]) =>
  domain.send('PATCH', `/admin/v1/Apps/${id}`, {
    body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations },
  });

describe('a SAML application', () => {
  it('is made and activated as documented', async () => {
    const { status, body, text } = await create(PAGE);
    expect(status, text).toBe(201);
    expect(body).toMatchObject({ loginMechanism: 'SAML', isSamlServiceProvider: true, isOAuthClient: false });
    expect(body[SAML]).toMatchObject(PAGE);
    expect(body[SAML].outboundAssertionAttributes.direction).toBe('outbound');
    const on = await domain.send('PUT', `/admin/v1/AppStatusChanger/${body.id}`, {
      body: { schemas: [`${SCHEMA}AppStatusChanger`], active: true },
    });
    expect(on.body).toMatchObject({ id: body.id, active: true });
  });

  it.each([
    ['nothing of itself', null, 'partnerProviderId,assertionConsumerUrl,nameIdFormat'],
    ['no entity id', without('partnerProviderId'), 'partnerProviderId'],
    ['no consumer and no format', without('assertionConsumerUrl', 'nameIdFormat'), 'assertionConsumerUrl,nameIdFormat'],
    ['an empty consumer', { ...PAGE, assertionConsumerUrl: '' }, 'assertionConsumerUrl'],
    ['logout without a binding', without('logoutBinding'), 'logoutBinding'],
    [
      'logout without addresses',
      without('logoutRequestUrl', 'logoutResponseUrl'),
      'logoutRequestUrl,logoutResponseUrl',
    ],
  ])('with %s is refused by name', async (_what, saml, names) => {
    const { status, body } = await create(saml);
    expect(status).toBe(400);
    const missing = names.split(',').map((name) => `${SAML}:${name}`);
    expect(body.detail).toBe(`Missing required attribute(s): ${missing.join(',')}.`);
  });

  it.each([
    ['a consumer that is no URL', { assertionConsumerUrl: '/acs' }, 'assertionConsumerUrl must be an absolute'],
    ['a logout that is a program', { logoutRequestUrl: 'javascript:alert(1)' }, 'logoutRequestUrl must be an absolute'],
    [
      'an attribute that assertions never tell',
      { userAssertionAttributes: [{ name: 'x', userStoreAttributeName: 'password' }] },
      "userAssertionAttributes.userStoreAttributeName can't be password",
    ],
    [
      'a mail of another type',
      { userAssertionAttributes: [{ name: 'x', userStoreAttributeName: 'emails[home].value' }] },
      "userAssertionAttributes.userStoreAttributeName can't be emails[home].value",
    ],
    ['an unknown binding', { logoutBinding: 'Artifact' }, 'logoutBinding'],
  ])('with %s is refused by name', async (_what, wrong, message) => {
    const { status, body } = await create({ ...PAGE, ...wrong });
    expect([status, body.detail]).toEqual([400, expect.stringContaining(message)]);
  });

  it('needs no logout attributes until logout is on, and then by PATCH too', async () => {
    const logout = ['logoutEnabled', 'logoutBinding', 'logoutRequestUrl', 'logoutResponseUrl'];
    const { status, body, text } = await create(without(...logout));
    expect(status, text).toBe(201);
    const on = { op: 'add', path: `${SAML}:logoutEnabled`, value: true };
    const refused = await patch(body.id, on);
    expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('logoutBinding')]);
    const parts = logout.slice(1).map((name) => ({ op: 'add', path: `${SAML}:${name}`, value: PAGE[name]! }));
    expect((await patch(body.id, ...parts, on)).status).toBe(200);
    const format = await patch(body.id, { op: 'remove', path: `${SAML}:nameIdFormat` });
    expect([format.status, format.body.detail]).toEqual([400, expect.stringContaining('nameIdFormat')]);
  });

  it('has metadata instead of single values', async () => {
    const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp2.example.com/">
      <SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
        <AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sp2.example.com/acs"/>
      </SPSSODescriptor></EntityDescriptor>`;
    const { status, body, text } = await create({ metadata });
    expect(status, text).toBe(201);
    expect(body[SAML]).toMatchObject({
      partnerProviderId: 'https://sp2.example.com/',
      assertionConsumerUrl: 'https://sp2.example.com/acs',
    });
  });
});

describe('a RADIUS client', () => {
  const RADIUS = `${SCHEMA}extension:radiusApp:App`;
  const body = {
    schemas: [`${SCHEMA}App`, RADIUS],
    displayName: 'Oracle Database 12c',
    basedOnTemplate: { value: 'OracleDatabaseRADIUSAppTemplateId' },
    isRadiusApp: true,
    isSamlServiceProvider: false,
    isOAuthResource: false,
    isOAuthClient: false,
    showInMyApps: false,
    isWebTierPolicy: false,
    loginMechanism: 'RADIUS',
  };

  it('is made as recorded (radius-27), and not without its own attributes', async () => {
    const bare = await domain.send('POST', '/admin/v1/Apps', { body });
    expect(bare.status).toBe(400);
    expect(bare.body.detail).toContain(`${RADIUS}:clientIP`);
    const radius = { clientIP: '10.191.235.147', port: '1812', secretKey: 'testing123', includeGroupInResponse: true };
    const done = await domain.send('POST', '/admin/v1/Apps', { body: { ...body, [RADIUS]: radius } });
    expect(done.status, done.text).toBe(201);
    expect(done.body).toMatchObject({ isRadiusApp: true, loginMechanism: 'RADIUS', [RADIUS]: radius });
  });
});
