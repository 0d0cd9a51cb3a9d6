import type { Attribute } from '../scim/schema.ts';

/**
 * Whether an attribute, inside the brackets of `scope`, is the element itself: filters call the elements of a simple
 * multi-valued attribute `value` (compile.ts, elementOf).
 */
export function isElementOf(attribute: Attribute, scope: Attribute | null): boolean {
  return scope !== null && (attribute === scope || (attribute.parent === scope && scope.type !== 'complex'));
}

/** Whether an attribute holds the id of a resource, so that an OCID may be asked for in its place. */
export function isReference(attribute: Attribute): boolean {
  return attribute.name === 'value' && attribute.parent?.sub('$ref') !== undefined;
}
