import { createHash } from 'node:crypto';
import { SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CertifiedKey, certifiedKey } from '../support/certificates.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:';
let key: CertifiedKey;

beforeAll(async () => {
  key = await certifiedKey();
});

function importCertificate(
  domain: TestDomain,
  certificateAlias: string,
  text: unknown,
  type = 'OAuthClientCertificate',
) {
  const body = { schemas: [SCHEMA + type], certificateAlias, x509Base64Certificate: text as string };
  return domain.send('POST', `/admin/v1/${type}s`, { body });
}

async function newSigner(domain: TestDomain, aliases: readonly string[], more = {}) {
  return domain.send('POST', '/admin/v1/Apps', {
    body: {
      schemas: [`${SCHEMA}App`],
      displayName: 'Signer',
      name: 'signer',
      active: true,
      isOAuthClient: true,
      clientType: 'trusted',
      allowedGrants: ['client_credentials'],
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      certificates: aliases.map((certAlias) => ({ certAlias })),
      ...more,
    },
  });
}

describe.each(['OAuthClientCertificate', 'OAuthPartnerCertificate'])('%s', (type) => {
  it('is imported as PEM or as base64 of DER, and says what is in the certificate', async () => {
    const domain = await testDomain();
    const der = Buffer.from(key.base64, 'base64');
    for (const [alias, text] of Object.entries({ pem: key.pem, der: key.base64 })) {
      const made = await importCertificate(domain, alias, text, type);
      expect(made.status, made.text).toBe(201);
      expect(made.body).toMatchObject({
        certificateAlias: alias,
        x509Base64Certificate: text,
        sha1Thumbprint: createHash('sha1').update(der).digest('base64url'),
        sha256Thumbprint: createHash('sha256').update(der).digest('base64url'),
        certStartDate: '2020-01-01T00:00:00.000Z',
        certEndDate: '2045-01-01T00:00:00.000Z',
        meta: { resourceType: type },
      });
      const read = await domain.send('GET', `/admin/v1/${type}s/${made.body.ocid}`);
      expect(read.body).toMatchObject({ id: made.body.id, certificateAlias: alias });
    }
    const found = await domain.send('GET', `/admin/v1/${type}s?filter=certificateAlias eq "pem"`);
    expect(found.body.totalResults).toBe(1);
  });

  it.each([
    ['a word', 'certificate'],
    ['nothing', ''],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    ['two certificates', null],
    ['bytes after the certificate', undefined],
  ])('refuses %s', async (name, sent) => {
    const domain = await testDomain();
    const trailing = Buffer.concat([Buffer.from(key.base64, 'base64'), Buffer.alloc(3)]).toString('base64');
    const text = name === 'two certificates' ? key.pem + key.pem : (sent ?? trailing);
    const answer = await importCertificate(domain, 'a', text, type);
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain('x509Base64Certificate');
  });

  it('refuses an alias that is taken, in any case, and has no PUT and PATCH', async () => {
    const domain = await testDomain();
    const made = await importCertificate(domain, 'Mine', key.pem, type);
    expect((await importCertificate(domain, 'mine', key.pem, type)).status).toBe(409);
    for (const verb of ['PUT', 'PATCH']) {
      const path = `/admin/v1/${type}s/${made.body.id}`;
      expect((await domain.send(verb, path, { body: { schemas: [SCHEMA + type] } })).status).toBe(405);
    }
  });

  it('answers an empty object to a GET after the DELETE', async () => {
    const domain = await testDomain();
    const { body } = await importCertificate(domain, 'gone', key.pem, type);
    const path = `/admin/v1/${type}s/${body.id}`;
    expect((await domain.send('DELETE', path)).status).toBe(204);
    const read = await domain.send('GET', path);
    expect([read.status, read.body]).toEqual([200, {}]);
    expect((await domain.send('DELETE', path)).status).toBe(404);
    expect((await importCertificate(domain, 'gone', key.pem, type)).status).toBe(201);
  });
});

describe('App.certificates', () => {
  it('names imported certificates by alias and shows how assertions name them', async () => {
    const domain = await testDomain();
    await importCertificate(domain, 'Key-1', key.pem);
    const app = await newSigner(domain, ['key-1']);
    expect(app.status, app.text).toBe(201);
    const x5t = createHash('sha1').update(Buffer.from(key.base64, 'base64')).digest('base64url');
    expect(app.body.certificates).toEqual([{ certAlias: 'Key-1', kid: 'Key-1', x5t, sha1Thumbprint: x5t }]);
  });

  it('refuses an alias that was not imported', async () => {
    const answer = await newSigner(await testDomain(), ['nothing']);
    expect([answer.status, answer.body.detail]).toEqual([
      400,
      'App.certificates references a OAuthClientCertificate with ID nothing that does not exist.',
    ]);
  });

  it('keeps a certificate from being deleted, unless by force, which takes it out of the App', async () => {
    const domain = await testDomain();
    const { body } = await importCertificate(domain, 'used', key.pem);
    const app = await newSigner(domain, ['used']);
    const path = `/admin/v1/OAuthClientCertificates/${body.id}`;
    const refused = await domain.send('DELETE', path);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain("unable to delete OAuthClientCertificate 'used'");
    expect((await domain.send('DELETE', `${path}?forceDelete=true`)).status).toBe(204);
    expect((await domain.send('GET', `/admin/v1/Apps/${app.body.id}`)).body.certificates).toBeUndefined();
  });
});

it('a client that was made by the API alone proves itself by private_key_jwt', async () => {
  const domain = await testDomain();
  await importCertificate(domain, 'key-1', key.pem);
  await newSigner(domain, ['key-1']);
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'signer', sub: 'signer', aud: `${domain.url}/`, exp: now + 60 };
  const client_assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: 'key-1' })
    .sign(key.privateKey);
  const form = {
    grant_type: 'client_credentials',
    scope: 'urn:opc:idm:__myscopes__',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
  };
  const answer = await domain.tokenRequest(form, null);
  expect(answer.status, answer.text).toBe(200);
  const [certificate] = (await domain.send('GET', '/admin/v1/OAuthClientCertificates')).body.Resources;
  await domain.send('DELETE', `/admin/v1/OAuthClientCertificates/${certificate.id}?forceDelete=true`);
  expect((await domain.tokenRequest(form, null)).body.error).toBe('invalid_client');
});
