import { afterAll, describe, expect, it } from 'vitest';
import type { Domain } from '../../../src/domains/domain.ts';
import { silentLog } from '../../../src/log.ts';
import { DEVELOPMENT_KEYS } from '../../../src/oauth/keys/development-keys.ts';
import { keyPairOf } from '../../../src/oauth/keys/key-pair.ts';
import { KeyRing } from '../../../src/oauth/keys/key-ring.ts';
import { resolveInstallationKey } from '../../../src/resources/installation-key.ts';
import { createSecretBox } from '../../../src/resources/secret-box.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { closeTestStore, type TestContext, testContext } from '../../support/context.ts';

afterAll(closeTestStore);

function ringOf({ store, secrets, clock }: TestContext, developmentKeys = false): KeyRing {
  return new KeyRing({ store, secrets, clock, log: silentLog, developmentKeys });
}

/**
 * A context with the installation's secret key: keys of the pool and the CA belong to all files that run on the database, and all
 * must be able to open them.
 */
async function installationContext(): Promise<TestContext> {
  const context = await testContext();
  const { key } = await resolveInstallationKey(context.store.installation, null);
  return { ...context, secrets: createSecretBox(key) };
}

/** A store that answers like the given one until a part of it is replaced. */
function storeMethods(store: TestContext['store']): TestContext['store'] {
  return Object.create(store) as TestContext['store'];
}

async function firstJwk(ring: KeyRing, domain: Domain): Promise<JsonObject> {
  return ((await ring.jwks(domain))['keys'] as JsonObject[])[0]!;
}

describe('KeyRing', () => {
  it('gives a domain one certified key at its first use and keeps it', async () => {
    const context = await installationContext();
    const ring = ringOf(context);
    const jwk = await firstJwk(ring, context.domain);
    expect(jwk).toMatchObject({ kid: 'SIGNING_KEY', kty: 'RSA', alg: 'RS256' });
    expect(jwk['x5c']).toHaveLength(2);
    expect(await firstJwk(ringOf(context), context.domain)).toEqual(jwk);
    expect(await context.store.keys.list(context.domain.id)).toHaveLength(1);
  });

  it('agrees with another process that gives the same domain its first key at the same time', async () => {
    const context = await installationContext();
    const rings = [ringOf(context), ringOf(context), ringOf(context)];
    const jwks = await Promise.all(rings.map((ring) => firstJwk(ring, context.domain)));
    expect(jwks[1]).toEqual(jwks[0]);
    expect(jwks[2]).toEqual(jwks[0]);
  });

  it('takes keys from the pool and seals them at rest', async () => {
    const context = await installationContext();
    const ring = ringOf(context);
    await ring.refill(1);
    const jwk = await firstJwk(ring, context.domain);
    await ring.close();
    const [row] = await context.store.keys.list(context.domain.id);
    expect(row?.publicJwk['n']).toBe(jwk['n']);
    expect(row?.privateKey).not.toContain('PRIVATE KEY');
    expect(keyPairOf(context.secrets.open(row!.privateKey)).publicJwk['n']).toBe(jwk['n']);
  });

  it('warms a domain up, and says nothing but a log line when the store is away', async () => {
    const context = await installationContext();
    await ringOf(context, true).warm(context.domain);
    expect(await context.store.keys.list(context.domain.id)).toHaveLength(1);
    const keys = Object.assign(Object.create(context.store.keys), { list: () => Promise.reject(new Error('away')) });
    const store = Object.assign(storeMethods(context.store), { keys });
    await expect(ringOf({ ...context, store }, true).warm(context.domain)).resolves.toBeUndefined();
  });

  it('signs with the newest active key after a rotation, and still verifies with the others', async () => {
    const context = await installationContext();
    const ring = ringOf(context, true);
    expect((await ring.signer(context.domain)).kid).toBe('SIGNING_KEY');
    const pair = keyPairOf(DEVELOPMENT_KEYS[3]!);
    await context.store.keys.insert(context.domain.id, {
      kid: 'SIGNING_KEY_2',
      privateKey: context.secrets.seal(pair.privatePem),
      publicJwk: pair.publicJwk,
      created: context.clock.now() + 1,
      active: true,
    });
    expect((await ring.signer(context.domain)).kid).toBe('SIGNING_KEY');
    const rotated = { ...context.domain, epoch: context.domain.epoch + 1 };
    expect((await ring.signer(rotated)).kid).toBe('SIGNING_KEY_2');
    expect([...(await ring.verifiers(rotated)).keys()]).toEqual(['SIGNING_KEY_2', 'SIGNING_KEY']);
    for (const jwk of (await ring.jwks(rotated))['keys'] as JsonObject[]) expect(jwk['x5c']).toHaveLength(2);
  });

  it('has the same keys and certificates in every reproducible run', async () => {
    const [one, two] = [await installationContext(), await installationContext()];
    const tenant = { tenant: 'idcs-00000000000000000000000000000001' };
    const first = await firstJwk(ringOf(one, true), { ...one.domain, ...tenant });
    expect(await firstJwk(ringOf(two, true), { ...two.domain, ...tenant })).toEqual(first);
  });

  it('tries again after the store failed', async () => {
    const context = await installationContext();
    let failing = true;
    const keys = Object.create(context.store.keys) as typeof context.store.keys;
    Object.assign(keys, {
      list: (id: number) => (failing ? Promise.reject(new Error('away')) : context.store.keys.list(id)),
    });
    const store = Object.assign(storeMethods(context.store), { keys });
    const ring = ringOf({ ...context, store }, true);
    await expect(ring.signer(context.domain)).rejects.toThrow('away');
    failing = false;
    expect((await ring.signer(context.domain)).kid).toBe('SIGNING_KEY');
  });
});
