import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { newClient } from '../oauth/token/assertion-fixture.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const ORACLE = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
/** As recorded (radius-01, radius-12, radius-19), with descriptions of our own. */
const PROXY: JsonObject = {
  schemas: [`${ORACLE}RadiusProxy`],
  displayName: 'Acme Oracle Database RADIUS Proxy',
  description: 'text',
  type: 'proxy',
  timeout: 20,
  noOfWorkerThreads: 10,
};

let domain: TestDomain;
let proxy: { id: string };

const send = (method: string, path: string, body?: JsonObject) =>
  domain.send(method, `/admin/v1/${path}`, body === undefined ? {} : { body });
const patch = (path: string, ...operations: JsonObject[]) =>
  send('PATCH', path, { schemas: [PATCH_OP], Operations: operations });
const replace = (path: string, value: string | number | boolean) => ({ op: 'replace', path, value });
const listener = (more: JsonObject = {}) => ({
  schemas: [`${ORACLE}RadiusProxyListener`],
  description: 'text',
  displayName: 'RP1_L1',
  hostName: 'www.external1.acme1.com',
  radiusProxySettings: '{"key1": "value1", "key2": "value2"}',
  radiusProxy: { value: proxy.id },
  ...more,
});
const mapping = (app: string) => ({
  schemas: [`${ORACLE}RadiusProxyMapping`],
  description: 'text',
  radiusProxy: { value: proxy.id },
  radiusApp: { value: app },
});

beforeEach(async () => {
  domain = await testDomain();
  const made = await send('POST', 'RadiusProxies', PROXY);
  expect(made.status, made.text).toBe(201);
  proxy = made.body;
});

describe('RadiusProxies', () => {
  it('are made inactive, with a client that has a secret (G9), and read back equal', async () => {
    const read = await send('GET', `RadiusProxies/${proxy.id}`);
    expect(read.body).toMatchObject({ ...PROXY, active: false });
    expect(read.body.lastModifiedTime).toBe(read.body.meta.lastModified);
    expect(read.body).not.toHaveProperty('oauthClient');
    const asked = 'attributes=mappings,listeners,oauthClient,lastModifiedTime,active';
    const { oauthClient } = (await send('GET', `RadiusProxies/${proxy.id}?${asked}`)).body;
    const app = (await send('GET', `Apps/${oauthClient.value}?attributes=clientSecret,name`)).body;
    expect(app).toMatchObject({
      isAliasApp: false,
      basedOnTemplate: { value: 'RadiusProxyAppTemplateId' },
      displayName: PROXY['displayName'],
      name: oauthClient.clientId,
      clientSecret: expect.any(String),
    });
    // radius-10
    const found = await send('GET', `RadiusProxies?filter=oauthClient.clientId eq "${oauthClient.clientId}"&${asked}`);
    expect(found.body.totalResults).toBe(1);
    expect(found.body.Resources[0]).toMatchObject({ active: false, oauthClient });
  });

  it('are activated, changed, replaced and found as recorded (radius-03 to radius-09)', async () => {
    const path = `RadiusProxies/${proxy.id}`;
    expect((await patch(path, replace('active', true))).body.active).toBe(true);
    const changed = await patch(path, replace('timeout', 15), replace('noOfWorkerThreads', 15));
    expect(changed.body).toMatchObject({ timeout: 15, noOfWorkerThreads: 15 });
    const put = await send('PUT', path, { ...PROXY, timeout: 10, noOfWorkerThreads: 15 });
    expect(put.body).toMatchObject({ id: proxy.id, timeout: 10, noOfWorkerThreads: 15 });
    const found = await send('POST', 'RadiusProxies/.search', {
      attributes: ['displayName'],
      filter: `displayName eq "${String(PROXY['displayName'])}"`,
      startIndex: 1,
      count: 5,
      schemas: [SEARCH],
    });
    expect(found.body).toMatchObject({ totalResults: 1, itemsPerPage: 5 });
    expect((await patch(path, replace('active', false))).body.active).toBe(false);
  });

  it('refuse taken names, other types and times of nothing', async () => {
    expect((await send('POST', 'RadiusProxies', PROXY)).status).toBe(409);
    const other = { ...PROXY, displayName: 'Other' };
    expect((await send('POST', 'RadiusProxies', { ...other, type: 'relay' })).status).toBe(400);
    expect((await send('POST', 'RadiusProxies', { ...other, timeout: 0 })).status).toBe(400);
    expect((await send('POST', 'RadiusProxies', { ...other, noOfWorkerThreads: -1 })).status).toBe(400);
    expect((await patch(`RadiusProxies/${proxy.id}`, replace('type', 'agent'))).status).toBe(400);
  });

  it('show listeners and mappings, which go with them by force only (radius-02)', async () => {
    const app = await newClient(domain, 'dbserver');
    const heard = await send('POST', 'RadiusProxyListeners', listener());
    const mapped = await send('POST', 'RadiusProxyMappings', mapping(app.appId));
    const shown = await send('GET', `RadiusProxies/${proxy.id}?attributes=listeners,mappings`);
    expect(shown.body.listeners).toEqual([
      { value: heard.body.id, $ref: `${domain.url}/admin/v1/RadiusProxyListeners/${heard.body.id}` },
    ]);
    expect(shown.body.mappings).toEqual([expect.objectContaining({ value: mapped.body.id })]);
    expect((await send('DELETE', `RadiusProxies/${proxy.id}`)).status).toBe(400);
    expect((await send('DELETE', `RadiusProxies/${proxy.id}?forceDelete=true`)).status).toBe(204);
    expect((await send('GET', `RadiusProxyListeners/${heard.body.id}`)).status).toBe(404);
    expect((await send('GET', `RadiusProxyMappings/${mapped.body.id}`)).status).toBe(404);
  });
});

describe('RadiusProxyListeners', () => {
  it('are made, found, changed and deleted as recorded (radius-12 to radius-18)', async () => {
    const made = await send('POST', 'RadiusProxyListeners', listener());
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ ...listener(), radiusProxy: { value: proxy.id } });
    const path = `RadiusProxyListeners/${made.body.id}`;
    expect((await patch(path, replace('hostName', 'host.example.com'))).body.hostName).toBe('host.example.com');
    const put = await send('PUT', path, listener({ hostName: '203.0.113.10' }));
    expect(put.status, put.text).toBe(200);
    expect(put.body.hostName).toBe('203.0.113.10');
    const filter = `radiusProxy.value eq "${proxy.id}"`;
    const found = await send('POST', 'RadiusProxyListeners/.search', { filter, count: 5, schemas: [SEARCH] });
    expect(found.body.totalResults).toBe(1);
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
  });

  it.each([
    ['settings that are no JSON', { radiusProxySettings: 'key=value' }],
    ['settings that are no object', { radiusProxySettings: '[1]' }],
    ['a proxy that is not there', { radiusProxy: { value: 'none' } }],
    ['no host', { hostName: null }],
  ])('refuse %s', async (_name, more) => {
    expect((await send('POST', 'RadiusProxyListeners', listener(more as JsonObject))).status).toBe(400);
  });
});

describe('RadiusProxyMappings', () => {
  it('are made, found, changed and deleted as recorded (radius-19 to radius-26)', async () => {
    const app = await newClient(domain, 'dbserver');
    const made = await send('POST', 'RadiusProxyMappings', mapping(app.appId));
    expect(made.status, made.text).toBe(201);
    const path = `RadiusProxyMappings/${made.body.id}`;
    expect((await patch(path, replace('description', 'new'))).body.description).toBe('new');
    expect((await send('PUT', path, mapping(app.appId))).body.description).toBe('text');
    const listed = await send('GET', 'RadiusProxyMappings?attributes=radiusProxy,radiusApp');
    expect(listed.body.Resources[0]).toMatchObject({
      radiusProxy: { value: proxy.id },
      radiusApp: { value: app.appId },
    });
    const filter = `radiusProxy.value eq "${proxy.id}"`;
    expect((await send('POST', 'RadiusProxyMappings/.search', { filter, schemas: [SEARCH] })).body.totalResults).toBe(
      1,
    );
    expect((await send('DELETE', path)).status).toBe(204);
  });

  it('are one for each App and proxy, and their ends stay', async () => {
    const [app, other] = [await newClient(domain, 'dbserver'), await newClient(domain, 'other')];
    const answers = await Promise.all([1, 2].map(() => send('POST', 'RadiusProxyMappings', mapping(app.appId))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const { id } = answers.find(({ status }) => status === 201)!.body;
    expect((await patch(`RadiusProxyMappings/${id}`, replace('radiusApp.value', other.appId))).status).toBe(400);
    expect((await send('POST', 'RadiusProxyMappings', mapping('none'))).status).toBe(400);
    const token = null;
    expect((await domain.send('GET', `/admin/v1/RadiusProxyMappings/${id}`, { token })).status).toBe(401);
  });
});
