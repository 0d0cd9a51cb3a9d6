import { describe, expect, it } from 'vitest';
import { certifiedKey } from '../../support/certificates.ts';
import { testDomain } from '../../support/emulator.ts';
import { serviceProviderMetadata } from '../../support/saml-metadata.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:ServiceProvider';
const PATH = '/admin/v1/ServiceProviders';
const SAML_APP = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:samlServiceProvider:App';

describe('ServiceProvider', () => {
  it('is created as recorded (main-0412), changed and deleted', async () => {
    const domain = await testDomain();
    const body = {
      schemas: [SCHEMA],
      partnerProviderId: 'http://host.example.com:7499/fed/sp',
      assertionConsumerUrl: 'http://host.example.com/fed/sp/authnResponse20',
      logoutRequestUrl: 'http://host.example.com/fed/sp/samlv20',
      partnerName: 'serviceProviderPartner1',
      enabled: false,
      nameIdFormat: 'saml-emailaddress',
      nameIdUserstoreAttribute: 'emails.primary',
    };
    const made = await domain.send('POST', PATH, { body });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject(body);
    expect((await domain.send('GET', PATH)).body.Resources).toMatchObject([body]);
    expect((await domain.send('POST', PATH, { body: { ...body, partnerName: 'Other' } })).status).toBe(409);
    const path = `${PATH}/${made.body.id}`;
    const put = await domain.send('PUT', path, { body: { ...body, enabled: true } });
    expect(put.body).toMatchObject({ id: made.body.id, enabled: true });
    const patched = await domain.send('PATCH', path, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'partnerName', value: 'New' }],
      },
    });
    expect(patched.body.partnerName).toBe('New');
    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  it('is filled in from metadata, as a SAML App is', async () => {
    const domain = await testDomain();
    const { base64 } = await certifiedKey();
    const metadata = serviceProviderMetadata(base64);
    const facts = {
      partnerProviderId: 'https://sp.example/saml',
      assertionConsumerUrl: 'https://sp.example/acs',
      logoutRequestUrl: 'https://sp.example/slo',
      logoutBinding: 'Post',
      signingCertificate: base64,
    };
    const made = await domain.send('POST', PATH, { body: { schemas: [SCHEMA], partnerName: 'SP', metadata } });
    expect(made.body, made.text).toMatchObject({ ...facts, enabled: false });
    const app = await domain.send('POST', '/admin/v1/Apps', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
        displayName: 'SAML',
        isSamlServiceProvider: true,
        basedOnTemplate: { value: 'CustomWebAppTemplateId' },
        [SAML_APP]: { metadata },
      },
    });
    expect(app.body[SAML_APP], app.text).toMatchObject(facts);
  });

  it('needs a name and a partner id', async () => {
    const domain = await testDomain();
    for (const [missing, body] of [
      ['partnerName', { partnerProviderId: 'urn:sp' }],
      ['partnerProviderId', { partnerName: 'SP' }],
    ] as const) {
      const answer = await domain.send('POST', PATH, { body: { schemas: [SCHEMA], ...body } });
      expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining(missing)]);
    }
    expect((await domain.send('GET', PATH, { token: null })).status).toBe(401);
  });
});
