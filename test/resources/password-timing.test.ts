import { expect, test } from 'vitest';
import { createPasswordHasher } from '../../src/resources/argon2-hasher.ts';
import { checkPassword } from '../../src/resources/password-check.ts';
import { newTestDomain } from './domain-context.ts';

const GOOD = 'Welcome@123Bro';

test('whoever is asked about, and whatever the password, one hash is computed', async () => {
  const domain = await newTestDomain();
  const create = (userName: string, more = {}) =>
    domain.create('User', {
      userName,
      name: { givenName: 'John', familyName: 'Doe' },
      emails: [{ value: `${userName}@example.com`, type: 'work', primary: true }],
      ...more,
    });
  for (const name of ['active', 'inactive']) {
    const { id } = await create(name);
    await domain.put('UserPasswordChanger', String(id), { password: GOOD });
    if (name === 'inactive') await domain.put('UserStatusChanger', String(id), { active: false });
  }
  await create('invited');
  const context = await domain.context();
  let hashed = 0;
  const passwords: typeof context.passwords = {
    ...context.passwords,
    verify: (...given) => {
      hashed++;
      return context.passwords.verify(...given);
    },
  };
  const costs: Record<string, number> = {};
  for (const [name, password] of [
    ['nobody', GOOD],
    ['no\0body', GOOD],
    ['', ''],
    ['active', 'Wrong-Password-1'],
    ['active', ''],
    ['active', 'x'.repeat(100_000)],
    ['active', GOOD],
    ['inactive', 'Wrong-Password-1'],
    ['inactive', GOOD],
    ['invited', GOOD],
  ] as const) {
    hashed = 0;
    await checkPassword({ ...context, passwords }, name, password);
    costs[`${name}, ${password.slice(0, 20)}`] = hashed;
  }
  expect(new Set(Object.values(costs)), JSON.stringify(costs)).toEqual(new Set([1]));
});

test('the hash for nobody costs what a real one does', async () => {
  const hasher = createPasswordHasher();
  const real = await hasher.hash(GOOD);
  const median = async (hash: string | null) => {
    const times: number[] = [];
    for (let left = 9; left > 0; left--) {
      const begun = process.cpuUsage();
      await hasher.verify(hash, 'Wrong-Password-1');
      const { user, system } = process.cpuUsage(begun);
      times.push(user + system);
    }
    return times.sort((a, b) => a - b)[4]!;
  };
  await median(real);
  const ratio = (await median(null)) / (await median(real));
  // CPU time, not the clock's; a cheaper dummy would be a tenth.
  expect(ratio).toBeGreaterThan(0.4);
  expect(ratio).toBeLessThan(2.5);
});
