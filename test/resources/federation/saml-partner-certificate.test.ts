import { webcrypto, X509Certificate } from 'node:crypto';
import 'reflect-metadata';
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { SignedXml } from 'xml-crypto';
import type { JsonObject } from '../../../src/scim/json.ts';
import { parseXml } from '../../../src/xml.ts';
import { type CertifiedKey, certifiedKey } from '../../support/certificates.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATH = '/admin/v1/SamlPartnerCertificates';
const SAML_APP = `${SCHEMA}extension:samlServiceProvider:App`;
const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;
let key: CertifiedKey;

beforeAll(async () => {
  key = await certifiedKey();
});

function request(domain: TestDomain, more: JsonObject = {}) {
  const body = {
    schemas: [`${SCHEMA}CertificateSigningRequest`],
    certSubjectName: 'CN=www.example.com,O=Example,OU=IT,C=US,S=Massachusetts,L=Boston',
    ...more,
  };
  return domain.send('POST', '/admin/v1/CertificateSigningRequests', { body });
}

function importCertificate(domain: TestDomain, x509Base64Certificate: string, certificateAlias = 'mine') {
  const body = { schemas: [`${SCHEMA}SamlPartnerCertificate`], certificateAlias, x509Base64Certificate };
  return domain.send('POST', PATH, { body });
}

/** What a certificate authority does with a request. */
async function certificateFor(csr: string): Promise<X509Certificate> {
  const asked = new Pkcs10CertificateRequest(csr);
  const pkcs8 = key.privateKey.export({ type: 'pkcs8', format: 'der' });
  const made = await X509CertificateGenerator.create({
    subject: asked.subject,
    issuer: 'CN=test authority',
    notBefore: new Date('2024-01-01T00:00:00Z'),
    notAfter: new Date('2044-01-01T00:00:00Z'),
    signingAlgorithm: RS256,
    publicKey: asked.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, RS256, false, ['sign']),
  });
  return new X509Certificate(Buffer.from(made.rawData));
}

/** Whether a document has one signature over all of it by this certificate. */
async function isSignedBy(xml: string, certificate: X509Certificate): Promise<boolean> {
  const root = (await parseXml(xml))!;
  const verifier = new SignedXml({ publicCert: certificate.toString(), getCertFromKeyInfo: () => null });
  verifier.loadSignature(root.children[0]!.node as never);
  return verifier.checkSignature(xml);
}

describe('CertificateSigningRequest', () => {
  it('answers a request that a certificate authority can read', async () => {
    const domain = await testDomain();
    const made = await request(domain, {
      certSubjectAltName: ['example.com', '10.0.0.1', 'saml@example.com'],
      includeKeyUsage: true,
      signatureAlgorithm: 'SHA384WITHRSA',
    });
    expect(made.status, made.text).toBe(201);
    expect(made.body.csr).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n/);
    const csr = new Pkcs10CertificateRequest(made.body.csr);
    expect(await csr.verify()).toBe(true);
    expect(csr.subject).toBe('CN=www.example.com, O=Example, OU=IT, C=US, ST=Massachusetts, L=Boston');
    expect(csr.signatureAlgorithm).toMatchObject({ hash: { name: 'SHA-384' } });
    const extension = csr.extensions.find(({ type }) => type === '2.5.29.17')!;
    const { names } = new SubjectAlternativeNameExtension(extension.rawData);
    expect(names.toJSON().map(({ value }) => value)).toEqual(['example.com', '10.0.0.1', 'saml@example.com']);
    expect(csr.extensions).toHaveLength(2);
    expect(made.text).not.toContain('PRIVATE');
  });

  it.each<[string, JsonObject, string]>([
    ['no common name', { certSubjectName: 'O=Example' }, 'certSubjectName'],
    ['no name', { certSubjectName: '' }, 'certSubjectName'],
    ['a name with an empty part', { certSubjectName: 'CN=a,=b,,' }, 'certSubjectName'],
    ['a name with an unknown part', { certSubjectName: 'CN=a,NOSUCH=b' }, 'certSubjectName'],
    ['a weak algorithm', { signatureAlgorithm: 'SHA1WITHRSA' }, 'signatureAlgorithm'],
    ['an alternative name with blanks', { certSubjectAltName: ['a b'] }, 'certSubjectAltName'],
  ])('refuses %s', async (_name, more, named) => {
    const answer = await request(await testDomain(), more);
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining(named)]);
  });

  it('has nothing to list', async () => {
    const domain = await testDomain();
    expect((await domain.send('GET', '/admin/v1/CertificateSigningRequests')).status).toBe(405);
    expect((await domain.send('POST', '/admin/v1/CertificateSigningRequests', { token: null, body: {} })).status).toBe(
      401,
    );
  });
});

describe('SamlPartnerCertificate', () => {
  it('says what is in the certificate, is listed and deleted, and never changed', async () => {
    const domain = await testDomain();
    const made = await importCertificate(domain, key.base64);
    expect(made.status, made.text).toBe(201);
    const hex = (print: string) => print.replaceAll(':', '').toLowerCase();
    expect(made.body).toMatchObject({
      certificateAlias: 'mine',
      ocid: expect.stringMatching(/^ocid1\.domaincertificate\./),
      x509Base64Certificate: key.base64,
      base64Certificate: key.base64,
      sha1Thumbprint: hex(key.certificate.fingerprint),
      sha256Thumbprint: hex(key.certificate.fingerprint256),
      sha384Thumbprint: expect.stringMatching(/^[0-9a-f]{96}$/),
      certStartDate: '2020-01-01T00:00:00Z',
      certEndDate: '2045-01-01T00:00:00Z',
    });
    expect((await importCertificate(domain, key.pem)).status).toBe(409);
    expect((await domain.send('GET', `${PATH}?filter=certificateAlias eq "mine"`)).body.totalResults).toBe(1);
    const path = `${PATH}/${made.body.id}`;
    for (const verb of ['PUT', 'PATCH']) expect((await domain.send(verb, path, { body: {} })).status).toBe(405);
    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  it('refuses what is no certificate', async () => {
    const answer = await importCertificate(await testDomain(), 'certificate');
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('x509Base64Certificate')]);
  });

  it('is chosen by identity providers and SAML Apps, and then stays unless it is forced out', async () => {
    const domain = await testDomain();
    const { body: certificate } = await importCertificate(domain, key.base64);
    const choice = { useSamlPartnerCertificate: true, samlPartnerCertificateId: certificate.ocid };
    const provider = await domain.send('POST', '/admin/v1/IdentityProviders', {
      body: { schemas: [`${SCHEMA}IdentityProvider`], partnerName: 'Partner', enabled: false, ...choice },
    });
    expect(provider.body.samlPartnerCertificateId).toBe(certificate.id);
    const app = await domain.send('POST', '/admin/v1/Apps', {
      body: {
        schemas: [`${SCHEMA}App`],
        displayName: 'SAML',
        isSamlServiceProvider: true,
        basedOnTemplate: { value: 'CustomWebAppTemplateId' },
        [SAML_APP]: { partnerProviderId: 'urn:sp' },
      },
    });
    const chosen = await domain.send('PATCH', `/admin/v1/Apps/${app.body.id}`, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: Object.entries(choice).map(([name, value]) => ({ op: 'add', path: `${SAML_APP}:${name}`, value })),
      },
    });
    expect(chosen.body[SAML_APP], chosen.text).toMatchObject({ ...choice, samlPartnerCertificateId: certificate.id });
    const path = `${PATH}/${certificate.id}`;
    const refused = await domain.send('DELETE', path);
    expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('IdentityProvider Partner')]);
    expect((await domain.send('DELETE', `${path}?forceDelete=true`)).status).toBe(204);
    const left = await domain.send('GET', `/admin/v1/Apps/${app.body.id}`);
    expect(left.body[SAML_APP].samlPartnerCertificateId).toBeUndefined();
    expect(left.body[SAML_APP].useSamlPartnerCertificate).toBe(false);
  });
});

describe('GET /fed/v1/metadata', () => {
  it('describes the domain as both sides, signed with its own key', async () => {
    const domain = await testDomain();
    const { text, status, headers } = await domain.send('GET', '/fed/v1/metadata');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/xml;charset=utf-8']);
    const jwks = (await domain.send('GET', '/admin/v1/SigningCert/jwk')).body;
    const certificate = new X509Certificate(Buffer.from(jwks.keys[0].x5c[0], 'base64'));
    expect(await isSignedBy(text, certificate)).toBe(true);
    expect(text).toContain('<dsig:KeyInfo>');
    const root = (await parseXml(text))!;
    expect(root.attributes.get('entityID')).toBe(`${domain.url}/fed`);
    expect(root.children.map(({ name }) => name)).toEqual(['Signature', 'IDPSSODescriptor', 'SPSSODescriptor']);
    for (const address of ['idp/sso', 'idp/slo', 'sp/sso', 'sp/slo']) {
      expect(text).toContain(`Location="${domain.url}/fed/v1/${address}"`);
    }
    // What one domain publishes another can take in.
    const taken = await domain.send('POST', '/admin/v1/IdentityProviders', {
      body: { schemas: [`${SCHEMA}IdentityProvider`], partnerName: 'Self', enabled: true, metadata: text },
    });
    expect(taken.body, taken.text).toMatchObject({
      partnerProviderId: `${domain.url}/fed`,
      idpSsoUrl: `${domain.url}/fed/v1/idp/sso`,
    });
  });

  it('is signed with a certificate of the customer’s own, whose key was made with the request', async () => {
    const domain = await testDomain();
    const { csr } = (await request(domain)).body;
    const certificate = await certificateFor(csr);
    const { body } = await importCertificate(domain, certificate.toString());
    for (const id of [body.id, body.ocid]) {
      const { text, status } = await domain.send('GET', `/fed/v1/metadata?samlPartnerCertificateId=${id}`);
      expect(status, text).toBe(200);
      expect(await isSignedBy(text, certificate)).toBe(true);
      expect(text).toContain('validUntil="2044-01-01T00:00:00Z"');
      expect((await parseXml(text))!.children[0]!.children.map(({ name }) => name)).toEqual([
        'SignedInfo',
        'SignatureValue',
      ]);
    }
  });

  it('refuses certificates without a key here, unknown ones and several', async () => {
    const domain = await testDomain();
    const { body } = await importCertificate(domain, key.base64);
    const get = (query: string) => domain.send('GET', `/fed/v1/metadata?${query}`);
    expect((await get(`samlPartnerCertificateId=${body.id}`)).status).toBe(400);
    expect((await get('samlPartnerCertificateId=none')).status).toBe(404);
    expect((await get('samlPartnerCertificateId=a&samlPartnerCertificateId=b')).status).toBe(400);
  });

  it('needs a token, unless the domain shows its certificate to everybody', async () => {
    const domain = await testDomain();
    expect((await domain.send('GET', '/fed/v1/metadata', { token: null })).status).toBe(401);
    await domain.send('PATCH', '/admin/v1/Settings/Settings', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'signingCertPublicAccess', value: true }],
      },
    });
    expect((await domain.send('GET', '/fed/v1/metadata', { token: null })).status).toBe(200);
  });
});

describe('EncryptionKeys', () => {
  it('are shown to nobody', async () => {
    const domain = await testDomain();
    expect((await domain.send('GET', '/admin/v1/EncryptionKeys')).status).toBe(401);
  });
});
