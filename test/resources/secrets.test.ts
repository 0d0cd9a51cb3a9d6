import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPasswordHasher } from '../../src/resources/argon2-hasher.ts';
import { resolveInstallationKey, WrongInstallationKey } from '../../src/resources/installation-key.ts';
import { createSecretBox } from '../../src/resources/secret-box.ts';
import { readUserSecret, writeUserSecret } from '../../src/resources/user-secret.ts';
import type { InstallationRows } from '../../src/store/store.ts';

describe('the secret box', () => {
  const box = createSecretBox(randomBytes(32));

  test('opens what it sealed, and never seals the same way twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (plain) => {
        const sealed = box.seal(plain);
        return box.open(sealed) === plain && box.seal(plain) !== sealed;
      }),
    );
  });

  test('refuses what another key sealed, what was changed, and other formats', () => {
    const sealed = box.seal('client secret');
    expect(() => createSecretBox(randomBytes(32)).open(sealed)).toThrow('not sealed with this key');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (const index of [0, 13, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      expect(() => box.open(`v1.${changed.toString('base64url')}`)).toThrow('not sealed with this key');
    }
    expect(() => box.open('v1.AAAA')).toThrow('cut off');
    expect(() => box.open('v2.AAAA')).toThrow('unknown format');
    expect(() => box.open('client secret')).toThrow('unknown format');
  });

  test('wants 32 bytes', () => {
    expect(() => createSecretBox(randomBytes(16))).toThrow('32 bytes');
  });
});

describe('the installation key', () => {
  function rows(): InstallationRows {
    const kept = new Map<string, string>();
    return {
      get: async (name) => kept.get(name) ?? null,
      putIfAbsent: async (name, value) => {
        if (!kept.has(name)) kept.set(name, value);
        return kept.get(name)!;
      },
    };
  }

  test('is made once and found again', async () => {
    const store = rows();
    const [one, other] = await Promise.all([resolveInstallationKey(store, null), resolveInstallationKey(store, null)]);
    expect(one).toEqual(other);
    expect(one.key).toHaveLength(32);
    expect(one.origin).toBe('stored');
  });

  test('a configured one must be the one of the first start', async () => {
    const store = rows();
    const configured = randomBytes(32).toString('base64');
    expect((await resolveInstallationKey(store, configured)).origin).toBe('configured');
    expect((await resolveInstallationKey(store, configured)).key.toString('base64')).toBe(configured);
    await expect(resolveInstallationKey(store, randomBytes(32).toString('base64'))).rejects.toThrow(
      WrongInstallationKey,
    );
    await expect(resolveInstallationKey(store, null)).rejects.toThrow(WrongInstallationKey);
    await expect(resolveInstallationKey(rows(), 'AAAA')).rejects.toThrow(RangeError);
  });
});

describe('the password hasher', () => {
  const hasher = createPasswordHasher(1);

  test('makes argon2id hashes of 19 MiB, two passes, one lane', async () => {
    const hash = await hasher.hash('Welcome@123Bro');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await hasher.verify(hash, 'Welcome@123Bro')).toBe(true);
    expect(await hasher.verify(hash, 'Welcome@123bro')).toBe(false);
  });

  test('spends on an unknown user what a wrong password costs', async () => {
    const hash = await hasher.hash('Welcome@123Bro');
    const time = async (stored: string | null) => {
      const started = performance.now();
      for (let i = 0; i < 5; i++) expect(await hasher.verify(stored, 'guess')).toBe(false);
      return performance.now() - started;
    };
    await time(null);
    const [unknown, wrong] = [await time(null), await time(hash)];
    // Wide, because the machine is shared: without the dummy hash the ratio is below 0.01.
    expect(unknown / wrong).toBeGreaterThan(0.05);
  });

  test('keeps its order and survives a failing hash', async () => {
    const order: number[] = [];
    const good = await hasher.hash('x');
    await Promise.all([
      hasher.verify('not a hash', 'x').catch(() => order.push(0)),
      hasher.verify(good, 'x').then(() => order.push(1)),
      hasher.verify(good, 'x').then(() => order.push(2)),
    ]);
    expect(order).toEqual([0, 1, 2]);
  });
});

describe('the secret state of a user', () => {
  test('is read back as it was written', () => {
    const secret = {
      ...readUserSecret(null),
      password: '$argon2id$x',
      history: ['$argon2id$x', '$argon2id$y'],
      setAt: 1,
      mustChange: true,
      loginAttempts: 4,
      lastFailedLogin: 2,
    };
    expect(readUserSecret(writeUserSecret(secret))).toEqual(secret);
    expect(readUserSecret(writeUserSecret(readUserSecret(null)))).toEqual(readUserSecret(null));
  });
});
