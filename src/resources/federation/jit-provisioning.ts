import { badRequest } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';

/** IDCS: flows.md F4. */
const MOST_GROUP_MAPPINGS = 250;

/**
 * The rules of an IdentityProvider's just-in-time provisioning, and the values that stand where nothing else was said.
 * @param data changed in place
 * @throws ScimError 400
 */
export function settleJitProvisioning(data: JsonObject): void {
  // IDCS: flows.md F4 for all of them.
  if (
    data['jitUserProvEnabled'] === true &&
    data['jitUserProvCreateUserEnabled'] !== true &&
    data['jitUserProvAttributeUpdateEnabled'] !== true
  ) {
    throw badRequest(
      'IdentityProvider.jitUserProvEnabled needs jitUserProvCreateUserEnabled or jitUserProvAttributeUpdateEnabled to be true.',
    );
  }
  const mappings = data['jitUserProvGroupMappings'];
  if (Array.isArray(mappings) && mappings.length > MOST_GROUP_MAPPINGS) {
    throw badRequest(`IdentityProvider.jitUserProvGroupMappings takes up to ${MOST_GROUP_MAPPINGS} mappings.`);
  }
  if (data['jitUserProvEnabled'] !== true) return;
  data['jitUserProvGroupMappingMode'] ??= 'explicit';
  data['jitUserProvGroupAssignmentMethod'] ??= 'Overwrite';
  data['jitUserProvIgnoreErrorOnAbsentGroups'] ??= data['jitUserProvGroupMappingMode'] === 'explicit';
}
