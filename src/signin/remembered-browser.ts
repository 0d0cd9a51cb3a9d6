import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { browserName } from '../audit/browser-name.ts';
import { agentOfToken, TRUSTED_AGENT } from '../factors/trusted-agents.ts';
import { isObject } from '../scim/json.ts';
import { clearCookie, readCookie, setCookie } from './browser-cookie.ts';
import type { SignInContext, SignInRouteServices } from './sign-in-services.ts';

/*
 * What a browser remembers beyond its session: the users that trust it, and the one that it keeps signed in. The cookies hold tokens;
 * how long these are good is kept in their rows. The real cookies' names are not documented.
 */

const TRUST = 'ORA_OCIS_TRUST_1';
export const KMSI_COOKIE = 'ORA_OCIS_KMSI_1';
/** Longer than any token is good; seconds. Browsers allow 400 days. */
const LIFETIME_S = 400 * 24 * 60 * 60;

/** The token by which a user trusts the browser; null: the user does not. */
export function trustTokenOf(request: FastifyRequest, context: SignInContext, userId: string): string | null {
  return readCookie(request, context, trustCookie(userId));
}

export function keepTrustToken(reply: FastifyReply, context: SignInContext, userId: string, token: string): void {
  setCookie(reply, context, trustCookie(userId), token, LIFETIME_S);
}

/** One for each user, since several use a browser. */
function trustCookie(userId: string): string {
  return `${TRUST}_${createHash('sha256').update(userId).digest('hex').slice(0, 8)}`;
}

/** The token by which the browser keeps its user signed in; null: it does not. */
export function kmsiTokenOf(request: FastifyRequest, context: SignInContext): string | null {
  return readCookie(request, context, KMSI_COOKIE);
}

export function keepKmsiToken(reply: FastifyReply, context: SignInContext, token: string): void {
  setCookie(reply, context, KMSI_COOKIE, token, LIFETIME_S);
}

/** Keeps nobody signed in any more: a sign-out ends that, too (inferred). */
export async function forgetKmsi(
  { store, secrets }: Pick<SignInRouteServices, 'store' | 'secrets'>,
  context: SignInContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const token = kmsiTokenOf(request, context);
  if (token === null) return;
  clearCookie(reply, context, KMSI_COOKIE);
  const agent = await agentOfToken({ ...context, store, secrets }, token, 'KMSI');
  if (agent !== null) await store.resources.delete(context.domain.id, TRUSTED_AGENT, agent.id, null);
}

/** Whom the browser keeps signed in; null: nobody. @returns User.id */
export async function keptUser(
  { store, secrets }: Pick<SignInRouteServices, 'store' | 'secrets'>,
  context: SignInContext,
  token: string,
): Promise<string | null> {
  const agent = await agentOfToken({ ...context, store, secrets }, token, 'KMSI');
  const user = agent?.data['user'];
  return user !== undefined && isObject(user) ? String(user['value']) : null;
}

/** What the browser is called in lists: `Chrome on Linux`. */
export function nameOfBrowser(request: FastifyRequest): string {
  const { browser, platform } = browserName(request.headers['user-agent'] ?? '');
  return [browser ?? 'Browser', platform].filter((part) => part !== null).join(' on ');
}
