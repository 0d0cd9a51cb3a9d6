import { recordEvent } from '../../audit/record-event.ts';
import { attemptFailed } from '../attempt-events.ts';
import { matchesClientSecret } from '../client-secret-digest.ts';
import { checkPasswordOf, type PasswordCheck } from '../password-check.ts';
import type { RequestContext } from '../request-context.ts';
import { type AuthenticatorFailure, failureOf } from './failure.ts';
import type { AuthenticatorSubject } from './subject.ts';

/**
 * Whether a password is a user's, or a client secret an App's. An attempt counts like any other sign-in.
 *
 * @param subject null: nobody was found
 * @param given `name` is what was looked for, as sent
 * @returns the subject as the attempt has left it
 * @throws ScimError 400 with the failure as detail
 */
export async function checkCredentials(
  context: RequestContext,
  subject: AuthenticatorSubject | null,
  given: { readonly name: string; readonly password: string },
): Promise<AuthenticatorSubject> {
  const checked =
    subject?.type === 'App'
      ? await checkApp(context, subject, given.password)
      : await checkUser(context, subject, given);
  if (typeof checked === 'string') throw failureOf(checked, context.domain, subject);
  return checked;
}

type Checked = AuthenticatorFailure | AuthenticatorSubject;

/** The page's names for what a check of a password comes to. */
const FAILURES: Readonly<Record<Exclude<PasswordCheck, { ok: true }>['reason'], AuthenticatorFailure>> = {
  unknown: 'USER_NOT_FOUND',
  wrong: 'INVALID_CREDENTIALS',
  inactive: 'USER_DISABLED_RESPONSE',
  locked: 'USER_LOCKED_RESPONSE',
  expired: 'PASSWORD_EXPIRED_RESPONSE',
  mustChange: 'PASSWORD_MUST_CHANGE_RESPONSE',
};

/** @param subject null: nobody; the hash is computed all the same */
async function checkUser(
  context: RequestContext,
  subject: AuthenticatorSubject | null,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<Checked> {
  const check = await checkPasswordOf(context, subject?.row ?? null, password, { name });
  if (!check.ok || subject === null) return check.ok ? 'USER_NOT_FOUND' : FAILURES[check.reason];
  return { ...subject, row: { ...subject.row, ...check.user } };
}

/** That an App is there and disabled is for those to know who have its secret. */
async function checkApp(context: RequestContext, subject: AuthenticatorSubject, password: string): Promise<Checked> {
  const { data, secret } = subject.row;
  const kept = secret?.['clientSecretHash'];
  const hash = data['clientType'] !== 'public' && typeof kept === 'string' ? kept : null;
  const matched = matchesClientSecret(hash, password);
  if (matched && data['active'] === true) return subject;
  await recordEvent(context, null, attemptFailed(matched ? 'inactive' : 'wrong', subject.row));
  return matched ? 'APP_DISABLE_RESPONSE' : 'INVALID_CREDENTIALS';
}
