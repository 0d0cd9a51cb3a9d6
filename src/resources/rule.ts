import { isObject } from '../scim/json.ts';
import type { Behaviour, Draft } from './behaviour.ts';
import { conditionTypeOf } from './condition-group.ts';
import { removeOrphanedConditions } from './orphaned-conditions.ts';
import { movePolicies } from './policy-epoch.ts';
import { withNames } from './reference-names.ts';
import type { RequestContext } from './request-context.ts';
import { checkReturn } from './rule-return.ts';

/** Rule: what a policy answers when a Condition, or a ConditionGroup, is true. */
export const ruleBehaviour: Behaviour = {
  type: 'Rule',

  async prepareCreate(context, draft) {
    await checkRule(context, draft);
  },

  async prepareUpdate(context, _before, draft) {
    await checkRule(context, draft);
  },

  beforeDelete: removeOrphanedConditions,

  // IDCS: a group comes back with its name, a single Condition without (main-0394, main-0395).
  computed: {
    conditionGroup: withNames('conditionGroup', (element) =>
      conditionTypeOf(element) === 'ConditionGroup' ? 'ConditionGroup' : null,
    ),
  },

  afterWrite: movePolicies,
};

async function checkRule(context: RequestContext, { data }: Draft): Promise<void> {
  const { policyType } = data;
  const key = isObject(policyType) ? String(policyType['value']) : '';
  const type = await context.store.resources.read(context.domain.id, 'PolicyType', key);
  if (type !== null) checkReturn(type.data, data);
}
