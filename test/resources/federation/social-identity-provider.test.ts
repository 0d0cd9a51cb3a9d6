import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:SocialIdentityProvider';
const PATH = '/admin/v1/SocialIdentityProviders';
const SOCIAL = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:social:IdentityProvider';
const X509 = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:x509:IdentityProvider';

const BODY: JsonObject = {
  schemas: [SCHEMA],
  name: 'Social',
  description: 'description',
  serviceProviderName: 'Facebook',
  enabled: true,
  showOnLogin: true,
  registrationEnabled: true,
  accountLinkingEnabled: true,
  consumerKey: 'clientId12345',
  consumerSecret: 'clientSecret12345',
};

/** As metadata writes it: biome takes a quoted one for a mistake. */
function placeholder(name: string): string {
  return `\${${name}}`;
}

function create(domain: TestDomain, more: JsonObject = {}) {
  return domain.send('POST', PATH, { body: { ...BODY, ...more } });
}

function patch(domain: TestDomain, id: string, ...operations: JsonValue[]) {
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations };
  return domain.send('PATCH', `${PATH}/${id}`, { body });
}

describe('SocialIdentityProvider', () => {
  it('answers as the IdentityProvider that it is, under both names (F2)', async () => {
    const domain = await testDomain();
    const made = await create(domain, {
      relayIdpParamMappings: [
        { relayParamKey: 'brand', relayParamValue: '' },
        { relayParamKey: 'param1' },
        { relayParamKey: 'param2', relayParamValue: 'value2' },
      ],
    });
    expect(made.status, made.text).toBe(201);
    const { id, ocid, meta, idcsCreatedBy: _, idcsLastModifiedBy: __, ...shown } = made.body;
    expect(ocid).toMatch(/^ocid1\./);
    expect(meta).toMatchObject({
      resourceType: 'IdentityProvider',
      location: `${domain.url}/admin/v1/IdentityProviders/${id}`,
    });
    expect(shown).toMatchObject({
      ...BODY,
      partnerName: 'Social',
      shownOnLoginPage: true,
      idAttribute: 'email',
      [X509]: { crlEnabled: true },
      relayIdpParamMappings: [
        { relayParamKey: 'brand' },
        { relayParamKey: 'param1' },
        { relayParamKey: 'param2', relayParamValue: 'value2' },
      ],
    });
    expect(shown[SOCIAL]).toBeUndefined();
    const whole = await domain.send('GET', `/admin/v1/IdentityProviders/${id}`);
    expect(whole.body).toMatchObject({
      partnerName: 'Social',
      type: 'SOCIAL',
      [SOCIAL]: { consumerKey: 'clientId12345', consumerSecret: 'clientSecret12345', serviceProviderName: 'Facebook' },
    });
  });

  it('keeps relay parameters by PATCH as documented (F2)', async () => {
    const domain = await testDomain();
    const { id } = (
      await create(domain, {
        relayIdpParamMappings: [{ relayParamKey: 'param1' }, { relayParamKey: 'param2', relayParamValue: 'value2' }],
      })
    ).body;
    const path = 'relayIdpParamMappings';
    const added = await patch(domain, id, { op: 'add', path, value: [{ relayParamKey: 'param3' }] });
    expect(added.body.relayIdpParamMappings).toHaveLength(3);
    const read = await domain.send('GET', `${PATH}/${id}?attributes=${path}`);
    expect(Object.keys(read.body).sort()).toEqual(['id', 'name', path]);
    const replaced = await patch(domain, id, {
      op: 'replace',
      path: `${path}[relayParamKey eq "param2"]`,
      value: [{ relayParamKey: 'param2', relayParamValue: 'blah' }],
    });
    expect(replaced.body.relayIdpParamMappings).toContainEqual({ relayParamKey: 'param2', relayParamValue: 'blah' });
    const removed = await patch(domain, id, { op: 'remove', path: `${path}[relayParamKey eq "param1"]` });
    expect(removed.body.relayIdpParamMappings).toHaveLength(2);
    expect((await patch(domain, id, { op: 'remove', path })).body.relayIdpParamMappings).toBeUndefined();
  });

  it('assigns groups (F3), which then cannot be deleted under it', async () => {
    const domain = await testDomain();
    const group = await domain.createGroup('Social users');
    const { id } = (await create(domain)).body;
    const set = await patch(
      domain,
      id,
      { op: 'replace', path: 'socialJitProvisioningEnabled', value: true },
      { op: 'replace', path: 'jitProvGroupStaticListEnabled', value: true },
      { op: 'add', path: 'jitProvAssignedGroups', value: [{ value: group.id }] },
    );
    const $ref = `${domain.url}/admin/v1/Groups/${group.id}`;
    expect(set.body.jitProvAssignedGroups, set.text).toEqual([{ value: group.id, $ref }]);
    const read = await domain.send('GET', `${PATH}/${id}?attributes=jitProvAssignedGroups`);
    expect(read.body).toMatchObject({ id, name: 'Social', jitProvAssignedGroups: [{ value: group.id }] });
    expect((await domain.send('DELETE', `/admin/v1/Groups/${group.id}`)).status).toBe(400);
    const without = await patch(domain, id, { op: 'remove', path: 'jitProvAssignedGroups' });
    expect(without.body.jitProvAssignedGroups).toBeUndefined();
    expect(
      (await patch(domain, id, { op: 'add', path: 'jitProvAssignedGroups', value: [{ value: 'none' }] })).status,
    ).toBe(400);
  });

  it('is listed, searched and sorted by its own names, and alone', async () => {
    const domain = await testDomain();
    await create(domain, { name: 'B' });
    await create(domain, { name: 'A', serviceProviderName: 'Google' });
    await domain.send('POST', '/admin/v1/IdentityProviders', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:IdentityProvider'],
        partnerName: 'SAML',
        enabled: false,
      },
    });
    const all = await domain.send('GET', `${PATH}?sortBy=name`);
    expect(
      all.body.Resources.map(({ name }: { name: string }) => name),
      all.text,
    ).toEqual(['A', 'B']);
    const one = await domain.send('GET', `${PATH}?filter=name eq "a" and serviceProviderName eq "Google"`);
    expect(one.body.totalResults).toBe(1);
    const searched = await domain.send('POST', `${PATH}/.search`, {
      body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter: 'not (name eq "A")' },
    });
    expect(searched.body.Resources).toMatchObject([{ name: 'B' }]);
    const saml = await domain.send('GET', '/admin/v1/IdentityProviders?filter=type eq "SAML"');
    const path = `${PATH}/${saml.body.Resources[0].id}`;
    expect((await domain.send('GET', path)).status).toBe(404);
    expect((await domain.send('DELETE', path)).status).toBe(404);
    expect((await patch(domain, saml.body.Resources[0].id, { op: 'replace', path: 'name', value: 'x' })).status).toBe(
      404,
    );
  });

  it('changes nothing by a PUT of what was read, and keeps its id by others', async () => {
    const domain = await testDomain();
    const made = (await create(domain, { scope: ['a'], refreshTokenUrl: 'https://idp.example/refresh' })).body;
    const same = await domain.send('PUT', `${PATH}/${made.id}`, { body: made });
    expect(same.body, same.text).toEqual(made);
    const put = await domain.send('PUT', `${PATH}/${made.id}`, {
      body: { ...BODY, name: 'New', consumerSecret: 'other' },
    });
    expect(put.body, put.text).toMatchObject({ id: made.id, name: 'New', partnerName: 'New', consumerSecret: 'other' });
    expect(put.body.scope).toBeUndefined();
    expect((await patch(domain, made.id, { op: 'replace', path: 'serviceProviderName', value: 'X' })).status).toBe(400);
    expect((await patch(domain, made.id, { op: 'replace', path: 'partnerName', value: 'X' })).status).toBe(400);
    expect((await domain.send('DELETE', `${PATH}/${made.id}`)).status).toBe(204);
    expect((await domain.send('GET', `/admin/v1/IdentityProviders/${made.id}`)).status).toBe(404);
  });

  it('refuses what is missing, a name that is taken, and callers without a right', async () => {
    const domain = await testDomain();
    const { consumerKey: _, ...without } = BODY;
    const answer = await domain.send('POST', PATH, { body: without });
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('consumerKey')]);
    await create(domain);
    expect((await create(domain, { name: 'SOCIAL' })).status).toBe(409);
    expect((await domain.send('GET', PATH, { token: null })).status).toBe(401);
  });
});

describe('SocialIdentityProviderMetadata', () => {
  const METADATA: JsonObject = {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:SocialIdentityProviderMetadata'],
    type: 'IDCSProvider',
    status: 'enabled',
    idAttribute: 'preferred_username',
    capabilities: ['login'],
    authorizePhase: { url: 'https://idp.example/authorize', loginScopes: 'openid profile' },
    authorizePhaseParameters: [
      { name: 'client_id', value: placeholder('socialIdentityProvider.consumerKey') },
      { name: 'state', value: placeholder('state') },
    ],
    tokenPhase: { url: 'https://idp.example/token', method: 'post' },
    tokenPhaseHeaders: [{ name: 'Authorization', value: `Basic ${placeholder('clientCredentials')}` }],
    userInfoPhase: { url: 'https://idp.example/userinfo', method: 'get' },
    userInfoAttributeMappings: [{ idpAttribute: 'firstname', idcsAttribute: 'given_name' }],
    refreshTokenPhaseParameters: [{ name: 'refresh_token', value: placeholder('refreshToken') }],
    iconUrl: 'https://idp.example/icon.png',
  };
  const METADATA_PATH = '/admin/v1/SocialIdentityProviderMetadata';

  it('describes a provider of one’s own, which then counts (F1)', async () => {
    const domain = await testDomain();
    const made = await domain.send('POST', METADATA_PATH, { body: METADATA });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject(METADATA);
    expect((await create(domain, { serviceProviderName: 'IDCSProvider' })).body.idAttribute).toBe('preferred_username');
    expect((await domain.send('POST', METADATA_PATH, { body: METADATA })).status).toBe(409);
    const path = `${METADATA_PATH}/${made.body.id}`;
    const put = await domain.send('PUT', path, { body: { ...METADATA, status: 'disabled' } });
    expect(put.body).toMatchObject({ id: made.body.id, status: 'disabled' });
    expect((await domain.send('GET', `${METADATA_PATH}?filter=type eq "IDCSProvider"`)).body.totalResults).toBe(1);
    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  it.each<[string, JsonObject]>([
    [
      placeholder('clientSecret'),
      { tokenPhaseParameters: [{ name: 'client_secret', value: placeholder('clientSecret') }] },
    ],
    ['capabilities', { capabilities: ['logout'] }],
    ['type', { type: null }],
  ])('refuses a wrong %s', async (named, more) => {
    const domain = await testDomain();
    const answer = await domain.send('POST', METADATA_PATH, { body: { ...METADATA, ...more } });
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining(named)]);
  });
});
