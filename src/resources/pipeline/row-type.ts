import { resourceType } from '../../schemas/registry.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { Behaviour } from '../behaviour.ts';
import { behaviourOf } from '../registry.ts';

/*
 * A twin (ResourceTypeOverlay.twinOf) is a face: requests are checked and answers are cut by its schema, while the rows, and what
 * happens to them, are the plain type's.
 */

/** The type under which the rows of a type are kept. */
export function rowType(type: ResourceType): ResourceType {
  return type.storedAs === type.name ? type : resourceType(type.storedAs);
}

/** A type's behaviour: a twin's own, if it has one, or the plain type's. */
export function behaviourFor(type: ResourceType): Behaviour | undefined {
  return behaviourOf(type.name) ?? (type.storedAs === type.name ? undefined : behaviourOf(type.storedAs));
}
