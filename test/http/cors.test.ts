import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../src/config.ts';
import type { Emulator } from '../../src/index.ts';
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

test('otherwise no page may call the domain', async () => {
  const plain = await testDomain();
  expect((await preflight(`${plain.url}/oauth2/v1/token`, PAGE)).headers.get(ALLOWED)).toBeNull();
});
