import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { create, MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const ORACLE = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

let domain: TestDomain;

beforeEach(async () => {
  domain = await testDomain();
});

const gate = (displayName = 'Gate', more: JsonObject = {}) =>
  create(domain, 'CloudGate', 'CloudGates', { displayName, type: 'gateway', ...more });
const server = (cloudGate: string, displayName = 'Server') =>
  create(domain, 'CloudGateServer', 'CloudGateServers', {
    displayName,
    hostName: 'gate.example.com',
    port: 4443,
    ssl: true,
    cloudGate: { value: cloudGate },
  });
const mappingBody = (cloudGate: string, serverId: string, app: string, resourcePrefix = '/app') => ({
  schemas: [`${ORACLE}CloudGateMapping`],
  resourcePrefix,
  policyName: 'default',
  proxyPass: 'http://backend.example.com',
  cloudGate: { value: cloudGate },
  server: { value: serverId },
  gatewayApp: { value: app, name: 'reports' },
});
const post = (endpoint: string, body: JsonObject) => domain.send('POST', `/admin/v1/${endpoint}`, { body });
const patch = (path: string, name: string, value: JsonObject | string | boolean | number) =>
  domain.send('PATCH', `/admin/v1/${path}`, {
    body: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: name, value }] },
  });
const get = async (path: string) => domain.send('GET', `/admin/v1/${path}`);

describe('CloudGates', () => {
  it('are made with the OAuth client that the gate uses', async () => {
    const made = await gate('Gate', { description: 'text' });
    expect(made).toMatchObject({ displayName: 'Gate', type: 'gateway', active: false, isOPCService: false });
    const app = (await get(`Apps/${made.oauthClient.value}`)).body;
    expect(app).toMatchObject({ name: made.oauthClient.clientId, clientType: 'confidential', active: false });
    expect(made.oauthClient.$ref).toBe(`${domain.url}/admin/v1/Apps/${app.id}`);
    const credentials = { id: app.name, secret: app.clientSecret };
    const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
    expect((await domain.tokenRequest(form, credentials)).status).toBe(401);
    expect((await patch(`CloudGates/${made.id}`, 'active', true)).body).toMatchObject({ active: true });
    const granted = await domain.tokenRequest(form, credentials);
    expect(granted.status, granted.text).toBe(200);
    const roles = (await get(`Apps/${app.id}?attributes=grantedAppRoles`)).body.grantedAppRoles;
    expect(roles).toEqual([expect.objectContaining({ display: 'Cloud Gate' })]);
    expect((await domain.send('DELETE', `/admin/v1/CloudGates/${made.id}`)).status).toBe(204);
    expect((await get(`Apps/${app.id}`)).status).toBe(404);
    expect((await domain.tokenRequest(form, credentials)).status).toBe(401);
  });

  it('are read back as written: PUT of what was read changes nothing', async () => {
    const made = await gate('Gate', { description: 'text' });
    const read = await get(`CloudGates/${made.id}`);
    const put = await domain.send('PUT', `/admin/v1/CloudGates/${made.ocid}`, { body: read.body });
    expect(put.status, put.text).toBe(200);
    expect(put.body.meta.version).toBe(read.body.meta.version);
    const other = { schemas: [`${ORACLE}CloudGate`], displayName: 'Other', type: 'gateway' };
    const replaced = await domain.send('PUT', `/admin/v1/CloudGates/${made.id}`, { body: other });
    expect(replaced.body).toMatchObject({ id: made.id, displayName: 'Other', oauthClient: read.body.oauthClient });
    expect(replaced.body).not.toHaveProperty('description');
    expect((await get(`Apps/${made.oauthClient.value}`)).body.displayName).toBe('Other');
    const found = await get(`CloudGates?filter=oauthClient.clientId eq "${made.oauthClient.clientId}"`);
    expect(found.body.totalResults).toBe(1);
  });

  it('refuse a taken name, another type, and to change the type', async () => {
    const made = await gate();
    expect((await post('CloudGates', { schemas: [`${ORACLE}CloudGate`], displayName: 'Gate' })).status).toBe(409);
    const odd = { schemas: [`${ORACLE}CloudGate`], displayName: 'Odd', type: 'door' };
    expect((await post('CloudGates', odd)).status).toBe(400);
    expect((await get('Apps?filter=displayName eq "Odd"')).body.totalResults).toBe(0);
    expect((await patch(`CloudGates/${made.id}`, 'type', 'lbaas')).status).toBe(400);
  });

  it('show their servers and mappings, and take them along by force only', async () => {
    const { id } = await gate();
    const app = await newClient(domain, 'reports');
    const made = await server(id);
    const mapping = await post('CloudGateMappings', mappingBody(id, made.id, app.appId));
    expect(mapping.status, mapping.text).toBe(201);
    const shown = (await get(`CloudGates/${id}?attributes=servers,mappings`)).body;
    expect(shown.servers).toEqual([{ serverId: made.id, hostName: 'gate.example.com', port: 4443, ssl: true }]);
    expect(shown.mappings).toEqual([
      expect.objectContaining({ value: mapping.body.id, serverId: made.id, appId: app.appId, resourcePrefix: '/app' }),
    ]);
    const refused = await domain.send('DELETE', `/admin/v1/CloudGates/${id}`);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('error.common.validation.referencedResource');
    expect((await domain.send('DELETE', `/admin/v1/CloudGates/${id}?forceDelete=true`)).status).toBe(204);
    expect((await get(`CloudGateServers/${made.id}`)).status).toBe(404);
    expect((await get(`CloudGateMappings/${mapping.body.id}`)).status).toBe(404);
  });

  it('are for Identity Domain Administrators', async () => {
    const client = await newClient(domain, 'plain');
    const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
    const token = (await domain.tokenRequest(form, client)).body.access_token;
    for (const endpoint of ['CloudGates', 'CloudGateServers', 'CloudGateMappings']) {
      expect((await domain.send('GET', `/admin/v1/${endpoint}`, { token })).status).toBe(401);
    }
  });
});

describe('CloudGateServers', () => {
  it('belong to a gate, have a real port, and are deleted when nothing names them', async () => {
    const { id, ocid } = await gate();
    const made = await server(ocid);
    expect(made).toMatchObject({ cloudGate: { value: id }, isOPCService: false });
    const body = { schemas: [`${ORACLE}CloudGateServer`], displayName: 'Two', hostName: 'h', ssl: false };
    const cloudGate = { value: id };
    expect((await post('CloudGateServers', { ...body, port: 0, cloudGate })).status).toBe(400);
    expect((await post('CloudGateServers', { ...body, port: 65536, cloudGate })).status).toBe(400);
    expect((await post('CloudGateServers', { ...body, port: 80 })).status).toBe(400);
    expect((await post('CloudGateServers', { ...body, port: 80, cloudGate: { value: 'none' } })).status).toBe(400);
    expect((await post('CloudGateServers', { ...body, port: 80, displayName: 'Server', cloudGate })).status).toBe(409);
    expect((await patch(`CloudGateServers/${made.id}`, 'port', 8080)).body.port).toBe(8080);
    expect((await domain.send('DELETE', `/admin/v1/CloudGateServers/${made.id}`)).status).toBe(204);
  });
});

describe('CloudGateMappings', () => {
  it('need a server of the same gate, and have each path of a server once', async () => {
    const [one, two] = [await gate('One'), await gate('Two')];
    const app = await newClient(domain, 'reports');
    const [mine, others] = [await server(one.id, 'A'), await server(two.id, 'B')];
    const strange = await post('CloudGateMappings', mappingBody(one.id, others.id, app.appId));
    expect(strange.status).toBe(400);
    expect(strange.body.detail).toContain('does not belong to CloudGate');
    const same = await Promise.all(
      [1, 2].map(() => post('CloudGateMappings', mappingBody(one.id, mine.id, app.appId))),
    );
    expect(same.map(({ status }) => status).sort()).toEqual([201, 409]);
    const second = await post('CloudGateMappings', mappingBody(one.id, mine.id, app.appId, '/other'));
    expect(second.status).toBe(201);
    expect((await patch(`CloudGateMappings/${second.body.id}`, 'resourcePrefix', '/app')).status).toBe(409);
    expect((await patch(`CloudGateServers/${mine.id}`, 'cloudGate', { value: two.id })).status).toBe(400);
    expect((await domain.send('DELETE', `/admin/v1/CloudGateServers/${mine.id}`)).status).toBe(400);
  });

  it('go with their App by force only, and a gate’s own client not at all', async () => {
    const { id, oauthClient } = await gate();
    const app = await newClient(domain, 'reports', { active: false });
    const made = await post('CloudGateMappings', mappingBody(id, (await server(id)).id, app.appId));
    expect((await domain.send('DELETE', `/admin/v1/Apps/${app.appId}`)).status).toBe(400);
    expect((await domain.send('DELETE', `/admin/v1/Apps/${app.appId}?forceDelete=true`)).status).toBe(204);
    expect((await get(`CloudGateMappings/${made.body.id}`)).status).toBe(404);
    const own = await domain.send('DELETE', `/admin/v1/Apps/${oauthClient.value}?forceDelete=true`);
    expect(own.status).toBe(400);
    expect(own.body.detail).toContain(`the OAuth client of CloudGate ${id}`);
  });
});
