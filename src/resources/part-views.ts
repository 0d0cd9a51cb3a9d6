import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { ComputedAttribute } from './behaviour.ts';

/** Parts that one page shows at most. */
const MOST_PARTS = 10_000;

/**
 * A computed attribute that lists other resources which name this one: the servers of a gate. One statement a page.
 *
 * @param typeName type of the parts
 * @param owner their complex attribute whose `value` is the owner's id
 * @param show an element of the attribute
 */
export function partsView(
  typeName: string,
  owner: string,
  show: (part: StoredResource) => JsonObject,
): ComputedAttribute {
  return {
    async load(context, session, resources) {
      const filters = resources.map(({ id }) => equals(typeName, `${owner}.value`, id));
      const filter: Filter = filters.length === 1 ? filters[0]! : { op: 'or', filters };
      const query = {
        type: resourceType(typeName),
        filter,
        sortBy: null,
        descending: false,
        offset: 0,
        limit: MOST_PARTS,
      };
      const page = await session.resources.search(context.domain.id, query);
      if (page.total > page.resources.length) throw badRequest(`There are more than ${MOST_PARTS} values.`);
      const values = new Map<string, JsonValue[]>();
      for (const part of page.resources) {
        const key = referenceOf(part.data, owner);
        values.set(key, [...(values.get(key) ?? []), show(part)]);
      }
      return values;
    },
  };
}

/** The id in a reference attribute; '' when there is none. */
export function referenceOf(data: JsonObject, attribute: string): string {
  const reference = data[attribute];
  return isObject(reference) && typeof reference['value'] === 'string' ? reference['value'] : '';
}

/** The named attributes that have a value. */
export function picked(data: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (data[name] === undefined ? [] : [[name, data[name]!]])));
}
