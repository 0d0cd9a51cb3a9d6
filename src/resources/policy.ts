import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Behaviour } from './behaviour.ts';
import { movePolicies } from './policy-epoch.ts';
import { withNames } from './reference-names.ts';
import type { RequestContext } from './request-context.ts';

/** Policy: Rules of one type, tried in the order of their `sequence`. Sequences are unique by the attribute rules. */
export const policyBehaviour: Behaviour = {
  type: 'Policy',

  async prepareCreate(context, { data }) {
    await checkRules(context, data, []);
  },

  async prepareUpdate(context, before, { data }) {
    await checkRules(context, data, ruleIds(before.data));
  },

  computed: { rules: withNames('rules', () => 'Rule') },

  afterWrite: movePolicies,
};

/** @param known rules that it has already: types can't change */
async function checkRules(context: RequestContext, data: JsonObject, known: readonly string[]): Promise<void> {
  const wanted = typeOf(data);
  const keys = ruleIds(data)
    .filter((id) => !known.includes(id))
    .map((key) => ({ type: 'Rule', key }));
  if (keys.length === 0) return;
  for (const rule of (await context.store.resources.resolve(context.domain.id, keys)).values()) {
    const type = typeOf(rule.data);
    if (type === wanted) continue;
    throw badRequest(
      `Policy.rules: Rule ${rule.id} is of the type ${type}, and a policy of the type ${wanted} has rules of that type only.`,
    );
  }
}

/** Id of the PolicyType of a Policy's or Rule's data. */
export function typeOf({ policyType }: JsonObject): string {
  return isObject(policyType) ? String(policyType['value']) : '';
}

function ruleIds({ rules }: JsonObject): string[] {
  return list(rules).map((rule) => String(rule['value']));
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
