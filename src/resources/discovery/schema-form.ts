import type { JsonObject, JsonValue } from '../../scim/json.ts';
import type { Attribute, AttributeDefinition } from '../../scim/schema.ts';

/** Facts that the real service's Schema has under another name. */
const RENAMED: Readonly<Record<string, string>> = {
  minimum: 'idcsMinValue',
  maximum: 'idcsMaxValue',
  minLength: 'idcsMinLength',
  maxLength: 'idcsMaxLength',
  addedIn: 'idcsAddedSinceReleaseNumber',
  deprecatedSince: 'idcsDeprecatedSinceReleaseNumber',
};

/** RFC 7643 §2.2: what is not stated. */
const DEFAULTS: JsonObject = {
  multiValued: false,
  required: false,
  mutability: 'readWrite',
  returned: 'default',
  caseExact: false,
  uniqueness: 'none',
};

/**
 * The facts about one attribute as `/Schemas` shows them (scim.md §13): RFC 7643 §7's, and the service's own idcs* keys. What
 * only prose says (doc*) has no place there. Sub-attributes are left out.
 */
export function schemaForm(attribute: AttributeDefinition): JsonObject {
  const form: JsonObject = { name: attribute.name, type: attribute.type, ...DEFAULTS };
  if (attribute.type !== 'string' && attribute.type !== 'reference') delete form['caseExact'];
  for (const [key, value] of Object.entries(attribute)) {
    if (key === 'subAttributes' || key === 'because' || key.startsWith('doc')) continue;
    const name = Object.hasOwn(RENAMED, key) ? RENAMED[key]! : key;
    const isKnown = name in DEFAULTS || name.startsWith('idcs') || OTHERS.has(name);
    if (isKnown && value !== undefined) form[name] = value as JsonValue;
  }
  // Text in the Schema type, of integers too.
  if (attribute.canonicalValues !== undefined) form['canonicalValues'] = attribute.canonicalValues.map(String);
  return form;
}

const OTHERS = new Set(['name', 'type', 'canonicalValues', 'referenceTypes']);

/** An attribute with its sub-attributes, each as it is in force: an overlay may have changed a part alone. */
export function schemaTree(attribute: Attribute): JsonObject {
  const form = schemaForm(attribute.definition);
  const parts = attribute.subAttributes;
  // The Schema type has attributes of two levels, and gives defaults as text.
  if (form['idcsDefaultValue'] !== undefined) form['idcsDefaultValue'] = String(form['idcsDefaultValue']);
  if (parts.length > 0) form['subAttributes'] = parts.map(schemaTree);
  return form;
}
