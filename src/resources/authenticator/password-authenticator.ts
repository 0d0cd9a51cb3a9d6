import type { Behaviour } from '../behaviour.ts';
import { matchesClientSecret } from '../client-secret-digest.ts';
import { checkPasswordOf, type PasswordCheck } from '../password-check.ts';
import type { RequestContext } from '../request-context.ts';
import { requiredText } from '../required-value.ts';
import { authenticatorAnswer } from './answer.ts';
import { type AuthenticatorFailure, failureOf } from './failure.ts';
import { type AuthenticatorSubject, findSubject } from './subject.ts';

/**
 * PasswordAuthenticator: whether a password is that of a user, or a client secret that of an App. An attempt counts like any other
 * sign-in. IDCS: "Check Password of Specified User or App", with all its examples.
 */
export const passwordAuthenticatorBehaviour: Behaviour = {
  type: 'PasswordAuthenticator',
  actions: {
    async create(context, draft, params) {
      const value = requiredText(draft, 'mappingAttributeValue');
      const password = requiredText(draft, 'password');
      const attribute = draft.data['mappingAttribute'];
      const subject = await findSubject(context, { attribute, value, types: ['User', 'App'] });
      const checked =
        subject?.type === 'App' ? checkApp(subject, password) : await checkUser(context, subject, password);
      if (typeof checked === 'string') throw failureOf(checked, context.domain, subject);
      return authenticatorAnswer(context, 'PasswordAuthenticator', checked, draft, params);
    },
  },
};

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
  password: string,
): Promise<Checked> {
  const check = await checkPasswordOf(context, subject?.row ?? null, password);
  if (!check.ok || subject === null) return check.ok ? 'USER_NOT_FOUND' : FAILURES[check.reason];
  return { ...subject, row: { ...subject.row, ...check.user } };
}

/** That an App is there and disabled is for those to know who have its secret. */
function checkApp(subject: AuthenticatorSubject, password: string): Checked {
  const { data, secret } = subject.row;
  const kept = secret?.['clientSecretHash'];
  const hash = data['clientType'] !== 'public' && typeof kept === 'string' ? kept : null;
  if (!matchesClientSecret(hash, password)) return 'INVALID_CREDENTIALS';
  return data['active'] === true ? subject : 'APP_DISABLE_RESPONSE';
}
