import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';

/*
 * Which column of a file is which attribute. The types' own data say it (idcsCsvAttributeName, idcsCsvAttributeNameMappings), a domain's
 * custom attributes too.
 */

/** A column. */
export interface Column {
  /** Its title in exports. */
  readonly title: string;
  /** All titles that imports know it by. */
  readonly titles: readonly string[];
  /** The top-level attribute that it is about. */
  readonly attribute: Attribute;
  readonly target: Target;
}

/** Where in the attribute a cell's value is. */
export type Target =
  /** The attribute itself, or a part of it. */
  | { readonly kind: 'value'; readonly attribute: Attribute }
  /** A part of the list's element of one type: `emails[work].value`. */
  | { readonly kind: 'element'; readonly type: string; readonly part: Attribute }
  /** The type of the list's primary element: `emails[$(type)].primary`. */
  | { readonly kind: 'primary' }
  /** Several values in one cell: `members[User].value`. */
  | { readonly kind: 'list'; readonly delimiter: string };

const ELEMENT = /^[^.[]+\[([^\]]+)\]\.(\w+)$/;

/** The columns of a type, in the order of its attributes. */
export function columnsOf(type: ResourceType): readonly Column[] {
  return type.attributes.flatMap((attribute) => {
    const mappings = attribute.definition['idcsCsvAttributeNameMappings'];
    return (Array.isArray(mappings) ? mappings.filter(isObject) : []).flatMap((mapping) => {
      const column = columnOf(attribute, mapping);
      return column === null ? [] : [column];
    });
  });
}

function columnOf(attribute: Attribute, mapping: JsonObject): Column | null {
  const { columnHeaderName: name, deprecatedColumnHeaderName: older, mapsTo, multiValueDelimiter: delimiter } = mapping;
  if (typeof name !== 'string') return null;
  const target = targetOf(attribute, mapsTo, delimiter);
  if (target === null) return null;
  const source = target.kind === 'value' ? target.attribute : attribute;
  // IDCS: ResourceTypeSchemaAttributes lists the older titles, and printed reports have them.
  const listed = source.definition['idcsCsvAttributeName'];
  const titles = [listed, older, name].filter((title) => typeof title === 'string');
  return { title: titles[0]!, titles, attribute, target };
}

function targetOf(
  attribute: Attribute,
  mapsTo: JsonValue | undefined,
  delimiter: JsonValue | undefined,
): Target | null {
  if (typeof mapsTo !== 'string' || mapsTo === attribute.name) return { kind: 'value', attribute };
  if (typeof delimiter === 'string') return { kind: 'list', delimiter };
  const [, type, part = ''] = ELEMENT.exec(mapsTo) ?? [];
  if (type === '$(type)') return { kind: 'primary' };
  const sub = attribute.sub(type === undefined ? mapsTo.slice(mapsTo.indexOf('.') + 1) : part);
  if (sub === undefined) return null;
  return type === undefined ? { kind: 'value', attribute: sub } : { kind: 'element', type, part: sub };
}
