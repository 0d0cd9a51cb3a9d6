import { isObject } from '../scim/json.ts';
import { type DecisionContext, decide, type Question } from './decide.ts';
import type { Decision, Effect } from './evaluate-policy.ts';

/** Whether a user may open what is of an enterprise App. */
export interface AppAuthorization {
  readonly effect: Effect;
  /** What decided: the policy that denies, else the one that allows. */
  readonly decision: Decision;
  /** Both, in the order in which they are asked. */
  readonly asked: readonly Decision[];
}

const ENTERPRISE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:enterpriseApp:App';
/** IDCS: flows.md B7: the two policies that an enterprise App is made with. */
const POLICIES = ['denyAuthzPolicy', 'allowAuthzPolicy'] as const;

/** Nothing that says anything. */
const MISSING: Decision = {
  effect: 'NONE',
  policy: null,
  rule: null,
  obligations: {},
  trace: [],
  note: 'the App has no such policy',
};

/**
 * Asks the two authorization policies of an App, as a gateway in front of it does: who is denied stays out, whoever else is allowed
 * gets in, and who is neither has no right (NONE). That a denial wins is inferred.
 */
export async function decideAppAuthorization(
  context: DecisionContext,
  question: Omit<Question, 'policy' | 'app'> & { readonly app: NonNullable<Question['app']> },
): Promise<AppAuthorization> {
  const asked: Decision[] = [];
  for (const attribute of POLICIES) {
    const extension = question.app.data[ENTERPRISE];
    const reference = isObject(extension) ? extension[attribute] : undefined;
    const policy = isObject(reference) ? String(reference['value']) : null;
    asked.push(policy === null ? MISSING : await decide(context, { ...question, policy }));
  }
  const [deny, allow] = asked as [Decision, Decision];
  const decision = deny.effect === 'DENY' ? deny : allow;
  return { effect: decision.effect, decision, asked };
}
