import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Behaviour } from './behaviour.ts';
import { movePolicies } from './policy-epoch.ts';
import { withNames } from './reference-names.ts';
import type { RequestContext } from './request-context.ts';

/** Groups below one group; beyond that a rule can't be understood, or evaluated at every sign-in. Inferred. */
const MOST_GROUPS = 100;

/** ConditionGroup: Conditions, and other groups, joined by `and` or `or`. */
export const conditionGroupBehaviour: Behaviour = {
  type: 'ConditionGroup',

  async prepareCreate(context, draft) {
    await checkNesting(context, draft.id, draft.data);
  },

  async prepareUpdate(context, _before, draft) {
    await checkNesting(context, draft.id, draft.data);
  },

  computed: { conditions: withNames('conditions', conditionTypeOf) },

  afterWrite: movePolicies,
};

/** The type of what an element of `conditions`, or a rule's `conditionGroup`, names. */
export function conditionTypeOf(element: JsonObject): 'Condition' | 'ConditionGroup' {
  return element['type'] === 'ConditionGroup' ? 'ConditionGroup' : 'Condition';
}

/** A group that contained itself, directly or through others, would have no value. */
async function checkNesting(context: RequestContext, id: string, data: JsonObject): Promise<void> {
  const seen = new Set<string>();
  for (let level = groupsIn(data); level.length > 0; ) {
    if (level.includes(id)) throw badRequest('ConditionGroup.conditions: a group of conditions cannot contain itself.');
    const fresh = level.filter((each) => !seen.has(each));
    for (const each of fresh) seen.add(each);
    if (seen.size > MOST_GROUPS) {
      throw badRequest(`ConditionGroup.conditions contains more than ${MOST_GROUPS} groups, in all levels.`);
    }
    const keys = fresh.map((key) => ({ type: 'ConditionGroup', key }));
    const found = keys.length === 0 ? [] : await context.store.resources.resolve(context.domain.id, keys);
    level = [...found.values()].flatMap((group) => groupsIn(group.data));
  }
}

function groupsIn({ conditions }: JsonObject): string[] {
  const elements = Array.isArray(conditions) ? conditions.filter(isObject) : [];
  return elements.flatMap((element) => {
    return conditionTypeOf(element) === 'ConditionGroup' ? [String(element['value'])] : [];
  });
}
