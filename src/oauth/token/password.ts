import { recordEvent } from '../../audit/record-event.ts';
import { appAccessed } from '../../audit/sign-in-events.ts';
import { decideSignOn } from '../../policies/sign-on.ts';
import { checkPassword, type PasswordCheck } from '../../resources/password-check.ts';
import { demandsSecondFactor } from '../../signin/authentication/second-factor-demand.ts';
import { checkSignOn } from '../app-access.ts';
import { answerAuthorization } from './authorization-answer.ts';
import type { GrantHandler } from './grant-handler.ts';
import { OAuthError } from './oauth-error.ts';
import { requestScope } from './requested-scope.ts';
import { newSubject } from './subject.ts';
import { required } from './token-request.ts';

/**
 * The password grant (RFC 6749 §4.3): a token for a user whose name and password the client has.
 * IDCS: CNC guide 3.1: `offline_access` from a client without the grant refresh_token is no error; the answer just has no refresh token.
 * The sign-on policy counts, and a user of whom it demands a second factor gets no token by a password alone.
 */
export const passwordGrant: GrantHandler = async (services, context, client, form) => {
  const userName = required(form, 'username');
  const password = required(form, 'password');
  const requested = await requestScope(services, context, client, required(form, 'scope'));
  const check = await checkPassword({ ...services, ...context }, userName, password, { client: client.name });
  if (!check.ok) throw new OAuthError('invalid_grant', REFUSALS[check.reason]);
  const signOn = await decideSignOn({ ...context, store: services.store }, { user: check.user, app: client });
  await checkSignOn(services, context, client, { user: check.user, signOn, signedIn: false });
  if (await demandsSecondFactor({ services, context }, check.user, signOn)) throw new OAuthError('invalid_grant', MFA);
  const subject = await newSubject(services, context, check.user);
  const answer = await answerAuthorization(services, context, client, requested, subject);
  await recordEvent({ ...services, ...context }, null, appAccessed(check.user, client));
  return answer;
};

/** IDCS: shapes.md §2. That it is for those only who are asked for a second factor elsewhere, too, is inferred. */
const MFA = 'Tenant is MFA enabled. Use Multi-Factor Authentication for all users in this tenant.';

/** Why there is no token. Only who gave the right password, or locked the account, learns more than "incorrect". */
const REFUSALS: Readonly<Record<Exclude<PasswordCheck, { ok: true }>['reason'], string>> = {
  unknown: 'You entered an incorrect user name or password.',
  wrong: 'You entered an incorrect user name or password.',
  inactive: 'The user is not active. Activate the user first.',
  locked: 'The user is locked. Unlock the user, or wait until the lock expires.',
  expired: 'The password has expired. Change it first.',
  mustChange: 'The password must be changed before it gives a token.',
};
