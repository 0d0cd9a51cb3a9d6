import { resourceType, resourceTypeNames } from '../../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { isOwnExtension } from '../../scim/own-extension.ts';
import type { Attribute, AttributeDefinition, ResourceType } from '../../scim/schema.ts';
import type { Behaviour, ConstantResource } from '../behaviour.ts';
import { CUSTOM_USER_URN, customAttributes, typeWith } from './custom-attributes.ts';
import { schemaForm } from './schema-form.ts';

let constants: readonly ConstantResource[] | undefined;

/** ResourceTypeSchemaAttribute: every attribute of every type, one a row, as the CSV mapping of the console lists them. */
export const schemaAttributeBehaviour: Behaviour = {
  type: 'ResourceTypeSchemaAttribute',
  async constants(context) {
    constants ??= resourceTypeNames().map(resourceType).flatMap(rowsOf);
    const custom = await customAttributes(context);
    return custom.length === 0 ? constants : [...constants, ...customRows(custom)];
  },
};

/** A domain's custom attributes of users; their column is the one that their mapping names. */
function customRows(custom: readonly AttributeDefinition[]): ConstantResource[] {
  const type = typeWith('User', custom);
  return type.extension(CUSTOM_USER_URN)!.attributes.map((attribute) => {
    const { id, data } = rowOf(type, attribute);
    const mappings = attribute.definition['idcsCsvAttributeNameMappings'] as JsonObject[] | undefined;
    const column = mappings?.[0]?.['columnHeaderName'];
    const shown = attribute.definition['idcsDisplayName'];
    if (column !== undefined) data['idcsCsvAttributeName'] = column;
    if (typeof shown === 'string') data['idcsDisplayName'] = shown;
    return { id, data: { ...data, idcsCustomAttribute: true } };
  });
}

function rowsOf(type: ResourceType): ConstantResource[] {
  return type.attributes.filter((attribute) => !isOwnExtension(attribute.extension)).flatMap(leaves);

  function leaves(attribute: Attribute): ConstantResource[] {
    return [rowOf(type, attribute), ...attribute.subAttributes.flatMap(leaves)];
  }
}

function rowOf(type: ResourceType, attribute: Attribute): ConstantResource {
  const urn = attribute.extension ?? type.schema;
  const path = attribute.extension === null ? `${urn}:${attribute.path}` : attribute.path;
  const { idcsCsvAttributeName, idcsCsvAttributeNameMappings, ...facts } = schemaForm(attribute.definition);
  const shown = displayName(attribute, idcsCsvAttributeNameMappings);
  const column = isColumn(attribute) ? idcsCsvAttributeName : undefined;
  const data: JsonObject = {
    ...facts,
    resourceType: type.name,
    idcsSchemaUrn: urn,
    idcsFullyQualifiedName: path,
    idcsCustomAttribute: false,
    idcsDisplayName: shown,
    // IDCS: main-0177 has a description of each. The service's are prose; ours is the name again.
    description: shown,
    ...(column === undefined ? {} : { idcsCsvAttributeName: column }),
  };
  // The recording requires a user's last name, which the schema leaves to a rule of the type.
  if (type.name === 'User' && attribute.path === 'name.familyName') data['required'] = true;
  return { id: `${type.name}:${path}`, data };
}

/**
 * IDCS: main-0177: a user has 21 columns. Passwords and elements of lists are none of them, nor are the flags of the extension
 * `user` (Federated, Service User), which imports know but the recorded list lacks.
 */
function isColumn(attribute: Attribute): boolean {
  if (attribute.returned === 'never' || attribute.mutability === 'writeOnly') return false;
  if (attribute.extension?.endsWith(':extension:user:User')) return false;
  return attribute.parent === null || !attribute.parent.multiValued;
}

function displayName({ name, definition }: Attribute, mappings: JsonValue | undefined): string {
  const first = Array.isArray(mappings) ? mappings[0] : undefined;
  const header = isObject(first) ? first['columnHeaderName'] : definition['idcsCsvAttributeName'];
  return typeof header === 'string' ? header : spelledOut(name);
}

/** `Given Name` of `givenName`. */
function spelledOut(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
