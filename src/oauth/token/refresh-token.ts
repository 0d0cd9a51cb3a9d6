import { isObject, type JsonObject } from '../../scim/json.ts';
import type { Client } from '../client.ts';
import type { GrantHandler } from './grant-handler.ts';
import { OAuthError } from './oauth-error.ts';
import { findRefreshToken, type RefreshGrant } from './refresh-token-store.ts';
import { type RequestedScope, requestScope } from './requested-scope.ts';
import { rolesOfUser, type Subject } from './subject.ts';
import { answerWithTokens } from './token-answer.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';
import { required } from './token-request.ts';

const USER_STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';

/**
 * The refresh_token grant (RFC 6749 §6): a new access token for a user who need not be there, with the AppRoles of today.
 * IDCS: oauth.md §2.5: whether refresh tokens are rotated is not documented. They are not: the answer carries the same one, which
 * stays good until it expires.
 */
export const refreshTokenGrant: GrantHandler = async (services, context, client, form) => {
  const token = required(form, 'refresh_token');
  const grant = await findRefreshToken(services, context, token);
  if (grant === null || grant.clientId !== client.id) {
    throw new OAuthError(
      'invalid_grant',
      'The refresh token is unknown, has expired, or was given to another client. Ask for a new one with offline_access.',
    );
  }
  const requested = await narrowedScope(services, context, client, form.get('scope'), grant.scope);
  const subject = await subjectOf(services, context, grant);
  const { family } = grant;
  const answer = await answerWithTokens(services, context, client, requested, subject, { family });
  return { ...answer, refresh_token: token };
};

/** RFC 6749 §6: nothing that the first request did not ask for. A custom expiry is no right and may change. */
async function narrowedScope(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  asked: string | undefined,
  original: string,
): Promise<RequestedScope> {
  const first = await requestScope(services, context, client, original);
  if (asked === undefined) return first;
  const requested = await requestScope(services, context, client, asked);
  const allowed = new Set(first.parts);
  const more = requested.parts.find((part) => !allowed.has(part) && !part.startsWith('urn:opc:resource:expiry='));
  if (more === undefined) return requested;
  throw new OAuthError('invalid_scope', `The scope ${more} was not part of the request that gave this refresh token.`);
}

async function subjectOf(services: OAuthServices, context: OAuthContext, grant: RefreshGrant): Promise<Subject> {
  const { store } = services;
  const { domain } = context;
  const user = await store.resources.read(domain.id, 'User', grant.userId);
  if (user === null || user.data['active'] !== true || isLocked(user.data)) {
    throw new OAuthError('invalid_grant', 'The user of this refresh token was deleted, deactivated or locked.');
  }
  const roles = await rolesOfUser(store, domain, user.id);
  const { sessionId, authenticated, amr, identityProvider } = grant;
  return { user, roles, sessionId, authenticated, amr, identityProvider, sessionExpires: null };
}

function isLocked(user: JsonObject): boolean {
  const state = user[USER_STATE];
  const locked = isObject(state) ? state['locked'] : undefined;
  return isObject(locked) && locked['on'] === true;
}
