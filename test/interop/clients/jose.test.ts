import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { type Client, type Domain, newDomain, REAL_ISSUER } from '../support/domain.ts';
import { fetchUsableKeys } from '../support/usable-keys.ts';

test('strict mode: access and id tokens against the remote keys', async () => {
  const { domain, registered, tokens } = await signedIn('strict');
  const keys = createRemoteJWKSet(keysOf(domain));
  const access = await jwtVerify(tokens.access_token, keys, { issuer: domain.url });
  expect(access.payload).toMatchObject({ sub: domain.userName, client_id: registered.id });
  const { payload } = await jwtVerify(tokens.id_token, keys, { issuer: domain.url, audience: registered.id });
  expect(payload.sub).toBe(domain.userName);
});

test('default mode: keys are closed, not for verifying, and the issuer is another, as with the real service', async () => {
  const { domain, registered, tokens } = await signedIn('default');
  const closed = jwtVerify(tokens.id_token, createRemoteJWKSet(keysOf(domain)));
  await expect(closed).rejects.toThrow('Expected 200 OK from the JSON Web Key Set HTTP response');
  const headers = await bearer(domain, registered);
  // The real key set says `"key_ops": ["encrypt", "sign"]`: to the letter of RFC 7517 no key to verify with.
  const open = jwtVerify(tokens.id_token, createRemoteJWKSet(keysOf(domain), { headers }));
  await expect(open).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  const keys = createRemoteJWKSet(keysOf(domain), { headers, [customFetch]: fetchUsableKeys });
  const refused = jwtVerify(tokens.id_token, keys, { issuer: domain.url });
  await expect(refused).rejects.toMatchObject({ claim: 'iss', code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' });
});

test('default mode: with a token for the keys, usable keys and the real issuer all verifies', async () => {
  const { domain, registered, tokens } = await signedIn('default');
  const headers = await bearer(domain, registered);
  const keys = createRemoteJWKSet(keysOf(domain), { headers, [customFetch]: fetchUsableKeys });
  const expected = { issuer: REAL_ISSUER };
  await jwtVerify(tokens.access_token, keys, expected);
  const { payload } = await jwtVerify(tokens.id_token, keys, { ...expected, audience: registered.id });
  expect(payload.sub).toBe(domain.userName);
});

test("another domain's token is refused", async () => {
  const { tokens } = await signedIn('strict');
  const other = await newDomain('strict');
  await expect(jwtVerify(tokens.access_token, createRemoteJWKSet(keysOf(other)))).rejects.toThrow(
    'signature verification failed',
  );
});

const keysOf = (domain: Domain) => new URL(`${domain.url}/admin/v1/SigningCert/jwk`);

async function signedIn(mode: 'strict' | 'default') {
  const domain = await newDomain(mode);
  const registered = await domain.registerClient({ allowedGrants: ['password', 'client_credentials'] });
  const tokens = await grant(domain, registered, {
    grant_type: 'password',
    username: domain.userName,
    password: domain.password,
    scope: 'openid',
  });
  return { domain, registered, tokens };
}

/** The remedy: the request for the keys carries a token of the client's own, as Oracle's SDKs send it. */
async function bearer(domain: Domain, registered: Client) {
  const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
  const { access_token } = await grant(domain, registered, form);
  return { Authorization: `Bearer ${access_token}` };
}

async function grant(domain: Domain, { id, secret }: Client, form: Record<string, string>) {
  const answer = await fetch(`${domain.url}/oauth2/v1/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams(form),
  });
  return (await answer.json()) as { access_token: string; id_token: string };
}
