import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../../src/index.ts';
import { clientFor, startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';
import { claimsOf } from '../support/token-claims.ts';

/*
 * The issuer is a setting of the domain: changed, it is in discovery and tokens at once, in every process.
 */

const ISSUER = 'https://issuer.example.com/tenant';

let first: Emulator;
let second: Emulator;
beforeAll(async () => {
  [first, second] = await Promise.all([startTestEmulator(), startTestEmulator({ issuer: 'domain' })]);
});
afterAll(() => Promise.all([first.stop(), second.stop()]));

const discovered = async (domain: TestDomain) =>
  (await domain.send('GET', '/.well-known/openid-configuration', { token: null })).body.issuer;
const issued = async (domain: TestDomain) => {
  const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
  return claimsOf((await domain.tokenRequest(form)).body.access_token)['iss'];
};

describe('Settings.issuer', () => {
  test('takes effect at once, in discovery and in tokens, also of strict mode', async () => {
    const here = await testDomain(first);
    const there = await clientFor(here.name, (await second.domain(here.name)).url);
    expect([await discovered(here), await issued(here)]).toEqual(Array(2).fill('https://identity.oraclecloud.com/'));
    expect([await discovered(there), await issued(there)]).toEqual(Array(2).fill(there.url));
    const changed = await here.send('PATCH', '/admin/v1/Settings/Settings', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'issuer', value: ISSUER }],
      },
    });
    expect(changed.status).toBe(200);
    for (const domain of [here, there]) {
      expect([await discovered(domain), await issued(domain)]).toEqual([ISSUER, ISSUER]);
      const { body } = await domain.send('GET', '/.well-known/idcs-configuration', { token: null });
      expect(body['openid-configuration'].issuer).toBe(ISSUER);
    }
    // A token of the old issuer was signed by the same domain: it stays good until it expires.
    expect((await here.send('GET', '/admin/v1/Users?count=1')).status).toBe(200);
  });
});
