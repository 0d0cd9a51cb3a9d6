import type { Behaviour, Draft } from './behaviour.ts';
import { grantsOf } from './grantee-views.ts';
import { heldAppRoles } from './held-app-roles.ts';
import { parseMatchingRule } from './matching-rule.ts';
import { releaseReferences } from './principal-references.ts';
import { refuseAdministratorGroup } from './stronger-principals.ts';

/** DynamicResourceGroup: resources of OCI that a rule chooses. The emulator has no such resources: the rule is checked and kept. */
export const dynamicResourceGroupBehaviour: Behaviour = {
  type: 'DynamicResourceGroup',

  async prepareCreate(_context, draft) {
    checkRule(draft);
  },

  async prepareUpdate(context, before, draft) {
    if (draft.data['matchingRule'] === before.data['matchingRule']) return;
    // Who writes the rule decides who has the group's AppRoles.
    await refuseAdministratorGroup(context, context.store, before.id);
    checkRule(draft);
  },

  async beforeDelete(context, session, resource, force) {
    await refuseAdministratorGroup(context, session, resource.id);
    await releaseReferences(context, session, resource, force);
  },

  computed: {
    grants: grantsOf,
    dynamicGroupAppRoles: heldAppRoles('DynamicResourceGroup', 'dynamicGroupAppRoles'),
  },
};

function checkRule({ data }: Draft): void {
  parseMatchingRule(String(data['matchingRule']), 'DynamicResourceGroup.matchingRule');
}
