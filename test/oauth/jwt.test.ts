import { createHmac, createPublicKey, type KeyObject } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { signJwt, verifiedClaims } from '../../src/oauth/jwt.ts';
import { certifiedJwk } from '../../src/oauth/keys/certificate.ts';
import { DEVELOPMENT_AUTHORITY, DEVELOPMENT_KEYS } from '../../src/oauth/keys/development-keys.ts';
import { keyPairOf } from '../../src/oauth/keys/key-pair.ts';
import { type DomainKeys, openKeys } from '../../src/oauth/keys/signing-key.ts';

const plainBox = { seal: (text: string) => text, open: (text: string) => text };
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
let keys: DomainKeys;
let verifiers: ReadonlyMap<string, KeyObject>;

beforeAll(async () => {
  const { privatePem, publicJwk } = keyPairOf(DEVELOPMENT_KEYS[0]!);
  const certified = await certifiedJwk(publicJwk, 'SIGNING_KEY', 'idcs-1', DEVELOPMENT_AUTHORITY);
  keys = openKeys(
    [{ kid: 'SIGNING_KEY', privateKey: privatePem, publicJwk: certified, created: 1, active: true }],
    plainBox,
  );
  verifiers = keys.verifiers;
});

describe('signJwt', () => {
  it('has exactly the header members of the service, and no typ', async () => {
    const token = await signJwt(keys.signer, { sub: 'x' });
    expect(Object.keys(decodeProtectedHeader(token))).toEqual(['x5t#S256', 'x5t', 'kid', 'alg']);
  });

  it('makes tokens that other libraries verify with the published key', async () => {
    const token = await signJwt(keys.signer, { sub: 'x', ünï: 'cödé' });
    const { payload } = await jwtVerify(token, verifiers.get('SIGNING_KEY')!);
    expect(payload).toEqual({ sub: 'x', ünï: 'cödé' });
  });
});

describe('verifiedClaims', () => {
  it('reads what the key signed', async () => {
    expect(verifiedClaims(await signJwt(keys.signer, { sub: 'x' }), verifiers)).toEqual({ sub: 'x' });
  });

  it('refuses a changed payload, header or signature', async () => {
    const [header, payload, signature] = (await signJwt(keys.signer, { sub: 'x' })).split('.') as [
      string,
      string,
      string,
    ];
    expect(verifiedClaims(`${header}.${part({ sub: 'admin' })}.${signature}`, verifiers)).toBeNull();
    expect(
      verifiedClaims(`${part({ alg: 'RS256', kid: 'SIGNING_KEY' })}.${payload}.${signature}`, verifiers),
    ).toBeNull();
    expect(verifiedClaims(`${header}.${payload}.${signature.slice(0, -4)}`, verifiers)).toBeNull();
  });

  it('lets no token choose its algorithm: none, or HMAC with the public key', () => {
    const payload = part({ sub: 'admin' });
    expect(verifiedClaims(`${part({ alg: 'none', kid: 'SIGNING_KEY' })}.${payload}.`, verifiers)).toBeNull();
    const header = part({ alg: 'HS256', kid: 'SIGNING_KEY' });
    const pem = createPublicKey(DEVELOPMENT_KEYS[0]!).export({ type: 'spki', format: 'pem' });
    const mac = createHmac('sha256', pem).update(`${header}.${payload}`).digest('base64url');
    expect(verifiedClaims(`${header}.${payload}.${mac}`, verifiers)).toBeNull();
  });

  it.each(['', '.', '..', 'a.b.c', 'a.b.c.d', `${part([])}.${part({})}.x`, `${part({ alg: 'RS256' })}.e30.x`])(
    'refuses "%s"',
    (text) => {
      expect(verifiedClaims(text, verifiers)).toBeNull();
    },
  );

  it('refuses a token of a key that the domain does not have', async () => {
    expect(verifiedClaims(await signJwt(keys.signer, {}), new Map())).toBeNull();
  });
});
