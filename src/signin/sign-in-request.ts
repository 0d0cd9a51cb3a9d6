import type { FastifyReply, FastifyRequest } from 'fastify';
import { newSecret } from '../ids.ts';
import type { JsonObject } from '../scim/json.ts';
import { tokenHash } from '../store/token-hash.ts';
import { bindBrowser, browserBinding } from './browser-binding.ts';
import type { SignInContext, SignInServices } from './sign-in-services.ts';

/** The kind of token row. */
export const SIGN_IN = 'sign-in';
/** IDCS: oauth.md §7.3: a request that waits for a sign-in is kept for 15 minutes; milliseconds. */
export const SIGN_IN_LIFETIME_MS = 15 * 60 * 1000;

/** Where a browser goes on after the sign-in, and what the page says meanwhile. Made by the server alone, never from a URL. */
export interface SignInPurpose {
  /** Path and query below the domain's address: `/oauth2/v1/authorize?resume=…`. */
  readonly continueTo: string;
  /** Id of the App whose sign-on policy counts; absent: the domain's default one. */
  readonly appId?: string;
  /** Where the browser goes on when the sign-on policy refuses the user, as `continueTo`; absent: the error page says so. */
  readonly deniedTo?: string;
  /** displayName of the App that is signed in to; null: the domain itself (My Apps, device page). */
  readonly appName: string | null;
  /** OpenID Connect `login_hint`: fills in the user name. */
  readonly loginHint: string | null;
  /**
   * Origins, or schemes such as `com.example.app:`, that the browser may be led to by the form's answer. Browsers hold the
   * redirects after a form to the page's `form-action` (CSP 3).
   */
  readonly formTargets: readonly string[];
  /** OpenID Connect `ui_locales`: languages that the page is wanted in. */
  readonly uiLocales?: string | undefined;
  /** Terminates the sign-in: path and query that Cancel leads to, as `continueTo`; null: there is no Cancel. */
  readonly cancelTo: string | null;
  /** A browser that keeps its user signed in may do so here; absent: the user has to prove anew who they are. */
  readonly mayStay?: boolean;
  /** The session that the browser has stands for the password: what it lacks is asked for. */
  readonly stepUp?: boolean;
}

/** A sign-in that a browser has begun. */
export interface SignInRequest extends SignInPurpose {
  /** Names it in addresses and forms (`request`). Good for nothing in another browser. */
  readonly id: string;
  /** Names the newest offer: a form of an older one does nothing. Absent while the password is asked for. */
  readonly step?: string;
  /** How far it has come, sealed (sign-in-progress.ts). */
  readonly progress?: string;
}

/**
 * Begins a sign-in: what comes after it is kept in the store and tied to this browser.
 * @returns the path of the sign-in page below the domain's address; redirect there with `${baseUrl}${path}`
 */
export async function beginSignIn(
  services: Pick<SignInServices, 'store' | 'ids'>,
  context: SignInContext,
  request: FastifyRequest,
  reply: FastifyReply,
  purpose: SignInPurpose,
): Promise<string> {
  const id = newSecret(services.ids, 24);
  const created = context.clock.now();
  const browser = bindBrowser(services, context, request, reply);
  await services.store.tokens.insert(context.domain.id, {
    hash: tokenHash(id),
    kind: SIGN_IN,
    created,
    expires: created + SIGN_IN_LIFETIME_MS,
    data: { ...purpose, browser: browser.hash } as unknown as JsonObject,
  });
  return `/ui/v1/signin?request=${id}`;
}

/** The sign-in of that id; null when there is none, it has expired, or another browser began it. */
export async function findSignIn(
  { store }: Pick<SignInServices, 'store'>,
  context: SignInContext,
  request: FastifyRequest,
  id: string,
): Promise<SignInRequest | null> {
  const browser = browserBinding(context, request);
  const row = await store.tokens.find(context.domain.id, SIGN_IN, tokenHash(id));
  if (row === null || browser === null || row.expires <= context.clock.now()) return null;
  const { browser: owner, ...purpose } = row.data as unknown as Omit<SignInRequest, 'id'> & { browser: string };
  return owner === browser.hash ? { ...purpose, id } : null;
}
