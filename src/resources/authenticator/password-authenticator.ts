import { recordEvent } from '../../audit/record-event.ts';
import { decide } from '../../policies/decide.ts';
import { attemptFailed } from '../attempt-events.ts';
import type { Behaviour, Draft } from '../behaviour.ts';
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
        subject?.type === 'App'
          ? await checkApp(context, subject, password)
          : await checkUser(context, subject, { name: value, password });
      if (typeof checked === 'string') throw failureOf(checked, context.domain, subject);
      if (await isDenied(context, checked, draft)) {
        throw failureOf('SIGN_ON_POLICY_DENY_RESPONSE', context.domain, subject);
      }
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

/**
 * IDCS: includeSignOnPolicyEvaluation: "the SignOn Policy access allow/deny result is considered in addition to the user credential
 * validity". What the refusal is called is inferred, and that the policy is the one of the App that the body names, else the domain's.
 */
async function isDenied(context: RequestContext, { type, row }: AuthenticatorSubject, draft: Draft): Promise<boolean> {
  if (draft.transient.get('includeSignOnPolicyEvaluation') !== true || type !== 'User') return false;
  const given = (name: string) => {
    const value = draft.transient.get(name);
    return typeof value === 'string' ? value : null;
  };
  const appName = given('appName');
  const app =
    appName === null ? null : await findSubject(context, { attribute: 'name', value: appName, types: ['App'] });
  const ip = given('clientIp') ?? context.request?.clientIp ?? null;
  const { effect } = await decide(context, { policy: { type: 'SignOn' }, user: row, ip, app: app?.row ?? null });
  return effect === 'DENY';
}
