import { ScimError } from '../../scim/errors.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { type StoredResource, UniqueViolation } from '../../store/store.ts';

/** Runs a write; a unique key that is taken becomes a 409 that names attribute and value (the wording is not recorded). */
export async function orConflict<T>(type: ResourceType, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    throw new ScimError(409, `A ${type.name} with ${error.attribute} '${error.value}' already exists.`, {
      messageId: 'error.common.validation.duplicateValue',
      cause: error,
    });
  }
}

/**
 * Refuses what a shipped resource does not allow.
 * IDCS: `idcsPreventedOperations` names replace, update and delete (shapes.md §4); 403 is "operation not supported" (scim.md §10).
 */
export function refusePrevented(
  type: ResourceType,
  resource: StoredResource,
  operation: 'replace' | 'update' | 'delete',
): void {
  const prevented = resource.data['idcsPreventedOperations'];
  if (Array.isArray(prevented) && prevented.includes(operation)) {
    throw new ScimError(403, `${nameOf(type, resource)} does not allow the operation ${operation}.`);
  }
}

/** `Group 'Employees'`, `User 'jdoe'`: a resource as messages name it. */
export function nameOf(type: ResourceType, resource: StoredResource): string {
  const { data, id } = resource;
  const name = [data['userName'], data['displayName'], data['name']].find((value) => typeof value === 'string');
  return `${type.name} '${name ?? id}'`;
}
