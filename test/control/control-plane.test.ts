import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlServices, registerControlRoutes } from '../../src/control/routes.ts';
import { ensureDefaultDomain } from '../../src/domains/birth.ts';
import type { Domain } from '../../src/domains/domain.ts';
import { DomainRegistry } from '../../src/domains/registry.ts';
import { randomIds } from '../../src/ids.ts';
import { Inbox } from '../../src/inbox/inbox.ts';
import { silentLog } from '../../src/log.ts';
import { KeyRing } from '../../src/oauth/keys/key-ring.ts';
import { KeyRotation } from '../../src/oauth/keys/key-rotation.ts';
import { birthServices, find, newName } from '../domains/birth-world.ts';
import { closeTestStore } from '../support/context.ts';

/*
 * The control plane on a bare Fastify and the real store: its own rules only, without the rest of the HTTP face.
 */

const MACHINE_TIME = '2026-01-01T00:00:00.000Z';

let app: FastifyInstance;
let services: ControlServices;
let ready = true;

beforeAll(async () => {
  const birth = await birthServices();
  const registry = new DomainRegistry({
    domains: birth.store.domains,
    defaultName: birth.defaultDomain,
    clock: birth.clock,
  });
  await ensureDefaultDomain(birth);
  const inbox = new Inbox({
    store: birth.store,
    ids: randomIds,
    clockOf: (domain) => registry.clockOf(domain),
    pollMs: 10,
  });
  const { store, secrets, clock, log } = birth;
  const ring = { store, secrets, clock, log, developmentKeys: true };
  const asked = new WeakMap<object, Domain>();
  const keys = new KeyRing(ring);
  services = {
    store: birth.store,
    registry,
    birth,
    inbox,
    keyRotation: new KeyRotation(ring, keys),
    oauth: {
      ...{ store, secrets, keys, ids: randomIds, passwords: birth.passwords },
      ...{ strictIssuer: false, devLogin: false, mtlsPort: () => null },
      contextOf: (request) => services.contextOf(request),
    },
    version: '0.0.0-test',
    notBuilt: { list: () => [{ route: 'GET /admin/v1/Devices', calls: 2 }] },
    ready: () => ready,
    caPem: () => null,
    controlToken: 'a-token-of-enough-length',
    trustProxy: false,
    baseUrl: null,
    contextOf: (request) => {
      const domain = asked.get(request.raw)!;
      return { domain, clock: registry.clockOf(domain), baseUrl: `http://${request.host}`, log: silentLog };
    },
  };
  app = Fastify();
  app.addHook('onRequest', async (request) => {
    const name = request.headers['x-resource-identity-domain-name'];
    const domain = await registry.resolve(typeof name === 'string' ? name : birth.defaultDomain);
    if (domain) asked.set(request.raw, domain);
  });
  registerControlRoutes(app, services);
  await app.ready();
});

afterAll(async () => {
  await app.close();
  await services.birth.purge.stop();
  await closeTestStore();
});

/** One request from loopback. */
async function call(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
  more: { domain?: string; headers?: Record<string, string>; from?: string } = {},
) {
  const response = await app.inject({
    method,
    url: `/_emulator/${path}`,
    headers: {
      host: 'localhost:8080',
      ...(more.domain ? { 'x-resource-identity-domain-name': more.domain } : {}),
      ...more.headers,
    },
    ...(more.from ? { remoteAddress: more.from } : {}),
    ...(body ? { payload: body } : {}),
  });
  return {
    status: response.statusCode,
    body: response.body === '' ? null : response.json(),
    headers: response.headers,
  };
}

/** A domain of a test's own. */
async function newDomain(): Promise<string> {
  const name = newName();
  expect((await call('POST', 'domains', { name })).status).toBe(201);
  return name;
}

describe('health', () => {
  it('is 503 until the emulator is ready, 200 then', async () => {
    ready = false;
    expect(await call('GET', 'health')).toMatchObject({ status: 503, body: { status: 'starting' } });
    ready = true;
    const { status, body } = await call('GET', 'health');
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', version: '0.0.0-test', store: services.store.describe() });
  });

  it('is open to everybody, by any name', async () => {
    const stranger = { from: '10.0.0.1', headers: { host: 'pod-7.cluster.example' } };
    expect((await call('GET', 'health', undefined, stranger)).status).toBe(200);
    expect((await call('GET', 'ca.pem', undefined, stranger)).status).toBe(404);
  });
});

describe('who may use it', () => {
  const paths = ['info', 'domains', 'messages', 'clock', 'requests', 'nothing-there'];

  it.each(paths)('%s: a stranger needs the token', async (path) => {
    const refused = await call('GET', path, undefined, { from: '172.17.0.1' });
    expect(refused.status).toBe(path === 'nothing-there' ? 404 : 401);
    if (refused.status === 401) expect(refused.body).toMatchObject({ error: 'unauthorized' });
  });

  it('lets the token pass', async () => {
    const headers = { authorization: 'Bearer a-token-of-enough-length' };
    expect((await call('GET', 'info', undefined, { from: '172.17.0.1', headers })).status).toBe(200);
  });

  it('refuses foreign pages and rebound names, on loopback too', async () => {
    const page = { headers: { origin: 'https://evil.example' } };
    expect(await call('POST', 'domains', { name: newName() }, page)).toMatchObject({
      status: 403,
      body: { error: 'foreign_origin' },
    });
    const rebound = { headers: { host: 'evil.example:8080' } };
    expect(await call('GET', 'info', undefined, rebound)).toMatchObject({
      status: 403,
      body: { error: 'foreign_host' },
    });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/scim+json', 'application/jsonx'])(
    'refuses a body as %s',
    async (type) => {
      const response = await app.inject({
        method: 'POST',
        url: '/_emulator/domains',
        headers: { host: 'localhost', 'content-type': type },
        payload: '{"name": "alpha"}',
      });
      expect(response.statusCode).toBe(415);
      expect(response.json().error).toBe('unsupported_media_type');
    },
  );

  it('refuses a body that says nothing of its type', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/_emulator/seed',
      headers: { host: 'localhost', 'content-length': '2' },
      payload: Buffer.from('{}'),
    });
    expect(response.statusCode).toBe(415);
  });
});

describe('info', () => {
  it('says what runs and what was asked for that is not built', async () => {
    const { body } = await call('GET', 'info');
    expect(body).toMatchObject({
      version: '0.0.0-test',
      store: services.store.describe(),
      domain: { name: services.birth.defaultDomain, url: 'http://localhost:8080' },
      notBuilt: [{ route: 'GET /admin/v1/Devices', calls: 2 }],
    });
    expect(body.domains).toBeGreaterThan(0);
  });
});

describe('domains', () => {
  it('makes, shows, lists and deletes one', async () => {
    const name = newName();
    const made = await call('POST', 'domains', { name });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name, url: `http://localhost:8080/_domains/${name}`, default: false });
    expect((await call('GET', `domains/${name}`)).body).toEqual(made.body);
    const { domains } = (await call('GET', 'domains')).body;
    expect(domains.find((domain: { name: string }) => domain.name === name)).toMatchObject(made.body);
    expect((await call('DELETE', `domains/${name}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE'] as const) {
      expect(await call(method, `domains/${name}`)).toMatchObject({ status: 404, body: { error: 'not_found' } });
    }
    expect((await call('POST', `domains/${name}/reset`)).status).toBe(404);
  });

  it('makes one with seeds, and a reset applies them again', async () => {
    const name = newName();
    const seed = ['cncc', { Groups: [{ displayName: 'Testers' }] }];
    expect((await call('POST', 'domains', { name, seed })).status).toBe(201);
    const reset = await call('POST', `domains/${name}/reset`);
    expect(reset.status).toBe(200);
    const domain = (await services.registry.resolve(name))!;
    expect(await find(services.birth, domain, 'Group')).toHaveLength(34);
  });

  it.each([
    [{ name: 'a b' }, 400, 'bad_request', 'name: 1 to 63'],
    [{ name: 'localhost' }, 400, 'bad_request', 'reserved'],
    [{ name: 7 }, 400, 'bad_request', 'name: '],
    [{}, 400, 'bad_request', 'name: '],
    [{ name: 'x', colour: 'red' }, 400, 'bad_request', 'colour: no such member'],
    [{ name: 'x', seed: 'people.yaml' }, 400, 'bad_request', 'is no preset'],
    [{ name: 'x', seed: ['/etc/passwd'] }, 400, 'bad_request', 'is no preset'],
    [{ name: 'x', seed: 7 }, 400, 'bad_request', 'seed: '],
    [{ name: 'x', seed: { Groupz: [] } }, 400, 'seed_refused', 'Groupz: no such key'],
  ])('refuses %j', async (body, status, error, detail) => {
    const answer = await call('POST', 'domains', body);
    expect(answer).toMatchObject({ status, body: { error } });
    expect(answer.body.detail).toContain(detail);
  });

  it('refuses a name that is taken', async () => {
    const name = await newDomain();
    expect(await call('POST', 'domains', { name: name.toUpperCase() })).toMatchObject({
      status: 409,
      body: { error: 'conflict' },
    });
  });

  it('leaves no domain behind whose seed was refused', async () => {
    const name = newName();
    const seed = { Groups: [{ displayName: 'a' }, { displayName: 'b', nonsense: 1 }] };
    const answer = await call('POST', 'domains', { name, seed });
    expect(answer).toMatchObject({ status: 400, body: { error: 'seed_refused' } });
    expect(answer.body.detail).toContain('Groups[1].nonsense');
    expect((await call('GET', `domains/${name}`)).status).toBe(404);
  });

  it('does not delete the default one', async () => {
    expect((await call('DELETE', `domains/${services.birth.defaultDomain}`)).status).toBe(409);
  });
});

describe('seed', () => {
  it('fills the domain of the request', async () => {
    const domain = await newDomain();
    const seed = { Groups: [{ displayName: 'Testers' }] };
    expect((await call('POST', 'seed', { seed }, { domain })).body).toEqual({ created: 1, updated: 0, unchanged: 0 });
    expect((await call('POST', 'seed', { seed }, { domain })).body).toEqual({ created: 0, updated: 0, unchanged: 1 });
    expect((await call('POST', 'seed', {}, { domain })).status).toBe(400);
  });
});

describe('clock', () => {
  it("moves the time of the request's domain only", async () => {
    const domain = await newDomain();
    expect((await call('GET', 'clock', undefined, { domain })).body).toEqual({
      now: MACHINE_TIME,
      frozen: false,
      offsetSeconds: 0,
    });
    const set = await call('PUT', 'clock', { now: '2026-03-01T02:00:00+02:00' }, { domain });
    expect(set.body).toEqual({ now: '2026-03-01T00:00:00.000Z', frozen: false, offsetSeconds: 59 * 86_400 });
    expect((await call('GET', 'clock', undefined, { domain })).body).toEqual(set.body);
    expect((await call('GET', 'clock')).body.now).toBe(MACHINE_TIME);
    const back = await call('DELETE', 'clock', undefined, { domain });
    expect(back.body.now).toBe(MACHINE_TIME);
  });

  it.each([
    [{ seconds: 1.5 }, '2026-01-01T00:00:01.500Z'],
    [{ seconds: -60 }, '2025-12-31T23:59:00.000Z'],
    [{ duration: 'PT1H30M' }, '2026-01-01T01:30:00.000Z'],
    [{ duration: 'P1W1DT0.25S' }, '2026-01-09T00:00:00.250Z'],
  ])('advances by %j', async (step, now) => {
    const domain = await newDomain();
    expect((await call('POST', 'clock/advance', step, { domain })).body.now).toBe(now);
  });

  it('stands still when frozen, moves when told, and goes on from there', async () => {
    const domain = await newDomain();
    const at = '2026-02-02T00:00:00.000Z';
    expect((await call('POST', 'clock/freeze', { now: at }, { domain })).body).toMatchObject({ now: at, frozen: true });
    const moved = await call('POST', 'clock/advance', { seconds: 1 }, { domain });
    expect(moved.body).toMatchObject({ now: '2026-02-02T00:00:01.000Z', frozen: true });
    const free = await call('POST', 'clock/unfreeze', undefined, { domain });
    expect(free.body).toMatchObject({ now: '2026-02-02T00:00:01.000Z', frozen: false });
  });

  it.each([
    ['PUT', 'clock', {}],
    ['PUT', 'clock', { now: 'tomorrow' }],
    ['PUT', 'clock', { now: '2026-01-01' }],
    ['PUT', 'clock', { now: '1960-01-01T00:00:00Z' }],
    ['POST', 'clock/advance', {}],
    ['POST', 'clock/advance', { seconds: 1, duration: 'PT1S' }],
    ['POST', 'clock/advance', { seconds: '1' }],
    ['POST', 'clock/advance', { seconds: 1e15 }],
    ['POST', 'clock/advance', { duration: 'P1M' }],
    ['POST', 'clock/advance', { duration: 'PT' }],
    ['POST', 'clock/freeze', { at: 1 }],
  ] as const)('refuses %s %s %j', async (method, path, body) => {
    expect(await call(method, path, body)).toMatchObject({ status: 400, body: { error: 'bad_request' } });
  });
});

describe('messages', () => {
  const mail = (to: string) => ({
    channel: 'email' as const,
    to,
    subject: 'Welcome',
    data: { text: 'Your code is 123456', code: '123456' },
  });

  it('shows what was sent, by recipient, channel and time', async () => {
    const domain = await newDomain();
    const row = (await services.registry.resolve(domain))!;
    const sent = await services.inbox.deliver(row, mail('a@example.com'));
    await services.inbox.deliver(row, { ...mail('+31600000000'), channel: 'sms', subject: null });
    const { body } = await call('GET', 'messages?to=a@example.com', undefined, { domain });
    expect(body).toEqual({
      total: 1,
      messages: [
        {
          id: sent.id,
          channel: 'email',
          to: 'a@example.com',
          subject: 'Welcome',
          created: MACHINE_TIME,
          text: 'Your code is 123456',
          code: '123456',
        },
      ],
    });
    expect((await call('GET', 'messages?channel=sms', undefined, { domain })).body.total).toBe(1);
    expect((await call('GET', `messages?since=${MACHINE_TIME}`, undefined, { domain })).body.total).toBe(0);
    expect((await call('GET', 'messages?since=2025-01-01T00:00:00Z', undefined, { domain })).body.total).toBe(2);
    const page = await call('GET', 'messages?limit=1&offset=1', undefined, { domain });
    expect(page.body.messages).toHaveLength(1);
    expect((await call('GET', 'messages')).body.total).toBe(0);
  });

  it('reads and deletes one, and all', async () => {
    const domain = await newDomain();
    const row = (await services.registry.resolve(domain))!;
    const { id } = await services.inbox.deliver(row, mail('a@example.com'));
    await services.inbox.deliver(row, mail('b@example.com'));
    expect((await call('GET', `messages/${id}`, undefined, { domain })).body).toMatchObject({ id, code: '123456' });
    expect((await call('DELETE', `messages/${id}`, undefined, { domain })).status).toBe(204);
    expect((await call('GET', `messages/${id}`, undefined, { domain })).status).toBe(404);
    expect((await call('DELETE', `messages/${id}`, undefined, { domain })).status).toBe(404);
    expect((await call('DELETE', 'messages', undefined, { domain })).body).toEqual({ deleted: 1 });
  });

  it('waits for a message and answers as soon as it is there', async () => {
    const domain = await newDomain();
    const row = (await services.registry.resolve(domain))!;
    const waiting = call('GET', 'messages?to=a@example.com&wait=30', undefined, { domain });
    await services.inbox.deliver(row, mail('b@example.com'));
    await services.inbox.deliver(row, mail('a@example.com'));
    expect((await waiting).body.total).toBe(1);
  });

  it('does not wait when it is not asked to', async () => {
    const domain = await newDomain();
    expect((await call('GET', 'messages?wait=0', undefined, { domain })).body).toEqual({ total: 0, messages: [] });
  });

  it.each(['wait=61', 'wait=-1', 'wait=x', 'channel=fax', 'since=yesterday', 'limit=0', 'to=', 'form=a'])(
    'refuses %s',
    async (query) => {
      expect(await call('GET', `messages?${query}`)).toMatchObject({ status: 400, body: { error: 'bad_request' } });
    },
  );
});

describe('what is not built', () => {
  it.each(['requests', 'faults', 'faults/1', 'domains/x/snapshot', 'domains/x/restore'])(
    '%s answers 501',
    async (path) => {
      expect(await call('POST', path)).toMatchObject({ status: 501, body: { error: 'not_implemented' } });
    },
  );
});
