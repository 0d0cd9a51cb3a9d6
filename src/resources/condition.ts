import type { JsonObject } from '../scim/json.ts';
import type { Behaviour } from './behaviour.ts';
import { parseConditionValue } from './condition-value.ts';
import { movePolicies } from './policy-epoch.ts';

/**
 * Condition: one comparison of a sign-on, identity provider or authorization policy.
 * IDCS: names of attributes are not checked against a list (shapes.md §12).
 */
export const conditionBehaviour: Behaviour = {
  type: 'Condition',

  async prepareCreate(_context, { data }) {
    checkValue(data);
  },

  async prepareUpdate(_context, _before, { data }) {
    checkValue(data);
  },

  afterWrite: movePolicies,
};

function checkValue({ operator, attributeValue }: JsonObject): void {
  parseConditionValue(String(operator), String(attributeValue));
}
