import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import type { Column } from './csv-columns.ts';
import type { CsvRow } from './csv-file.ts';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A row by the columns of a type. */
export type Cells = ReadonlyMap<Column, string>;

/** The cells of a row by their columns. */
export function cellsOf(row: CsvRow, columns: ReadonlyMap<string, Column>): Cells {
  return new Map([...row.cells].map(([title, cell]) => [columns.get(title)!, cell]));
}

/** What a title in a file is called by: the column's own title, in any case. */
export function titlesOf(columns: readonly Column[]): (title: string) => string | undefined {
  const known = new Map(columns.flatMap(({ title, titles }) => titles.map((each) => [each.toLowerCase(), title])));
  return (title) => known.get(title.toLowerCase());
}

/**
 * The body of a POST.
 * @throws ScimError 400 naming the column of a value that can't be read
 */
export function createBody(type: ResourceType, cells: Cells): JsonObject {
  const body: JsonObject = {};
  for (const [column, cell] of cells) {
    const { target } = column;
    if (target.kind === 'value' && isWritable(target.attribute))
      put(body, target.attribute, readCell(column, target.attribute, cell));
  }
  for (const [attribute, elements] of listsOf(cells, () => [])) put(body, attribute, [...elements]);
  return { schemas: schemasOf(type, body), ...body };
}

/**
 * The body of a PATCH: what the row says is set, what it does not say stays.
 * @param before the resource as it stands
 * @param replaces lists become what the row says; otherwise its elements are merged into them, by their types
 * @throws ScimError 400
 */
export function changeBody(before: JsonObject, cells: Cells, replaces: boolean): JsonObject {
  const operations: JsonObject[] = [];
  for (const [column, cell] of cells) {
    const { target } = column;
    if (target.kind !== 'value' || !isWritable(target.attribute) || target.attribute.mutability === 'immutable')
      continue;
    operations.push({ op: 'replace', path: target.attribute.path, value: readCell(column, target.attribute, cell) });
  }
  const lists = listsOf(cells, (attribute) => (replaces ? [] : elementsOf(before[attribute.name])));
  for (const [attribute, elements] of lists)
    operations.push({ op: 'replace', path: attribute.path, value: [...elements] });
  return { schemas: [PATCH], Operations: operations };
}

/** The lists of which the row has elements, as they become. */
function listsOf(
  cells: Cells,
  elementsBefore: (attribute: Attribute) => JsonObject[],
): ReadonlyMap<Attribute, readonly JsonObject[]> {
  const lists = new Map<Attribute, JsonObject[]>();
  const listOf = (attribute: Attribute) => {
    const known = lists.get(attribute) ?? elementsBefore(attribute);
    lists.set(attribute, known);
    return known;
  };
  for (const [column, cell] of cells) {
    const { attribute, target } = column;
    if (target.kind !== 'element' || !isWritable(attribute) || !isWritable(target.part)) continue;
    const list = listOf(attribute);
    let element = list.find((each) => each['type'] === target.type);
    if (element === undefined) {
      element = { type: target.type };
      list.push(element);
    }
    // A number that has changed has yet to be verified.
    if (target.part.name === 'value' && element['value'] !== cell) delete element['verified'];
    element[target.part.name] = readCell(column, target.part, cell);
  }
  for (const [{ attribute, target, title }, cell] of cells) {
    if (target.kind !== 'primary') continue;
    const chosen = listOf(attribute).find((each) => each['type'] === cell.toLowerCase());
    if (chosen === undefined) throw badRequest(`${title}: there is no ${attribute.name} of the type ${cell}.`);
    for (const each of listOf(attribute)) each['primary'] = each === chosen;
  }
  // A user must have a primary address: the first one, unless the row or the user says which.
  for (const [attribute, list] of lists) {
    if (attribute.name === 'emails' && list.length > 0 && !list.some((each) => each['primary'] === true)) {
      const first = list.find((each) => each['type'] !== 'recovery');
      if (first !== undefined) first['primary'] = true;
    }
  }
  return lists;
}

/** Copies, without what the service itself says of an element. */
function elementsOf(value: JsonValue | undefined): JsonObject[] {
  return (Array.isArray(value) ? value : []).filter(isObject).map(({ $ref: _, ...element }) => element);
}

function isWritable(attribute: Attribute): boolean {
  // IDCS: locks are made by the service; an exported file has them all the same.
  if (attribute.extension?.includes(':userState:')) return false;
  return attribute.mutability !== 'readOnly' && attribute.parent?.mutability !== 'readOnly';
}

function readCell({ title }: Column, { type }: Attribute, cell: string): JsonValue {
  if (type !== 'boolean') return cell;
  const text = cell.toLowerCase();
  if (text !== 'true' && text !== 'false')
    throw badRequest(`${title} must be TRUE or FALSE; it is ${JSON.stringify(cell.slice(0, 60))}.`);
  return text === 'true';
}

function put(body: JsonObject, attribute: Attribute, value: JsonValue): void {
  const top = attribute.extension === null ? body : objectIn(body, attribute.extension);
  const container = attribute.parent === null ? top : objectIn(top, attribute.parent.name);
  container[attribute.name] = value;
}

function objectIn(container: JsonObject, name: string): JsonObject {
  const known = container[name];
  if (isObject(known)) return known;
  const made: JsonObject = {};
  container[name] = made;
  return made;
}

function schemasOf(type: ResourceType, body: JsonObject): string[] {
  return [type.schema, ...type.extensions.filter((urn) => body[urn] !== undefined)];
}

/** Sets what tells how a resource came. IDCS: its schema maps it to `import`. */
export function markImported(type: ResourceType, body: JsonObject, urn: string): void {
  objectIn(body, urn)['creationMechanism'] = 'import';
  body['schemas'] = schemasOf(type, body);
}
