import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { certifiedJwk, newAuthority } from '../../../src/oauth/keys/certificate.ts';
import { DEVELOPMENT_AUTHORITY, DEVELOPMENT_KEYS } from '../../../src/oauth/keys/development-keys.ts';
import { keyPairOf, newKeyPair } from '../../../src/oauth/keys/key-pair.ts';

const TENANT = 'idcs-0123456789abcdef0123456789abcdef';
const { publicJwk } = keyPairOf(DEVELOPMENT_KEYS[1]!);

describe('certifiedJwk', () => {
  it('has the members of a live key set answer', async () => {
    const jwk = await certifiedJwk(publicJwk, 'SIGNING_KEY', TENANT, DEVELOPMENT_AUTHORITY);
    expect(Object.keys(jwk)).toEqual(['kty', 'x5t#S256', 'e', 'x5t', 'kid', 'x5c', 'key_ops', 'alg', 'n']);
    expect(jwk).toMatchObject({ kid: 'SIGNING_KEY', alg: 'RS256', key_ops: ['encrypt', 'sign'], e: 'AQAB' });
  });

  it('chains a leaf that names the tenant to the CA', async () => {
    const jwk = await certifiedJwk(publicJwk, 'SIGNING_KEY', TENANT, DEVELOPMENT_AUTHORITY);
    const [leaf, ca] = (jwk['x5c'] as string[]).map((der) => new X509Certificate(Buffer.from(der, 'base64')));
    expect(leaf!.subject).toBe(`CN=${TENANT}`);
    expect(leaf!.checkIssued(ca!)).toBe(true);
    expect(leaf!.verify(ca!.publicKey)).toBe(true);
    expect(ca!.ca).toBe(true);
    expect(leaf!.publicKey.export({ format: 'jwk' })).toMatchObject({ n: publicJwk['n'] });
    expect(jwk['x5t']).toBe(createHash('sha1').update(leaf!.raw).digest('base64url'));
    expect(jwk['x5t#S256']).toBe(createHash('sha256').update(leaf!.raw).digest('base64url'));
  });

  it('is the same in every run for the keys of reproducible runs', async () => {
    const make = () => certifiedJwk(publicJwk, 'SIGNING_KEY', TENANT, DEVELOPMENT_AUTHORITY);
    expect(await make()).toEqual(await make());
  });

  it('works with a new key and a new authority', async () => {
    const authority = await newAuthority((await newKeyPair()).privatePem);
    const jwk = await certifiedJwk((await newKeyPair()).publicJwk, 'k', TENANT, authority);
    const [leaf, ca] = (jwk['x5c'] as string[]).map((der) => new X509Certificate(Buffer.from(der, 'base64')));
    expect(leaf!.verify(ca!.publicKey)).toBe(true);
  });
});
