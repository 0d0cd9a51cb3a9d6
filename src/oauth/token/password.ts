import { newId } from '../../ids.ts';
import { checkPassword, type PasswordCheck } from '../../resources/password-check.ts';
import { newFamily } from '../revoked-tokens.ts';
import type { GrantHandler } from './grant-handler.ts';
import { OAuthError } from './oauth-error.ts';
import { grantsRefresh } from './refresh-terms.ts';
import { issueRefreshToken } from './refresh-token-store.ts';
import { requestScope } from './requested-scope.ts';
import { BY_PASSWORD, LOCAL_IDENTITY_PROVIDER, rolesOfUser, type Subject } from './subject.ts';
import { answerWithTokens } from './token-answer.ts';
import { required } from './token-request.ts';

/**
 * The password grant (RFC 6749 §4.3): a token for a user whose name and password the client has.
 * IDCS: CNC guide 3.1: `offline_access` from a client without the grant refresh_token is no error; the answer just has no refresh token.
 */
export const passwordGrant: GrantHandler = async (services, context, client, form) => {
  const userName = required(form, 'username');
  const password = required(form, 'password');
  const scope = required(form, 'scope');
  const asked = await requestScope(services, context, client, scope);
  const requested = { ...asked, offlineAccess: grantsRefresh(asked, client) };
  const { domain, clock, log } = context;
  const { store, passwords, ids } = services;
  const check = await checkPassword({ domain, store, clock, passwords, log, ids }, userName, password);
  if (!check.ok) throw new OAuthError('invalid_grant', REFUSALS[check.reason]);
  const subject: Subject = {
    user: check.user,
    roles: await rolesOfUser(store, domain, check.user.id),
    sessionId: `${newId(ids)}:${ids.bytes(3).toString('hex')}`,
    authenticated: Math.floor(clock.now() / 1000),
    amr: BY_PASSWORD,
    identityProvider: LOCAL_IDENTITY_PROVIDER,
    sessionExpires: null,
  };
  // Only what can be refreshed is an authorization that more than one token belongs to.
  const origin = requested.offlineAccess ? { family: newFamily(ids) } : {};
  const answer = await answerWithTokens(services, context, client, requested, subject, origin);
  if (requested.offlineAccess) {
    answer['refresh_token'] = await issueRefreshToken(services, context, client, subject, scope, origin);
  }
  return answer;
};

/** Why there is no token. Only who gave the right password, or locked the account, learns more than "incorrect". */
const REFUSALS: Readonly<Record<Exclude<PasswordCheck, { ok: true }>['reason'], string>> = {
  unknown: 'You entered an incorrect user name or password.',
  wrong: 'You entered an incorrect user name or password.',
  inactive: 'The user is not active. Activate the user first.',
  locked: 'The user is locked. Unlock the user, or wait until the lock expires.',
  expired: 'The password has expired. Change it first.',
  mustChange: 'The password must be changed before it gives a token.',
};
