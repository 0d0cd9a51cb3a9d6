import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../src/config.ts';
import type { Emulator } from '../../src/index.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';

const PAGE = 'http://localhost:3000';
const ALLOWED = 'access-control-allow-origin';

let strict: Emulator;
let domain: TestDomain;
beforeAll(async () => {
  strict = await startTestEmulator({ issuer: 'domain' });
  domain = await testDomain(strict);
});
afterAll(() => strict.stop());

const preflight = (url: string, origin: string) =>
  fetch(url, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  });

describe('strict OpenID mode', () => {
  test.each([PAGE, 'https://app.localhost', 'http://127.0.0.1:5173', 'http://[::1]:4200'])(
    'lets pages of %s call the domain',
    async (origin) => {
      const asked = await preflight(`${domain.url}/oauth2/v1/token`, origin);
      expect([asked.status, asked.headers.get(ALLOWED)]).toEqual([204, origin]);
      expect(asked.headers.get('access-control-allow-headers')).toBe('authorization');
      expect(asked.headers.get('access-control-allow-methods')).toContain('POST');
      for (const path of ['/.well-known/openid-configuration', '/admin/v1/Users', '/admin/v1/Devices', '/nothing']) {
        const { headers } = await domain.send('GET', path, { headers: { origin } });
        expect([path, headers.get(ALLOWED), headers.get('vary')]).toEqual([path, origin, 'Origin']);
      }
      const refused = await domain.send('GET', '/admin/v1/Users', { headers: { origin }, token: 'a.b.c' });
      expect([refused.status, refused.headers.get(ALLOWED)]).toEqual([401, origin]);
    },
  );

  test.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'file://localhost', 'x'])(
    'does not let pages of %s',
    async (origin) => {
      expect((await preflight(`${domain.url}/oauth2/v1/token`, origin)).headers.get(ALLOWED)).toBeNull();
      const { headers } = await domain.send('GET', '/admin/v1/Users', { headers: { origin } });
      expect(headers.get(ALLOWED)).toBeNull();
    },
  );

  test('keeps the control plane closed to pages', async () => {
    for (const url of [`${strict.url}/_emulator/domains`, `${domain.url}/_emulator/clock`]) {
      expect((await preflight(url, PAGE)).headers.get(ALLOWED)).toBeNull();
      const answer = await fetch(url, { headers: { origin: PAGE } });
      expect([answer.status, answer.headers.get(ALLOWED)]).toEqual([403, null]);
    }
  });

  test('has the name of RFC 8414 between host and path too', async () => {
    const { origin, pathname } = new URL(domain.url);
    const found = await fetch(`${origin}/.well-known/oauth-authorization-server${pathname}`);
    expect(await found.json()).toMatchObject({ issuer: domain.url });
  });

  test('satisfies a library that finds everything by discovery and checks every claim', async () => {
    const found = (await domain.send('GET', '/.well-known/openid-configuration', { token: null })).body;
    expect(found.issuer).toBe(domain.url);
    const keys = createRemoteJWKSet(new URL(found.jwks_uri));
    const { body } = await domain.tokenRequest({
      grant_type: 'password',
      username: 'admin@example.com',
      password: DEVELOPMENT_ADMIN_PASSWORD,
      scope: 'openid urn:opc:idm:__myscopes__',
    });
    const { issuer } = found;
    await jwtVerify(body.id_token, keys, { issuer, audience: 'idcs-admin', algorithms: ['RS256'] });
    await jwtVerify(body.access_token, keys, { issuer, audience: domain.url });
  });
});

describe("a domain's Settings", () => {
  const settings = (of: TestDomain, values: JsonObject) =>
    of.send('PATCH', '/admin/v1/Settings/Settings', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: Object.entries(values).map(([path, value]) => ({ op: 'replace', path, value })),
      },
    });
  const allowed = async (of: TestDomain, origin: string, path = '/oauth2/v1/token') =>
    (await preflight(`${of.url}${path}`, origin)).headers.get(ALLOWED) === origin;

  test('let in the domain names that they list, of this domain only', async () => {
    const [own, other] = [await testDomain(), await testDomain()];
    const { status } = await settings(own, { allowedDomains: ['example.com', 'localhost:3000', 'https://app.test'] });
    expect(status).toBe(200);
    for (const origin of [
      'http://example.com',
      'https://demo.example.com:9095',
      'http://localhost:3000',
      'https://app.test',
    ]) {
      expect([origin, await allowed(own, origin)]).toEqual([origin, true]);
      expect([origin, await allowed(other, origin)]).toEqual([origin, false]);
    }
    for (const origin of [
      'http://badexample.com',
      'https://example.com.evil.test',
      'http://localhost:3001',
      'http://app.test',
      'null',
      'x',
    ]) {
      expect([origin, await allowed(own, origin)]).toEqual([origin, false]);
    }
    const answer = await own.send('GET', '/admin/v1/Users', { headers: { origin: 'http://example.com' } });
    expect(answer.headers.get('vary')).toBe('Origin');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('access-control-expose-headers')).toContain('opc-next-page');
  });

  test('let in the origins of cloudGateCorsSettings with cookies, unless the pattern names no host', async () => {
    const own = await testDomain();
    const cors = {
      cloudGateCorsEnabled: true,
      cloudGateCorsAllowNullOrigin: true,
      cloudGateCorsAllowedOrigins: ['https://app.example.com:8443', '*://*.example.org', 'https://*:*'],
      cloudGateCorsMaxAge: 60,
      cloudGateCorsExposedHeaders: ['x-one', 'x-two', 'not a header'],
    };
    expect((await settings(own, { cloudGateCorsSettings: cors })).status).toBe(200);
    const named = await preflight(`${own.url}/oauth2/v1/token`, 'https://app.example.com:8443');
    expect(Object.fromEntries(named.headers)).toMatchObject({
      [ALLOWED]: 'https://app.example.com:8443',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-one, x-two',
      'access-control-max-age': '60',
      vary: 'Origin',
    });
    for (const [origin, isAllowed, credentials] of [
      ['http://a.example.org', true, 'true'],
      ['http://a.example.org:80800', false, null],
      ['http://a.b.example.org', false, null],
      ['https://anybody.test:99', true, null],
      ['http://anybody.test', false, null],
      ['null', true, null],
    ] as const) {
      const { headers } = await preflight(`${own.url}/oauth2/v1/token`, origin);
      expect([origin, headers.get(ALLOWED), headers.get('access-control-allow-credentials')]).toEqual([
        origin,
        isAllowed ? origin : null,
        credentials,
      ]);
    }
    await settings(own, { 'cloudGateCorsSettings.cloudGateCorsEnabled': false });
    expect(await allowed(own, 'https://app.example.com:8443')).toBe(false);
  });

  test('never open what is for windows, nor the control plane', async () => {
    const own = await testDomain();
    await settings(own, { allowedDomains: ['example.com'] });
    for (const path of [
      '/oauth2/v1/authorize?client_id=x',
      '/oauth2/v1/userlogout',
      '/ui/v1/signin',
      '/_emulator/clock',
    ]) {
      expect([path, await allowed(own, 'http://example.com', path)]).toEqual([path, false]);
    }
  });

  test('say nothing for a domain that does not exist', async () => {
    const { status, headers } = await preflight(`${strict.url}/_domains/nobody/oauth2/v1/token`, PAGE);
    expect([status, headers.get(ALLOWED)]).toEqual([404, null]);
  });
});

test('otherwise no page may call the domain', async () => {
  const plain = await testDomain();
  expect((await preflight(`${plain.url}/oauth2/v1/token`, PAGE)).headers.get(ALLOWED)).toBeNull();
});
