import { newId } from '../ids.ts';
import { SUPERUSER } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { JsonObject, JsonValue } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';
import { equals, removeAll } from './app-parts.ts';
import type { Behaviour, ComputedAttribute } from './behaviour.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';
import { refuseStrongerUser } from './stronger-principals.ts';

/*
 * UserTokens: what is mailed to users so that they prove who they are: to choose a password, to activate an account. One of each
 * kind a user: a new one ends the one before. The value is shown to administrators (flows.md C2), sealed at rest, found by its
 * hash, and good for one use.
 */

/** Inferred: the values of `tokenType` are not documented, but `email`. */
export type UserTokenType = 'activation' | 'passwordReset';

const KIND = 'user-token';
/** Inferred: how long a link is good; milliseconds. */
const LIFETIME_MS = 24 * 60 * 60_000;
/** IDCS: flows.md C2: the status of a token that was not used. */
const UNUSED = 0;

/** A token that was made: its row's id, and the value that only its holder knows. */
export interface IssuedUserToken {
  readonly id: string;
  readonly token: string;
}

/** Whose token it is. */
export interface FoundUserToken {
  readonly userTokenId: string;
  readonly userId: string;
  readonly tokenType: string;
}

export const userTokenBehaviour: Behaviour = {
  type: 'UserToken',
  computed: { token: { load: loadTokens } },
};

/** Makes a token for a user; the one of the same kind that was there is good no more. */
export async function issueUserToken(
  context: RequestContext,
  user: Pick<StoredResource, 'id' | 'data'>,
  tokenType: UserTokenType,
): Promise<IssuedUserToken> {
  const { store, domain, ids, clock, secrets } = context;
  // IDCS: flows.md C2: base64 of 32 bytes; in an address it is escaped.
  const token = ids.bytes(32).toString('base64');
  const id = newId(ids);
  const created = clock.now();
  const expires = created + LIFETIME_MS;
  const author = authorOf(context);
  const data: JsonObject = {
    idcsCreatedBy: author,
    idcsLastModifiedBy: { ...author },
    userId: user.id,
    tokenType,
    expiryTime: new Date(expires).toISOString(),
    eventId: newId(ids),
    status: UNUSED,
  };
  await store.transaction(async (session) => {
    // Held, so that two at once leave one.
    await session.resources.readWithSecret(domain.id, 'User', user.id, { lock: true });
    await endTokens(session, domain.id, user.id, tokenType);
    const secret = { token: secrets.seal(token), hash: tokenHash(token) };
    const row = { id, ocid: null, version: newId(ids), lastModified: created, data, secret };
    await session.resources.insert(domain.id, { type: resourceType('UserToken'), ...row }, created);
    const found: JsonObject = { userTokenId: id, userId: user.id, tokenType };
    await session.tokens.insert(domain.id, { hash: tokenHash(token), kind: KIND, created, expires, data: found });
  });
  return { id, token };
}

/** Whose a token is. @throws ScimError 400 `invalidToken` */
export async function findUserToken(
  { store, domain, clock }: Pick<RequestContext, 'store' | 'domain' | 'clock'>,
  token: string,
): Promise<FoundUserToken> {
  const row = await store.tokens.find(domain.id, KIND, tokenHash(token));
  if (row === null || row.expires <= clock.now()) throw invalidToken();
  return row.data as unknown as FoundUserToken;
}

/**
 * Uses a token up, unless what it is used for fails.
 * @throws ScimError 400 `invalidToken`, also for the slower of two who use it at once; and what `work` throws
 */
export async function useUserToken<T>(
  context: Pick<RequestContext, 'store' | 'domain' | 'clock'>,
  token: string,
  work: (found: FoundUserToken) => Promise<T>,
): Promise<T> {
  const { store, domain, clock } = context;
  const row = await store.tokens.take(domain.id, KIND, tokenHash(token));
  if (row === null || row.expires <= clock.now()) throw invalidToken();
  const found = row.data as unknown as FoundUserToken;
  let done: T;
  try {
    done = await work(found);
  } catch (error) {
    // A password that the policy refuses costs nobody the link.
    await store.tokens.insert(domain.id, row);
    throw error;
  }
  await store.resources.delete(domain.id, 'UserToken', found.userTokenId, null);
  return done;
}

/** Deletes the tokens of a user who goes. */
export async function removeUserTokens(session: StoreSession, domainId: number, userId: string): Promise<void> {
  await endTokens(session, domainId, userId, null);
}

async function endTokens(
  session: StoreSession,
  domainId: number,
  userId: string,
  tokenType: UserTokenType | null,
): Promise<void> {
  const type = resourceType('UserToken');
  const mine = equals('UserToken', 'userId', userId);
  const filter =
    tokenType === null ? mine : ({ op: 'and', filters: [mine, equals('UserToken', 'tokenType', tokenType)] } as const);
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 100 };
  const { resources } = await session.resources.search(domainId, query);
  if (resources.length === 0) return;
  const ids = resources.map(({ id }) => id);
  for (const secret of (await session.resources.readSecrets(domainId, 'UserToken', ids)).values()) {
    const hash = secret?.['hash'];
    if (typeof hash === 'string') await session.tokens.delete(domainId, KIND, hash);
  }
  await removeAll(session, domainId, 'UserToken', filter);
}

/**
 * The values, for who could change these users' passwords anyway: a token of an administrator would make its reader one.
 */
async function loadTokens(
  ...[context, session, resources]: Parameters<ComputedAttribute['load']>
): Promise<ReadonlyMap<string, JsonValue>> {
  const { domain, secrets } = context;
  const ids = resources.map(({ id }) => id);
  const stored = await session.resources.readSecrets(domain.id, 'UserToken', ids);
  const allowed = new Map<string, boolean>();
  const values = new Map<string, JsonValue>();
  for (const { id, data } of resources) {
    const userId = String(data['userId']);
    if (!allowed.has(userId)) allowed.set(userId, await mayKnow(context, userId));
    const sealed = stored.get(id)?.['token'];
    if (allowed.get(userId) && typeof sealed === 'string') values.set(id, secrets.open(sealed));
  }
  return values;
}

async function mayKnow(context: RequestContext, userId: string): Promise<boolean> {
  if (context.caller.roles.has(SUPERUSER)) return true;
  try {
    await refuseStrongerUser(context, userId);
    return true;
  } catch (error) {
    if (error instanceof ScimError) return false;
    throw error;
  }
}

/** IDCS: errors.tsv, without its text. */
function invalidToken(): ScimError {
  return badRequest(
    'The token is not valid: it was used, has expired, or a newer one was sent.',
    'error.identity.passwordmgmt.invalidToken',
  );
}
