import { createHash, createPublicKey, type JsonWebKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import { findApiKey } from '../resources/api-key.ts';
import { readPublicKey } from '../resources/public-key-text.ts';
import { hasCapability } from '../resources/user-credential.ts';
import type { Store, StoredResource } from '../store/store.ts';
import { findActiveUser } from './active-user.ts';
import { readDomainToken } from './domain-token.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { rawBody } from './raw-body.ts';

/*
 * OCI request signatures: `Authorization: Signature version="1",keyId="…",algorithm="rsa-sha256",headers="…",signature="…"`.
 * IDCS: rulings, oauth.md §2.10. Who signs is a user, by an API key or by a UPST. That a signature comes once is not checked: the real
 * service's window of five minutes is all that is known of it.
 */

/** What verifying needs. */
export interface SignatureServices {
  readonly store: Store;
  readonly keys: KeyRing;
}

/** A signature that is not accepted. The message is for the integrator; it never tells whether a user exists. */
export class SignatureRefused extends Error {
  constructor(why: string) {
    super(`The request signature is not accepted: ${why}.`);
    this.name = 'SignatureRefused';
  }
}

const SKEW_MS = 300_000;
const PARAMETER = /\s*([A-Za-z]+)="([^"]*)"\s*(?:,|$)/y;
const BODY_HEADERS = ['x-content-sha256', 'content-type', 'content-length'];

/**
 * The user who signed a request.
 * @param context `clock`: the domain's, which the request's date is compared with
 * @throws SignatureRefused
 */
export async function signerOf(
  services: SignatureServices,
  context: { readonly domain: Domain; readonly clock: Clock },
  request: FastifyRequest,
): Promise<StoredResource> {
  const { keyId, headers, signature } = parseHeader(request.headers.authorization ?? '');
  // The TypeScript SDK lists `Content-Type`; what is signed has the names in lower case, whoever signs.
  const names = headers
    .toLowerCase()
    .split(' ')
    .filter((name) => name !== '');
  checkCoverage(names, request);
  checkDate(names, request, context.clock.now());
  checkDigest(request);
  const signer = keyId.startsWith('ST$')
    ? await upstSigner(services, context, keyId.slice(3))
    : await apiKeySigner(services, context, keyId);
  const text = Buffer.from(names.map((name) => lineOf(name, request)).join('\n'));
  if (signer === null || !verify('sha256', text, signer.key, Buffer.from(signature, 'base64'))) {
    throw new SignatureRefused(
      'its keyId names no API key (tenancy OCID/user OCID/fingerprint) or UPST of an active user of this domain, or the signature ' +
        `is not made by that key over: ${names.join(' ')}`,
    );
  }
  return signer.user;
}

interface Parameters {
  readonly keyId: string;
  readonly headers: string;
  readonly signature: string;
}

function parseHeader(authorization: string): Parameters {
  const text = authorization.slice('signature '.length);
  const found = new Map<string, string>();
  PARAMETER.lastIndex = 0;
  for (let end = 0; end < text.length; end = PARAMETER.lastIndex) {
    const match = PARAMETER.exec(text);
    if (match === null || found.has(match[1]!))
      throw new SignatureRefused('its parameters are not name="value" with commas');
    found.set(match[1]!, match[2]!);
  }
  const [keyId, headers, signature] = ['keyId', 'headers', 'signature'].map((name) => found.get(name) ?? '');
  if (!keyId || !headers || !signature) throw new SignatureRefused('it needs keyId, headers and signature');
  if (found.get('version') !== '1') throw new SignatureRefused('its version must be 1');
  if (found.get('algorithm') !== 'rsa-sha256') throw new SignatureRefused('its algorithm must be rsa-sha256');
  return { keyId, headers, signature };
}

/** Rulings: what has to be signed. */
function checkCoverage(names: readonly string[], request: FastifyRequest): void {
  if (new Set(names).size !== names.length) throw new SignatureRefused('its headers name one twice');
  const needed = ['(request-target)', 'host', ...(rawBody(request).length === 0 ? [] : BODY_HEADERS)];
  const lacking = needed.find((name) => !names.includes(name));
  if (lacking !== undefined) throw new SignatureRefused(`its headers must include ${lacking}`);
  if (!names.includes('date') && !names.includes('x-date')) {
    throw new SignatureRefused('its headers must include date or x-date');
  }
  const absent = names.find((name) => name !== '(request-target)' && request.headers[name] === undefined);
  if (absent !== undefined) throw new SignatureRefused(`the request has no header ${absent}`);
}

function checkDate(names: readonly string[], request: FastifyRequest, now: number): void {
  for (const name of ['date', 'x-date']) {
    if (!names.includes(name)) continue;
    const sent = Date.parse(String(request.headers[name]));
    if (!(Math.abs(sent - now) <= SKEW_MS)) {
      throw new SignatureRefused(`its ${name} differs by more than five minutes from ${new Date(now).toUTCString()}`);
    }
  }
}

function checkDigest(request: FastifyRequest): void {
  const sent = request.headers['x-content-sha256'];
  if (sent === undefined) return;
  const digest = createHash('sha256').update(rawBody(request)).digest();
  const claimed = Buffer.from(String(sent), 'base64');
  if (claimed.length !== digest.length || !timingSafeEqual(claimed, digest)) {
    throw new SignatureRefused('x-content-sha256 is not the digest of the body');
  }
}

function lineOf(name: string, request: FastifyRequest): string {
  // The target as it was asked for, with the domain's prefix.
  if (name === '(request-target)') return `${name}: ${request.method.toLowerCase()} ${request.originalUrl}`;
  const value = request.headers[name];
  return `${name}: ${Array.isArray(value) ? value.join(', ') : value}`;
}

interface Signer {
  readonly user: StoredResource;
  readonly key: KeyObject;
}

async function apiKeySigner(
  { store }: SignatureServices,
  { domain, clock }: { readonly domain: Domain; readonly clock: Clock },
  keyId: string,
): Promise<Signer | null> {
  const [tenancy, userOcid, print, more] = keyId.split('/');
  if (tenancy !== domain.tenancyOcid || !userOcid?.startsWith('ocid1.') || !print || more !== undefined) return null;
  const user = await findActiveUser({ store, domain, clock }, userOcid);
  // Inferred: a user who may not use API keys any more does not sign with those there are.
  const row = user && hasCapability(user, 'canUseApiKeys') ? await findApiKey(store, domain.id, user.id, print) : null;
  const key = row === null ? null : readPublicKey(String(row.data['key']));
  return user === null || key === null ? null : { user, key };
}

/** The user and key of a UPST: it says both, and the domain signed it. */
async function upstSigner(
  { store, keys }: SignatureServices,
  { domain, clock }: { readonly domain: Domain; readonly clock: Clock },
  token: string,
): Promise<Signer | null> {
  const known = await readDomainToken(keys, domain, token);
  if (known === null || known.type !== 'UPST' || known.expires * 1000 <= clock.now()) return null;
  const { user_id: userId, jwk } = known.claims;
  const user = typeof userId === 'string' ? await findActiveUser({ store, domain, clock }, userId) : null;
  if (user === null) return null;
  return { user, key: createPublicKey({ key: JSON.parse(String(jwk)) as JsonWebKey, format: 'jwk' }) };
}
