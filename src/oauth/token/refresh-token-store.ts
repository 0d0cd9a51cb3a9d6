import { createHash } from 'node:crypto';
import type { Client } from '../client.ts';
import type { IdentityProvider, Subject } from './subject.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

const KIND = 'refresh';
/** IDCS: oauth.md §7.3: a refresh token lives a week; milliseconds. */
const LIFETIME_MS = 604_800 * 1000;
/** IDCS: shapes.md §7: recorded refresh tokens begin like this (`AQIDBA...`) and end in `=`. */
const PREFIX = Buffer.from([1, 2, 3, 4, 5]);
const RANDOM_BYTES = 33;

/** What a refresh token stands for. */
export interface RefreshGrant {
  /** App.id of the client that it was given to. */
  readonly clientId: string;
  readonly userId: string;
  /** The scope parameter of the first request: `__myscopes__` is expanded anew each time. */
  readonly scope: string;
  readonly sessionId: string;
  /** Seconds since the Unix epoch. */
  readonly authenticated: number;
  readonly amr: readonly string[];
  readonly identityProvider: IdentityProvider;
}

/** Whether a client gets refresh tokens at all. */
export function mayRefresh(client: Client): boolean {
  return client.allowedGrants.has('refresh_token');
}

/** Makes a refresh token; the store keeps only its SHA-256. @param scope the scope parameter as sent */
export async function issueRefreshToken(
  { store, ids }: OAuthServices,
  { domain, clock }: OAuthContext,
  client: Client,
  subject: Subject,
  scope: string,
): Promise<string> {
  const token = `${Buffer.concat([PREFIX, ids.bytes(RANDOM_BYTES)]).toString('base64url')}=`;
  const created = clock.now();
  await store.tokens.insert(domain.id, {
    hash: hashOf(token),
    kind: KIND,
    created,
    expires: created + LIFETIME_MS,
    data: {
      clientId: client.id,
      userId: subject.user.id,
      scope,
      sessionId: subject.sessionId,
      authenticated: subject.authenticated,
      amr: [...subject.amr],
      identityProvider: { ...subject.identityProvider },
    },
  });
  return token;
}

/** What a refresh token stands for; null when there is none of that value, or it has expired. */
export async function findRefreshToken(
  { store }: OAuthServices,
  { domain, clock }: OAuthContext,
  token: string,
): Promise<RefreshGrant | null> {
  const row = await store.tokens.find(domain.id, KIND, hashOf(token));
  if (row === null || row.expires <= clock.now()) return null;
  return row.data as unknown as RefreshGrant;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
