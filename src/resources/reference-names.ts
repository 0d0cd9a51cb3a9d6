import type { JsonObject } from '../scim/json.ts';
import { isObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import type { ComputedAttribute } from './behaviour.ts';
import type { RequestContext } from './request-context.ts';

/**
 * A reference attribute whose elements show the `name` that their target has now; one statement for a page.
 *
 * @param attribute the attribute's name in the row's data: one element or a list
 * @param targetOf type of the resource that an element names; null: it shows no name
 */
export function withNames(attribute: string, targetOf: (element: JsonObject) => string | null): ComputedAttribute {
  return {
    async load(context, session, resources) {
      const names = await namesOf(context, session, resources, attribute, targetOf);
      const named = (element: JsonValue): JsonValue => {
        if (!isObject(element)) return element;
        const name = names.get(keyOf(element, targetOf));
        return name === undefined ? element : { ...element, name };
      };
      const values = new Map<string, JsonValue>();
      if (names.size === 0) return values;
      for (const { id, data } of resources) {
        const value = data[attribute];
        if (value !== undefined) values.set(id, Array.isArray(value) ? value.map(named) : named(value));
      }
      return values;
    },
  };
}

async function namesOf(
  context: RequestContext,
  session: StoreSession,
  resources: readonly StoredResource[],
  attribute: string,
  targetOf: (element: JsonObject) => string | null,
): Promise<ReadonlyMap<string, string>> {
  const keys = resources
    .flatMap(({ data }) => data[attribute] ?? [])
    .filter(isObject)
    .flatMap((element) => {
      const type = targetOf(element);
      return type === null ? [] : [{ type, key: String(element['value']) }];
    });
  const names = new Map<string, string>();
  if (keys.length === 0) return names;
  for (const [key, { data }] of await session.resources.resolve(context.domain.id, keys)) {
    if (typeof data['name'] === 'string') names.set(key, data['name']);
  }
  return names;
}

function keyOf(element: JsonObject, targetOf: (element: JsonObject) => string | null): string {
  return `${targetOf(element)}:${String(element['value'])}`;
}
