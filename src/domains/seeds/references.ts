import { resourceType, resourceTypeNames } from '../../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import type { ResourceRows } from '../../store/store.ts';

/** Attributes by which a seed may name another resource instead of giving its id. */
const NAMES = ['userName', 'displayName', 'name'] as const;

/** A name that leads to no resource, or to several. `path` is inside the entry. */
export class UnknownName extends Error {
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], detail: string) {
    super(detail);
    this.name = 'UnknownName';
    this.path = path;
  }
}

interface Found {
  readonly type: string;
  readonly id: string;
}

/** Replaces names by ids: `members: [{userName: jdoe}]` becomes `members: [{value: <id>, type: User}]`. */
export class NameResolver {
  readonly #resources: Pick<ResourceRows, 'search'>;
  readonly #domainId: number;
  readonly #known = new Map<string, Found>();

  constructor(resources: Pick<ResourceRows, 'search'>, domainId: number) {
    this.#resources = resources;
    this.#domainId = domainId;
  }

  /**
   * A copy of a body in which every reference by name has its id.
   * @throws UnknownName
   */
  async resolve(type: ResourceType, body: JsonObject): Promise<JsonObject> {
    const resolved: JsonObject = {};
    for (const [key, value] of Object.entries(body)) {
      const extension = type.extension(key);
      if (extension && isObject(value)) {
        resolved[key] = await this.#inside(value, (name) => extension.get(name), [key]);
      } else {
        resolved[key] = await this.#value(type.core(key), value, [key]);
      }
    }
    return resolved;
  }

  async #inside(
    value: JsonObject,
    attributeOf: (name: string) => Attribute | undefined,
    path: readonly (string | number)[],
  ): Promise<JsonObject> {
    const resolved: JsonObject = {};
    for (const [key, part] of Object.entries(value)) {
      resolved[key] = await this.#value(attributeOf(key), part, [...path, key]);
    }
    return resolved;
  }

  async #value(
    attribute: Attribute | undefined,
    value: JsonValue,
    path: readonly (string | number)[],
  ): Promise<JsonValue> {
    if (attribute?.type !== 'complex') return value;
    if (Array.isArray(value)) {
      const elements: JsonValue[] = [];
      for (const [index, element] of value.entries()) {
        elements.push(await this.#value(attribute, element, [...path, index]));
      }
      return elements;
    }
    if (!isObject(value)) return value;
    const inside = await this.#inside(value, (name) => attribute.sub(name), path);
    return await this.#named(attribute, inside, path);
  }

  async #named(attribute: Attribute, element: JsonObject, path: readonly (string | number)[]): Promise<JsonObject> {
    const name = NAMES.find((each) => typeof element[each] === 'string');
    const targets = targetsOf(attribute, element);
    if (name === undefined || targets.length === 0 || 'value' in element || 'ocid' in element) return element;
    const found = await this.find(targets, name, String(element[name]), path);
    const { [name]: _replaced, ...rest } = element;
    const typed = attribute.sub('type') !== undefined && rest['type'] === undefined ? { type: found.type } : {};
    return { ...rest, ...typed, value: found.id };
  }

  /**
   * The one resource of these types that has this name.
   * @throws UnknownName when there is none or more than one
   */
  async find(
    types: readonly string[],
    attributeName: string,
    value: string,
    path: readonly (string | number)[],
  ): Promise<Found> {
    const key = JSON.stringify([types, attributeName, value.toLowerCase()]);
    const known = this.#known.get(key);
    if (known) return known;
    const found: Found[] = [];
    for (const name of types) {
      const type = resourceType(name);
      const attribute = type.core(attributeName);
      if (attribute?.type !== 'string' || !attribute.searchable) continue;
      const filter = { op: 'eq', attribute, value } as const;
      const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 2 };
      const { resources } = await this.#resources.search(this.#domainId, query);
      found.push(...resources.map(({ id }) => ({ type: name, id })));
    }
    const [only, another] = found;
    if (!only) throw new UnknownName(path, `there is no ${types.join(' or ')} with ${attributeName} ${value}`);
    if (another) throw new UnknownName(path, `${attributeName} ${value} names more than one ${types.join(' or ')}`);
    this.#known.set(key, only);
    return only;
  }

  /** Id of an AppRole: its display name is unique inside its App only. */
  async findRole(appId: string, displayName: string): Promise<string | null> {
    const type = resourceType('AppRole');
    const parts = { 'app.value': appId, displayName };
    const filters = Object.entries(parts).map(([path, value]) => {
      const attribute = type.resolve(path);
      if (!attribute) throw new Error(`AppRole has no ${path}`);
      return { op: 'eq', attribute, value } as const;
    });
    const query = {
      type,
      filter: { op: 'and', filters } as const,
      sortBy: null,
      descending: false,
      offset: 0,
      limit: 1,
    };
    const { resources } = await this.#resources.search(this.#domainId, query);
    return resources[0]?.id ?? null;
  }
}

/** Types that a complex attribute may refer to, as far as this build has them; none: it is no reference. */
function targetsOf(attribute: Attribute, element: JsonObject): string[] {
  if (attribute.sub('value') === undefined) return [];
  const known = new Set(resourceTypeNames());
  const targets = (attribute.sub('$ref')?.definition.referenceTypes ?? []).filter((name) => known.has(name));
  const type = element['type'];
  if (typeof type === 'string' && targets.includes(type)) return [type];
  // A userName is a user's, whatever else could stand here.
  if (typeof element['userName'] === 'string') return targets.filter((name) => name === 'User');
  return targets;
}
