import { decide } from '../../policies/decide.ts';
import type { Behaviour, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { requiredText } from '../required-value.ts';
import { authenticatorAnswer } from './answer.ts';
import { checkCredentials } from './check-credentials.ts';
import { failureOf } from './failure.ts';
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
      const checked = await checkCredentials(context, subject, { name: value, password });
      if (await isDenied(context, checked, draft)) {
        throw failureOf('SIGN_ON_POLICY_DENY_RESPONSE', context.domain, subject);
      }
      return authenticatorAnswer(context, 'PasswordAuthenticator', checked, draft, params);
    },
  },
};

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
