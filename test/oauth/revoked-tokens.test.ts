import { afterAll, expect, it } from 'vitest';
import { newId, randomIds } from '../../src/ids.ts';
import { isRevoked, newFamily, revokeFamily, revokeToken } from '../../src/oauth/revoked-tokens.ts';
import { closeTestStore, testContext } from '../support/context.ts';

afterAll(closeTestStore);

it('revokes one token, or all that share an authorization, in one domain', async () => {
  const { store, domain, clock } = await testContext();
  const other = await testContext();
  const family = newFamily(randomIds);
  const [first, second, alone] = [`${family}0000000000000001`, `${family}0000000000000002`, newId(randomIds)];
  const revoked = (jti: string) => isRevoked(store, domain.id, jti);

  await revokeToken(store, domain.id, first, clock.now() + 1000);
  expect([await revoked(first), await revoked(second), await revoked(alone)]).toEqual([true, false, false]);

  await revokeFamily(store, domain.id, family, clock.now());
  expect([await revoked(first), await revoked(second), await revoked(alone)]).toEqual([true, true, false]);
  expect(await isRevoked(other.store, other.domain.id, first)).toBe(false);
});

it('moves the epoch, so that other processes look again', async () => {
  const { store, domain, clock } = await testContext();
  const epoch = async () => (await store.domains.findByName(domain.name))!.epoch;
  const before = await epoch();
  await revokeToken(store, domain.id, newId(randomIds), clock.now() + 1000);
  expect(await epoch()).toBeGreaterThan(before);
});
