import { newId } from '../ids.ts';
import { SUPERUSER } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { JsonObject, JsonValue } from '../scim/json.ts';
import type { StoredResource, StoreSession, TokenRow } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';
import { equals } from './app-parts.ts';
import type { Behaviour, ComputedAttribute } from './behaviour.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';
import { refuseStrongerUser } from './stronger-principals.ts';
import { userAuthor } from './user-author.ts';

/*
 * UserTokens: what is mailed to users so that they prove who they are: to choose a password, to activate an account. One of each
 * kind a user: a new one ends the one before. The value is shown to administrators (flows.md C2), sealed at rest, found by its
 * hash, and good for one use.
 */

/** What a token is for. Inferred: the values of `tokenType` are not documented, but `email`. */
export type UserTokenType = 'activation' | 'passwordReset' | 'email';

/** The tokens by which a user chooses a password. */
export const PASSWORD_TOKENS: readonly UserTokenType[] = ['activation', 'passwordReset'];

const KIND = 'user-token';
/** Inferred: how long a link is good; milliseconds. */
export const USER_TOKEN_LIFETIME_MS = 24 * 60 * 60_000;
/** IDCS: flows.md C2: the status of a token that was not used. */
const UNUSED = 0;

/** A token that was made: its row's id, and the value that only its holder knows. */
export interface IssuedUserToken {
  readonly id: string;
  readonly token: string;
  /** When it ends: milliseconds since the Unix epoch, of the domain's clock. */
  readonly expires: number;
}

/** What a token is about, beyond its user. */
export interface UserTokenSubject {
  /** The mail address that it proves: where it was sent to. IDCS: flows.md C2. */
  readonly address?: string;
  /** How long it is good: milliseconds. */
  readonly lifetime?: number;
  /** The user was made just now, and has no other token. */
  readonly first?: boolean;
  /** The transaction that it is a part of. It takes the same statements then whether there is an older token or a user at all. */
  readonly session?: StoreSession;
}

/** Whose token it is. */
export interface FoundUserToken {
  readonly userTokenId: string;
  readonly userId: string;
  readonly tokenType: UserTokenType;
  /** The mail address that it proves. */
  readonly address?: string;
}

/** What making a token needs where nobody has signed in: a page. */
export type UserTokenContext = Pick<RequestContext, 'store' | 'domain' | 'ids' | 'clock' | 'secrets'>;

export const userTokenBehaviour: Behaviour = {
  type: 'UserToken',
  computed: { token: { load: loadTokens } },
};

/**
 * Makes a token for a user; the one of the same kind that was there is good no more. An `email` token ends only those for the same
 * address: several may be waited for.
 */
export async function issueUserToken(
  context: RequestContext | UserTokenContext,
  user: Pick<StoredResource, 'id' | 'data'>,
  tokenType: UserTokenType,
  { address, lifetime = USER_TOKEN_LIFETIME_MS, first = false, session: outer }: UserTokenSubject = {},
): Promise<IssuedUserToken> {
  const { store, domain, ids, clock, secrets } = context;
  // IDCS: flows.md C2: base64 of 32 bytes; in an address it is escaped.
  const token = ids.bytes(32).toString('base64');
  const id = newId(ids);
  const created = clock.now();
  const expires = created + lifetime;
  const author = 'caller' in context ? authorOf(context) : userAuthor({ ...user, ocid: null });
  const about = address === undefined ? {} : { data: address };
  const data: JsonObject = {
    idcsCreatedBy: author,
    idcsLastModifiedBy: { ...author },
    userId: user.id,
    tokenType,
    expiryTime: new Date(expires).toISOString(),
    eventId: newId(ids),
    status: UNUSED,
    ...about,
  };
  const write = async (session: StoreSession): Promise<void> => {
    if (!first) {
      // Held, so that two at once leave one.
      await session.resources.readWithSecret(domain.id, 'User', user.id, { lock: true });
      const same = (row: JsonObject) =>
        row['tokenType'] === tokenType && (tokenType !== 'email' || isSameAddress(row['data'], address));
      await endTokens(session, domain.id, user.id, same, outer === undefined ? null : id);
    }
    const secret = { token: secrets.seal(token), hash: tokenHash(token) };
    const row = { id, ocid: null, version: newId(ids), lastModified: created, data, secret };
    await session.resources.insert(domain.id, { type: resourceType('UserToken'), ...row }, created);
    const found: JsonObject = {
      userTokenId: id,
      userId: user.id,
      tokenType,
      ...(address === undefined ? {} : { address }),
    };
    await session.tokens.insert(domain.id, { hash: tokenHash(token), kind: KIND, created, expires, data: found });
  };
  // A new user's: nobody else makes one, and two statements need no transaction.
  if (outer !== undefined) await write(outer);
  else await (first ? write(store) : store.transaction(write));
  return { id, token, expires };
}

/**
 * Whose a token is.
 * @param purposes what it may be for; default: anything
 * @throws ScimError 400 `invalidToken`
 */
export async function findUserToken(
  { store, domain, clock }: Pick<RequestContext, 'store' | 'domain' | 'clock'>,
  token: string,
  purposes: readonly UserTokenType[] | null = null,
): Promise<FoundUserToken> {
  const row = await store.tokens.find(domain.id, KIND, tokenHash(token));
  return acceptable(row, clock.now(), purposes);
}

/**
 * Uses a token up, unless what it is used for fails.
 * @param purposes what it may be for
 * @throws ScimError 400 `invalidToken`, also for the slower of two who use it at once; and what `work` throws
 */
export async function useUserToken<T>(
  context: Pick<RequestContext, 'store' | 'domain' | 'clock'>,
  token: string,
  purposes: readonly UserTokenType[],
  work: (found: FoundUserToken) => Promise<T>,
): Promise<T> {
  const { store, domain, clock } = context;
  // A token for something else is not used up by trying it here.
  await findUserToken(context, token, purposes);
  const row = await store.tokens.take(domain.id, KIND, tokenHash(token));
  const found = acceptable(row, clock.now(), purposes);
  let done: T;
  try {
    done = await work(found);
  } catch (error) {
    // A password that the policy refuses costs nobody the link.
    await store.tokens.insert(domain.id, row!);
    throw error;
  }
  await store.resources.delete(domain.id, 'UserToken', found.userTokenId, null);
  return done;
}

function acceptable(row: TokenRow | null, now: number, purposes: readonly UserTokenType[] | null): FoundUserToken {
  if (row === null || row.expires <= now) throw invalidToken();
  const found = row.data as unknown as FoundUserToken;
  if (purposes !== null && !purposes.includes(found.tokenType)) throw invalidToken();
  return found;
}

/** Deletes the tokens of a user who goes. */
export async function removeUserTokens(session: StoreSession, domainId: number, userId: string): Promise<void> {
  await endTokens(session, domainId, userId, () => true);
}

/** Deletes the tokens by which a user could choose a password: it was chosen. */
export async function endPasswordTokens(session: StoreSession, domainId: number, userId: string): Promise<void> {
  await endTokens(session, domainId, userId, ({ tokenType }) => PASSWORD_TOKENS.includes(tokenType as UserTokenType));
}

/** @param instead an id that no token has: where there is none to end, this one is ended all the same */
async function endTokens(
  session: StoreSession,
  domainId: number,
  userId: string,
  which: (data: JsonObject) => boolean,
  instead: string | null = null,
): Promise<void> {
  const type = resourceType('UserToken');
  const filter = equals('UserToken', 'userId', userId);
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 100 };
  const { resources } = await session.resources.search(domainId, query);
  const ids = resources.filter(({ data }) => which(data)).map(({ id }) => id);
  if (ids.length === 0 && instead !== null) ids.push(instead);
  if (ids.length === 0) return;
  const secrets = await session.resources.readSecrets(domainId, 'UserToken', ids);
  for (const id of ids) {
    const hash = secrets.get(id)?.['hash'];
    await session.tokens.delete(domainId, KIND, typeof hash === 'string' ? hash : tokenHash(id));
    await session.resources.delete(domainId, 'UserToken', id, null);
  }
}

function isSameAddress(one: JsonValue | undefined, other: string | undefined): boolean {
  return String(one ?? '').toLowerCase() === String(other ?? '').toLowerCase();
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
export function invalidToken(): ScimError {
  return badRequest(
    'The token is not valid: it was used, has expired, or a newer one was sent.',
    'error.identity.passwordmgmt.invalidToken',
  );
}
