import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/scim/json.ts';
import { type CertifiedKey, certifiedKey } from '../../support/certificates.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';
import { identityProviderMetadata } from '../../support/saml-metadata.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:IdentityProvider';
const PATH = '/admin/v1/IdentityProviders';
const SOCIAL = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:social:IdentityProvider';
const X509 = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:x509:IdentityProvider';
let key: CertifiedKey;

beforeAll(async () => {
  key = await certifiedKey();
});

function create(domain: TestDomain, more: JsonObject = {}) {
  const body = { schemas: [SCHEMA], partnerName: 'Partner', enabled: false, ...more };
  return domain.send('POST', PATH, { body });
}

function patch(domain: TestDomain, id: string, operations: JsonValue[]) {
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations };
  return domain.send('PATCH', `${PATH}/${id}`, { body });
}

describe('IdentityProvider', () => {
  it('is created with a name alone, read, listed, searched, changed and deleted', async () => {
    const domain = await testDomain();
    const made = await create(domain);
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      partnerName: 'Partner',
      enabled: false,
      type: 'SAML',
      tenantProviderId: `${domain.url}/fed`,
      meta: { resourceType: 'IdentityProvider', location: `${domain.url}${PATH}/${made.body.id}` },
    });
    const path = `${PATH}/${made.body.id}`;
    expect((await domain.send('GET', path)).body).toEqual(made.body);
    const found = await domain.send(
      'GET',
      `${PATH}?filter=partnerName eq "partner"&attributes=partnerName,partnerProviderId`,
    );
    expect(found.body.Resources).toEqual([{ id: made.body.id, partnerName: 'Partner', type: 'SAML' }]);
    const named = await patch(domain, made.body.id, [
      { op: 'replace', path: 'partnerName', value: 'Intranet' },
      { op: 'replace', path: 'enabled', value: true },
    ]);
    expect(named.body).toMatchObject({ id: made.body.id, partnerName: 'Intranet', enabled: true });
    const { meta: _, ...body } = named.body;
    const put = await domain.send('PUT', path, { body: { ...body, description: 'Replaced' } });
    expect(put.body).toMatchObject({
      id: made.body.id,
      description: 'Replaced',
      jitUserProvAttributes: body.jitUserProvAttributes,
    });
    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  it('reads back what was written, and adds nothing between two reads', async () => {
    const domain = await testDomain();
    const group = await domain.createGroup('Partners');
    const sent = {
      externalId: 'external',
      description: 'All of it',
      partnerProviderId: 'https://idp.example/saml',
      succinctId: 'short',
      idpSsoUrl: 'https://idp.example/sso',
      logoutRequestUrl: 'https://idp.example/slo',
      logoutResponseUrl: 'https://idp.example/slo-done',
      logoutEnabled: true,
      logoutBinding: 'Post',
      authnRequestBinding: 'Redirect',
      signatureHashAlgorithm: 'SHA-256',
      includeSigningCertInSignature: true,
      nameIdFormat: 'saml-emailaddress',
      iconUrl: 'https://idp.example/icon.png',
      shownOnLoginPage: true,
      requireForceAuthn: false,
      requiresEncryptedAssertion: false,
      samlHoKRequired: false,
      requestedAuthenticationContext: ['urn:oasis:names:tc:SAML:2.0:ac:classes:Password'],
      signingCertificate: key.base64,
      encryptionCertificate: key.base64,
      userMappingMethod: 'NameIDToUserAttribute',
      userMappingStoreAttribute: 'userName',
      assertionAttribute: 'mail',
      allowedIdpInitiatedRelayStates: ['https://app.example/home'],
      jitUserProvEnabled: true,
      jitUserProvCreateUserEnabled: true,
      jitUserProvAttributeUpdateEnabled: false,
      jitUserProvGroupAssertionAttributeEnabled: true,
      jitUserProvGroupSAMLAttributeName: 'groups',
      jitUserProvGroupStaticListEnabled: true,
      jitUserProvGroupMappingMode: 'implicit',
      jitUserProvGroupAssignmentMethod: 'Merge',
    };
    const made = await create(domain, {
      ...sent,
      jitUserProvAssignedGroups: [{ value: group.id }],
      jitUserProvGroupMappings: [{ idpGroup: 'staff', value: group.id }],
    });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject(sent);
    const $ref = `${domain.url}/admin/v1/Groups/${group.id}`;
    expect(made.body.jitUserProvAssignedGroups).toEqual([{ value: group.id, $ref, display: 'Partners' }]);
    expect(made.body.jitUserProvGroupMappings).toEqual([{ idpGroup: 'staff', value: group.id, $ref }]);
    expect(made.body.jitUserProvIgnoreErrorOnAbsentGroups).toBe(false);
    const read = await domain.send('GET', `${PATH}/${made.body.ocid}`);
    expect({ ...read.body, meta: null }).toEqual({ ...made.body, meta: null });
  });

  it('is filled in from metadata, but for what the request says itself', async () => {
    const domain = await testDomain();
    const metadata = identityProviderMetadata(key.base64);
    const made = await create(domain, { metadata, logoutRequestUrl: 'https://own.example/slo' });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      metadata,
      partnerProviderId: 'https://idp.example/saml',
      idpSsoUrl: 'https://idp.example/sso',
      authnRequestBinding: 'Redirect',
      logoutRequestUrl: 'https://own.example/slo',
      logoutResponseUrl: 'https://idp.example/slo-done',
      signingCertificate: key.base64,
      encryptionCertificate: key.base64,
    });
    const moved = await patch(domain, made.body.id, [
      { op: 'replace', path: 'metadata', value: identityProviderMetadata(key.base64, 'new.example') },
    ]);
    expect(moved.body).toMatchObject({
      partnerProviderId: 'https://new.example/saml',
      idpSsoUrl: 'https://new.example/sso',
      logoutRequestUrl: 'https://own.example/slo',
    });
    const read = await domain.send('GET', `${PATH}/${made.body.id}?attributes=metadata`);
    expect(read.body.metadata).toContain('new.example');
    const put = await domain.send('PUT', `${PATH}/${made.body.id}`, {
      body: { schemas: [SCHEMA], partnerName: 'Partner', enabled: false, metadata },
    });
    expect(put.body.idpSsoUrl).toBe('https://idp.example/sso');
  });

  it.each([
    ['no XML', 'metadata'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['another document', '<EntityDescriptor entityID="a"/>'],
    ['no entityID', '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>'],
    [
      'a service provider',
      '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="a"><SPSSODescriptor/></EntityDescriptor>',
    ],
    [
      'no address',
      '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="a"><IDPSSODescriptor/></EntityDescriptor>',
    ],
    [
      'a script for an address',
      identityProviderMetadata('AAAA').replaceAll('https://idp.example/sso', 'javascript:alert(1)'),
    ],
    ['a certificate that is none', identityProviderMetadata('AAAA')],
  ])('refuses metadata that is %s', async (_name, metadata) => {
    const answer = await create(await testDomain(), { metadata });
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('IdentityProvider.metadata')]);
  });

  it.each<[string, JsonObject, string]>([
    ['JIT that neither creates nor updates', { jitUserProvEnabled: true }, 'jitUserProvCreateUserEnabled'],
    [
      'groups from an attribute without its name',
      { jitUserProvGroupAssertionAttributeEnabled: true },
      'jitUserProvGroupSAMLAttributeName',
    ],
    ['a static list without groups', { jitUserProvGroupStaticListEnabled: true }, 'jitUserProvAssignedGroups'],
    ['a certificate that is none', { signingCertificate: 'certificate' }, 'IdentityProvider.signingCertificate'],
    ['a group that is not there', { jitUserProvAssignedGroups: [{ value: 'nobody' }] }, 'references a Group'],
    [
      'a partner certificate that is not there',
      { samlPartnerCertificateId: 'none' },
      'references a SamlPartnerCertificate',
    ],
    ['a partner certificate without its id', { useSamlPartnerCertificate: true }, 'samlPartnerCertificateId'],
    ['another LOCAL provider', { type: 'LOCAL' }, 'LOCAL'],
    ['an X509 provider without what it matches', { type: 'X509' }, 'certMatchAttribute'],
    ['a SOCIAL provider without its extension', { type: 'SOCIAL' }, 'serviceProviderName'],
    [
      'a way of assigning that is unknown',
      { jitUserProvGroupAssignmentMethod: 'Add' },
      'jitUserProvGroupAssignmentMethod',
    ],
  ])('refuses %s', async (_name, more, named) => {
    const answer = await create(await testDomain(), more);
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining(named)]);
  });

  it('takes 250 group mappings and no more', async () => {
    const domain = await testDomain();
    const group = await domain.createGroup('Staff');
    const mappings = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ idpGroup: `g${n}`, value: group.id }));
    expect((await create(domain, { jitUserProvGroupMappings: mappings(251) })).body.detail).toContain('250');
    expect((await create(domain, { jitUserProvGroupMappings: mappings(250) })).status).toBe(201);
  });

  it('says how groups are mapped when JIT is turned on without saying so', async () => {
    const domain = await testDomain();
    const { body } = await create(domain);
    expect(body.jitUserProvGroupMappingMode).toBeUndefined();
    const on = await patch(domain, body.id, [
      { op: 'replace', path: 'jitUserProvEnabled', value: true },
      { op: 'replace', path: 'jitUserProvAttributeUpdateEnabled', value: true },
    ]);
    expect(on.body).toMatchObject({
      jitUserProvGroupMappingMode: 'explicit',
      jitUserProvGroupAssignmentMethod: 'Overwrite',
      jitUserProvIgnoreErrorOnAbsentGroups: true,
    });
  });

  it('keeps the secret of a social provider sealed in the row and shows it', async () => {
    const domain = await testDomain();
    const social = {
      accountLinkingEnabled: true,
      registrationEnabled: false,
      serviceProviderName: 'Facebook',
      consumerKey: 'key',
      consumerSecret: 'v1.secret',
    };
    const made = await create(domain, { [SOCIAL]: social });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ type: 'SOCIAL', [SOCIAL]: social, [X509]: { crlEnabled: true } });
    expect(made.body.jitUserProvAttributes).toBeUndefined();
    const { meta: _, ...body } = made.body;
    const put = await domain.send('PUT', `${PATH}/${made.body.id}`, { body });
    expect([put.status, put.body.meta.version]).toEqual([200, made.body.meta.version]);
    const changed = await patch(domain, made.body.id, [
      { op: 'replace', path: `${SOCIAL}:consumerSecret`, value: 'other' },
    ]);
    expect(changed.body[SOCIAL].consumerSecret).toBe('other');
    expect(
      (await patch(domain, made.body.id, [{ op: 'replace', path: `${SOCIAL}:serviceProviderName`, value: 'Google' }]))
        .status,
    ).toBe(400);
  });

  it('has one name and one partner id each', async () => {
    const domain = await testDomain();
    await create(domain, { partnerProviderId: 'urn:a' });
    expect((await create(domain)).status).toBe(409);
    expect((await create(domain, { partnerName: 'Other', partnerProviderId: 'urn:a' })).status).toBe(409);
  });

  it('ships as the user names and passwords of the domain, which stay', async () => {
    const domain = await testDomain();
    const local = await domain.send('GET', `${PATH}?filter=type eq "LOCAL"`);
    expect(local.body.Resources).toMatchObject([
      { id: 'UserNamePassword', partnerName: 'UserNamePassword', enabled: true },
    ]);
    expect((await domain.send('DELETE', `${PATH}/UserNamePassword`)).status).toBe(403);
  });

  it('is for administrators', async () => {
    const domain = await testDomain();
    expect((await domain.send('GET', PATH, { token: null })).status).toBe(401);
  });
});

describe('MappedAttribute', () => {
  async function mappingOf(domain: TestDomain) {
    const { body } = await create(domain);
    return { provider: body, path: `/admin/v1/MappedAttributes/${body.jitUserProvAttributes.value}` };
  }

  function map(domain: TestDomain, path: string, idcsAttributeName: string, managedObjectAttributeName: string) {
    const value = [{ idcsAttributeName, managedObjectAttributeName }];
    return domain.send('PATCH', path, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'attributeMappings', value }],
      },
    });
  }

  it('comes and goes with its IdentityProvider, and is changed by itself', async () => {
    const domain = await testDomain();
    const { provider, path } = await mappingOf(domain);
    expect(provider.jitUserProvAttributes.$ref).toBe(`${domain.url}${path}`);
    const read = await domain.send('GET', path);
    expect(read.body).toMatchObject({
      idcsResourceType: 'User',
      refResourceType: 'IdentityProvider',
      refResourceID: provider.id,
      direction: 'inbound',
    });
    const changed = await map(domain, path, 'emails[primary eq true and type eq "work"].value', '$(assertion.mail)');
    expect(changed.status, changed.text).toBe(200);
    const listed = await domain.send('GET', `/admin/v1/MappedAttributes?filter=refResourceID eq "${provider.id}"`);
    expect(listed.body.Resources[0].attributeMappings).toHaveLength(1);
    const { meta: _, ...body } = changed.body;
    expect((await domain.send('PUT', path, { body })).status).toBe(200);
    for (const [verb, at] of [
      ['POST', '/admin/v1/MappedAttributes'],
      ['DELETE', path],
    ] as const) {
      expect((await domain.send(verb, at, { body: {} })).status).toBe(405);
    }
    const other = [{ op: 'replace', path: 'jitUserProvAttributes', value: { value: 'x' } }];
    expect((await patch(domain, provider.id, other)).status).toBe(400);
    await domain.send('DELETE', `${PATH}/${provider.id}`);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  it.each([
    ['userName', '$(assertion.mail)'],
    ['name.givenName', '$(assertion.fed.nameidvalue)'],
    ['urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User:isFederatedUser', '#toBoolean("false")'],
    ['externalId', '#concat("ACME/",$(assertion.fed.nameidvalue))'],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:Organization', 'ACME Corporation'],
  ])('maps %s to %s', async (target, expression) => {
    const domain = await testDomain();
    const answer = await map(domain, (await mappingOf(domain)).path, target, expression);
    expect(answer.status, answer.text).toBe(200);
  });

  it.each([
    ['nickname2', '$(assertion.a)'],
    ['password', '$(assertion.a)'],
    ['groups', '$(assertion.a)'],
    ['meta.location', '$(assertion.a)'],
    ['userName', '$(assertion.a'],
    ['userName', '#concat("a"'],
  ])('refuses %s from %s', async (target, expression) => {
    const domain = await testDomain();
    const answer = await map(domain, (await mappingOf(domain)).path, target, expression);
    expect([answer.status, answer.body.detail]).toEqual([
      400,
      expect.stringContaining('MappedAttribute.attributeMappings'),
    ]);
  });

  it('is made with a SAML App too, and is outbound there', async () => {
    const domain = await testDomain();
    const app = await domain.send('POST', '/admin/v1/Apps', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
        displayName: 'SAML',
        active: false,
        isSamlServiceProvider: true,
        basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      },
    });
    expect(app.status, app.text).toBe(201);
    const extension = app.body['urn:ietf:params:scim:schemas:oracle:idcs:extension:samlServiceProvider:App'];
    const path = `/admin/v1/MappedAttributes/${extension.outboundAssertionAttributes.value}`;
    expect((await domain.send('GET', path)).body).toMatchObject({
      refResourceType: 'App',
      refResourceID: app.body.id,
      direction: 'outbound',
    });
    expect((await domain.send('DELETE', `/admin/v1/Apps/${app.body.id}`)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });
});
