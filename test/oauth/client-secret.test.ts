import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBasicCredentials } from '../../src/oauth/client-secret.ts';
import { clientSecretHash, matchesClientSecret } from '../../src/resources/client-secret-digest.ts';

const basic = (text: string) => Buffer.from(text).toString('base64');

describe('client secrets', () => {
  it('match their own hash only', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(matchesClientSecret(clientSecretHash(a), b)).toBe(a === b);
      }),
    );
  });

  it.each([null, '', 'not hex', 'abcd'])('never match the hash %s', (hash) => {
    expect(matchesClientSecret(hash, '')).toBe(false);
    expect(matchesClientSecret(hash, 'secret')).toBe(false);
  });
});

describe('parseBasicCredentials', () => {
  it('decodes each half, and keeps the secret as sent for clients that do not encode', () => {
    expect(parseBasicCredentials(basic('my%20app:a%2Bb+c'))).toEqual({
      clientId: 'my app',
      secrets: ['a+b c', 'a%2Bb+c'],
    });
  });

  it('takes a secret with a colon and one that is no URL encoding', () => {
    expect(parseBasicCredentials(basic('app:a:b%'))).toEqual({ clientId: 'app', secrets: ['a:b%'] });
  });

  it.each(['', 'no colon', ':secret'])('refuses "%s"', (text) => {
    expect(parseBasicCredentials(basic(text))).toBeNull();
  });

  it('refuses what is not Base64', () => {
    expect(parseBasicCredentials('a b')).toBeNull();
    expect(parseBasicCredentials('abc.def.ghi')).toBeNull();
  });

  it('finds any encoded pair again', () => {
    const half = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(half, half, (id, secret) => {
        const parsed = parseBasicCredentials(basic(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`));
        expect(parsed?.clientId).toBe(id);
        expect(parsed?.secrets).toContain(secret);
      }),
    );
  });
});
