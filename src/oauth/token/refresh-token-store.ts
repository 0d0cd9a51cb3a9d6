import type { JsonObject } from '../../scim/json.ts';
import type { TokenRow } from '../../store/store.ts';
import { tokenHash } from '../../store/token-hash.ts';
import type { Client } from '../client.ts';
import { newOpaqueToken } from '../opaque-token.ts';
import { isRevoked, revokeFamily } from '../revoked-tokens.ts';
import { type KeptSubject, keptSubject, type Subject } from './subject.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

const KIND = 'refresh';

/** What a refresh token stands for, as its row keeps it. */
interface StoredGrant extends Omit<KeptSubject, 'sessionExpires'> {
  /** App.id of the client that it was given to. */
  readonly clientId: string;
  /** The scope parameter of the first request: `__myscopes__` is expanded anew each time. */
  readonly scope: string;
  /** The authorization that it belongs to (TokenOrigin.family): what it gives is of that family too. */
  readonly family: string;
  /** It was rotated: another one has taken its place, and using it again means that somebody stole one of them. */
  readonly used: boolean;
}

/** What a refresh token stands for. */
export interface RefreshGrant extends StoredGrant {
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
  /** Milliseconds since the Unix epoch; fixed when the first token of the authorization is made. */
  readonly expires: number;
}

/**
 * Makes a refresh token; the store keeps only its SHA-256.
 * @param scope the scope parameter as sent
 * @param family that of the access token beside it (TokenOrigin): both are revoked at once
 * @param lifetime seconds
 */
export async function issueRefreshToken(
  { store, ids }: OAuthServices,
  { domain, clock }: OAuthContext,
  client: Client,
  subject: Subject,
  scope: string,
  { family, lifetime }: { readonly family: string; readonly lifetime: number },
): Promise<string> {
  const token = newOpaqueToken(ids);
  const created = clock.now();
  const { sessionExpires: _, ...kept } = keptSubject(subject);
  const stored: StoredGrant = {
    clientId: client.id,
    scope,
    ...kept,
    family,
    used: false,
  };
  await store.tokens.insert(domain.id, rowOf(token, stored, created, created + lifetime * 1000));
  return token;
}

/** What a refresh token stands for; null when there is none of that value, it has expired, or its authorization was revoked. */
export async function findRefreshToken(
  { store }: Pick<OAuthServices, 'store'>,
  { domain, clock }: Pick<OAuthContext, 'domain' | 'clock'>,
  token: string,
): Promise<RefreshGrant | null> {
  const row = await store.tokens.find(domain.id, KIND, tokenHash(token));
  if (row === null || row.expires <= clock.now()) return null;
  const grant = grantOf(row);
  return (await isRevoked(store, domain.id, grant.family)) ? null : grant;
}

/**
 * Puts a new refresh token in the place of one (rotation). Of several that try with the same token at once, one succeeds.
 * @returns the new token; null when the old one was rotated before, or is gone
 */
export async function rotateRefreshToken(
  { store, ids }: OAuthServices,
  { domain, clock }: OAuthContext,
  token: string,
): Promise<string | null> {
  const hash = tokenHash(token);
  return await store.transaction(async ({ tokens }) => {
    const row = await tokens.find(domain.id, KIND, hash, { lock: true });
    if (row === null) return null;
    const stored = row.data as unknown as StoredGrant;
    if (stored.used) return null;
    // The old row stays until it would have expired: that it comes again must be noticed.
    await tokens.update(domain.id, KIND, hash, { data: { ...row.data, used: true } });
    const next = newOpaqueToken(ids);
    await tokens.insert(domain.id, rowOf(next, stored, clock.now(), row.expires));
    return next;
  });
}

/** Ends an authorization: all its refresh and access tokens. */
export async function revokeAuthorization(
  { store }: OAuthServices,
  { domain, clock }: OAuthContext,
  grant: RefreshGrant,
): Promise<void> {
  await revokeFamily(store, domain.id, grant.family, clock.now());
}

function rowOf(token: string, stored: StoredGrant, created: number, expires: number): TokenRow {
  return { hash: tokenHash(token), kind: KIND, created, expires, data: stored as unknown as JsonObject };
}

function grantOf(row: TokenRow): RefreshGrant {
  return { ...(row.data as unknown as StoredGrant), created: row.created, expires: row.expires };
}
