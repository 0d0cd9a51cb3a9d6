import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../../../src/index.ts';
import { silentLog } from '../../../src/log.ts';
import { KeyRing } from '../../../src/oauth/keys/key-ring.ts';
import { KeyRotation } from '../../../src/oauth/keys/key-rotation.ts';
import { closeTestStore, testContext } from '../../support/context.ts';
import { clientFor, startTestEmulator, type TestDomain, testDomain } from '../../support/emulator.ts';

/*
 * Rotation of signing keys through the control plane, on two emulators that share a database: what one changes, the other heeds
 * with its next request.
 */

const OWN = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };

let first: Emulator;
let second: Emulator;
beforeAll(async () => {
  [first, second] = await Promise.all([startTestEmulator(), startTestEmulator()]);
});
afterAll(async () => {
  await Promise.all([first.stop(), second.stop()]);
  await closeTestStore();
});

/** A domain as both emulators serve it. */
async function twoFaces(): Promise<[TestDomain, TestDomain]> {
  const here = await testDomain(first);
  return [here, await clientFor(here.name, (await second.domain(here.name)).url)];
}

const kidOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString('utf8')).kid;
const newToken = async (domain: TestDomain): Promise<string> => (await domain.tokenRequest(OWN)).body.access_token;
const keys = async (domain: TestDomain) => (await domain.send('GET', '/_emulator/keys', { token: null })).body.keys;
const rotate = (domain: TestDomain) => domain.send('POST', '/_emulator/keys', { token: null, body: {} });
const retire = (domain: TestDomain, kid: string) => domain.send('DELETE', `/_emulator/keys/${kid}`, { token: null });
const jwks = async (domain: TestDomain, token: string) =>
  (await domain.send('GET', '/admin/v1/SigningCert/jwk', { token })).body as JSONWebKeySet;
/** Without `key_ops`, which say that the keys are not for verifying (the real service prints that). */
const verifying = ({ keys }: JSONWebKeySet): JSONWebKeySet => ({ keys: keys.map(({ key_ops: _, ...key }) => key) });
const usable = async (domain: TestDomain, token: string) =>
  (await domain.send('GET', '/admin/v1/Users?count=1', { token })).status;

describe('/_emulator/keys', () => {
  test('lists the one key that a domain begins with', async () => {
    const [domain] = await twoFaces();
    expect(await keys(domain)).toEqual([{ kid: 'SIGNING_KEY', created: expect.any(String), signing: true }]);
  });

  test('makes a key that signs from now on, in every process, and keeps the old one published', async () => {
    const [here, there] = await twoFaces();
    const [old, oldThere] = [here.token, await newToken(there)];
    const made = await rotate(here);
    expect([made.status, made.body]).toEqual([
      201,
      { kid: 'SIGNING_KEY_2', created: expect.any(String), signing: true },
    ]);
    for (const domain of [here, there]) {
      const token = await newToken(domain);
      expect(kidOf(token)).toBe('SIGNING_KEY_2');
      const set = await jwks(domain, token);
      expect(set.keys.map((key) => key.kid)).toEqual(['SIGNING_KEY_2', 'SIGNING_KEY']);
      for (const each of [old, oldThere, token]) {
        await jwtVerify(each, createLocalJWKSet(verifying(set)));
        expect(await usable(domain, each)).toBe(200);
      }
    }
    expect(await jwks(here, old)).toEqual(await jwks(there, old));
  });

  test('retires a key: its tokens are refused, in every process', async () => {
    const [here, there] = await twoFaces();
    const old = here.token;
    await rotate(here);
    const fresh = await newToken(there);
    expect((await retire(there, 'SIGNING_KEY')).status).toBe(204);
    for (const domain of [here, there]) {
      expect(await usable(domain, old)).toBe(401);
      expect(await usable(domain, fresh)).toBe(200);
      expect((await jwks(domain, fresh)).keys.map((key) => key.kid)).toEqual(['SIGNING_KEY_2']);
    }
    expect((await retire(here, 'SIGNING_KEY')).status).toBe(404);
  });

  test('keeps the key that signs, and counts on when older ones are gone', async () => {
    const [domain] = await twoFaces();
    const kept = await retire(domain, 'SIGNING_KEY');
    expect([kept.status, kept.body.error]).toEqual([409, 'conflict']);
    await rotate(domain);
    await retire(domain, 'SIGNING_KEY');
    expect((await rotate(domain)).body.kid).toBe('SIGNING_KEY_3');
  });

  test('gives each of several rotations at once a key of its own; one of them signs everywhere', async () => {
    const [here, there] = await twoFaces();
    const made = await Promise.all([rotate(here), rotate(there), rotate(here)]);
    expect(made.map((answer) => answer.status)).toEqual([201, 201, 201]);
    expect((await keys(here)).map((key: { kid: string }) => key.kid)).toEqual([
      'SIGNING_KEY_4',
      'SIGNING_KEY_3',
      'SIGNING_KEY_2',
      'SIGNING_KEY',
    ]);
    expect(kidOf(await newToken(here))).toBe('SIGNING_KEY_4');
    expect(kidOf(await newToken(there))).toBe('SIGNING_KEY_4');
  });

  test('survives a reset of the domain', async () => {
    const [here] = await twoFaces();
    await rotate(here);
    await (await first.domain(here.name)).reset();
    expect(kidOf(await newToken(here))).toBe('SIGNING_KEY_2');
    expect((await jwks(here, await newToken(here))).keys).toHaveLength(2);
  });

  test('refuses members that it does not know', async () => {
    const [domain] = await twoFaces();
    expect((await domain.send('POST', '/_emulator/keys', { token: null, body: { kid: 'x' } })).status).toBe(400);
  });

  test('gives the same tenant the same next keys in every reproducible run', async () => {
    const moduli = async () => {
      const { store, secrets, clock, domain } = await testContext();
      const options = { store, secrets, clock, log: silentLog, developmentKeys: true };
      const same = { ...domain, tenant: 'idcs-00000000000000000000000000000001' };
      const rotation = new KeyRotation(options, new KeyRing(options));
      await rotation.rotate(same);
      await rotation.rotate(same);
      return (await store.keys.list(domain.id)).map((row) => row.publicJwk['n']);
    };
    const first = await moduli();
    expect(new Set(first).size).toBe(3);
    expect(await moduli()).toEqual(first);
  });

  test("belongs to the domain that is asked: another domain's keys stay", async () => {
    const [one] = await twoFaces();
    const [other] = await twoFaces();
    await rotate(one);
    expect(await keys(other)).toHaveLength(1);
  });
});
