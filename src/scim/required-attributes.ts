import type { Attribute, ResourceType } from './schema.ts';
import { isWritable } from './sent-values.ts';
import { missingRequired } from './validation-errors.ts';

const cache = new WeakMap<ResourceType, readonly Attribute[]>();

/** Top-level attributes that a client must give. Not readOnly ones: the service makes those. */
export function requiredAttributes(type: ResourceType): readonly Attribute[] {
  let required = cache.get(type);
  if (required === undefined) {
    required = type.attributes.filter((attribute) => attribute.required && isWritable(attribute));
    cache.set(type, required);
  }
  return required;
}

/**
 * Checks that everything required is there. An extension's required attributes count only when the resource uses the
 * extension.
 *
 * @param has whether an attribute has a value
 * @param usesExtension whether the resource has any value of an extension
 * @param missing paths of required sub-attributes found missing before; named first
 * @throws ScimError 400 naming all that is missing
 */
export function checkRequired(
  type: ResourceType,
  has: (attribute: Attribute) => boolean,
  usesExtension: (urn: string) => boolean,
  missing: readonly string[],
): void {
  const absent = requiredAttributes(type)
    .filter((attribute) => attribute.extension === null || usesExtension(attribute.extension))
    .filter((attribute) => !has(attribute))
    .map((attribute) => attribute.path);
  if (absent.length + missing.length > 0) throw missingRequired([...absent, ...missing]);
}
