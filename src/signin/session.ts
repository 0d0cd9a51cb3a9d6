import type { FastifyReply, FastifyRequest } from 'fastify';
import { type IdSource, newId, newSecret } from '../ids.ts';
import type { JsonObject } from '../scim/json.ts';
import type { Store } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';
import { clearCookie, readCookie, setCookie } from './browser-cookie.ts';
import { noteDevice } from './device-baseline.ts';
import { rememberEnd } from './ended-sessions.ts';
import type { SignInContext, SignInServices } from './sign-in-services.ts';
import { ssoSettings } from './sso-settings.ts';

const KIND = 'session';
/** Name of the session's cookie; the real one's is not documented. */
const COOKIE = 'ORA_OCIS_1';

/** A browser's session: who signed in, when and how. It is kept in the store; the cookie holds only its secret. */
export interface Session {
  /** SHA-256 of the cookie's value: the row's key. */
  readonly hash: string;
  /** The `sid` claim (newSessionId). */
  readonly sid: string;
  readonly userId: string;
  /** Seconds since the Unix epoch. */
  readonly authenticated: number;
  /** The `amr` claim. */
  readonly amr: readonly string[];
  /** Why there is no second factor though the policy wanted one (FinishedSignIn); null, or left out by older sessions: it is not so. */
  readonly withoutSecond?: 'trusted' | 'skipped' | null;
  /** Milliseconds since the Unix epoch. */
  readonly expires: number;
  /** App.ids of the clients that were given a code or token by this session, each once: those to tell when it ends. */
  readonly clients: readonly string[];
}

/** Who signs in. */
export interface NewSession {
  readonly userId: string;
  readonly amr: readonly string[];
  readonly withoutSecond?: Session['withoutSecond'];
  /** A session that a token has named before the browser has it: `authenticated` in seconds, `expires` in milliseconds. */
  readonly known?: Pick<Session, 'sid' | 'authenticated' | 'expires'>;
}

type Stored = Omit<Session, 'hash' | 'expires'>;

/** `amr` of who showed a password (RFC 8176 has no such value: it is the service's). */
export const BY_PASSWORD: readonly string[] = ['USERNAME_PASSWORD'];

/** The name of a new session, as the `sid` claim says it. IDCS: oauth.md §7.1: `<32 hex>:<6 hex>`. */
export function newSessionId(ids: IdSource): string {
  return `${newId(ids)}:${ids.bytes(3).toString('hex')}`;
}

/**
 * Begins a session and sets its cookie; always a new one, so that nobody can prepare the session of another. The browser's
 * session before it ends; when it was the same user's, the clients that took part are carried over, to be told at sign-out.
 */
export async function startSession(
  { store, ids }: Pick<SignInServices, 'store' | 'ids'>,
  context: SignInContext,
  reply: FastifyReply,
  who: NewSession,
): Promise<Session> {
  const { domain, clock } = context;
  const before = await takeSession(store, context, reply.request);
  if (before !== null && before.userId !== who.userId) await rememberEnd(store, domain.id, before);
  const secret = newSecret(ids);
  const hash = tokenHash(secret);
  const created = clock.now();
  const expires = who.known?.expires ?? created + (await ssoSettings(store, domain)).sessionMs;
  const stored: Stored = {
    sid: who.known?.sid ?? newSessionId(ids),
    userId: who.userId,
    authenticated: who.known?.authenticated ?? Math.floor(created / 1000),
    amr: who.amr,
    withoutSecond: who.withoutSecond ?? null,
    clients: before?.userId === who.userId ? before.clients : [],
  };
  await store.tokens.insert(domain.id, {
    hash,
    kind: KIND,
    created,
    expires,
    data: { ...stored } as unknown as JsonObject,
  });
  setCookie(reply, context, COOKIE, secret);
  await noteDevice({ store, ids }, context, reply, who);
  return { ...stored, hash, expires };
}

/** The session that a request's cookie belongs to; null when there is none or it has ended. */
export async function readSession(
  { store }: Pick<SignInServices, 'store'>,
  context: SignInContext,
  request: FastifyRequest,
): Promise<Session | null> {
  const secret = readCookie(request, context, COOKIE);
  if (secret === null) return null;
  const hash = tokenHash(secret);
  const row = await store.tokens.find(context.domain.id, KIND, hash);
  if (row === null || row.expires <= context.clock.now()) return null;
  return { ...(row.data as unknown as Stored), hash, expires: row.expires };
}

/** Notes that a client was given a code or token by the session. */
export async function joinSession(
  { store }: Pick<SignInServices, 'store'>,
  { domain }: SignInContext,
  session: Session,
  appId: string,
): Promise<void> {
  if (session.clients.includes(appId)) return;
  await store.transaction(async ({ tokens }) => {
    const row = await tokens.find(domain.id, KIND, session.hash, { lock: true });
    if (row === null) return;
    const stored = row.data as unknown as Stored;
    if (stored.clients.includes(appId)) return;
    const data = { ...stored, clients: [...stored.clients, appId] } as unknown as JsonObject;
    await tokens.update(domain.id, KIND, session.hash, { data });
  });
}

/** Ends the session of a request, here and in the browser. @returns the session that ended; null when there was none */
export async function endSession(
  services: Pick<SignInServices, 'store'>,
  context: SignInContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Session | null> {
  clearCookie(reply, context, COOKIE);
  const session = await takeSession(services.store, context, request);
  if (session !== null) await rememberEnd(services.store, context.domain.id, session);
  return session;
}

/** Whether a request came with a session's cookie, good or not. */
export function hasSessionCookie(context: SignInContext, request: FastifyRequest): boolean {
  return readCookie(request, context, COOKIE) !== null;
}

async function takeSession(store: Store, context: SignInContext, request: FastifyRequest): Promise<Session | null> {
  const secret = readCookie(request, context, COOKIE);
  if (secret === null) return null;
  const hash = tokenHash(secret);
  const row = await store.tokens.take(context.domain.id, KIND, hash);
  if (row === null || row.expires <= context.clock.now()) return null;
  return { ...(row.data as unknown as Stored), hash, expires: row.expires };
}
