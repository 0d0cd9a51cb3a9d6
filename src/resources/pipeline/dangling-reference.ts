import { badRequest, type ScimError } from '../../scim/errors.ts';
import type { ResourceType } from '../../scim/schema.ts';

/** 400 for a reference to nothing, in the service's words (errors.tsv). */
export function danglingReference(type: ResourceType, attribute: string, target: string, key: string): ScimError {
  return badRequest(
    `${type.name}.${attribute} references a ${target} with ID ${key} that does not exist.`,
    'error.common.validation.invalidReferenceResource',
  );
}
