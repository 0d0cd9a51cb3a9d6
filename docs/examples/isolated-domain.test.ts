import { randomUUID } from 'node:crypto';
import { type DomainHandle, type Emulator, startEmulator } from 'idcs-emulator';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

let emulator: Emulator;
let domain: DomainHandle;

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, dataDir: ':memory:' });
});
afterAll(() => emulator.stop());

// A domain of its own for every test: nothing to clean up, and tests may run at once.
beforeEach(async () => {
  domain = await emulator.domain(randomUUID());
});

/** A token of the first client, or of another. */
async function token(url: string): Promise<string> {
  const response = await fetch(`${url}/oauth2/v1/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('idcs-admin:idcs-emulator-secret')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}

async function users(url: string, bearer: string): Promise<{ status: number; total?: number }> {
  const response = await fetch(`${url}/admin/v1/Users?count=0`, { headers: { authorization: `Bearer ${bearer}` } });
  if (response.status !== 200) return { status: response.status };
  const { totalResults } = (await response.json()) as { totalResults: number };
  return { status: 200, total: totalResults };
}

test('a new domain has its administrator and nobody else', async () => {
  expect(await users(domain.url, await token(domain.url))).toEqual({ status: 200, total: 1 });
});

test('a token is good for an hour', async () => {
  const bearer = await token(domain.url);
  await domain.clock.advance(3_500_000);
  expect((await users(domain.url, bearer)).status).toBe(200);
  await domain.clock.advance(200_000);
  expect((await users(domain.url, bearer)).status).toBe(401);
});

test('another domain does not take the token', async () => {
  const other = await emulator.domain(randomUUID());
  expect((await users(other.url, await token(domain.url))).status).toBe(401);
});
