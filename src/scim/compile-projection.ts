import type { Filter } from './filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { matches } from './match.ts';
import type { AttributePage, Projection, ProjectionRequest } from './projection.ts';
import type { Attribute, ResourceType } from './schema.ts';
import { type ShownAttributes, type ShownElements, shownAttributes } from './shown-attributes.ts';

export { splitAttributes } from './split-attributes.ts';

const CACHED_PER_TYPE = 200;
const CACHED_KEY_LENGTH = 1000;

interface Cache {
  readonly byDefault: Projection;
  /** Least recently used first. */
  readonly others: Map<string, Projection>;
}

const caches = new WeakMap<ResourceType, Cache>();

/**
 * Compiles what a request asked to see into a projection. The one for no parameters is made once a type; others are kept
 * while they are in use.
 *
 * @throws ScimError 400 for an unknown attribute set or a malformed filter in brackets
 */
export function compileProjection(type: ResourceType, request: ProjectionRequest): Projection {
  let cache = caches.get(type);
  if (cache === undefined) {
    cache = { byDefault: new CompiledProjection(type, { attributes: null, attributeSets: null }), others: new Map() };
    caches.set(type, cache);
  }
  if (isEmpty(request.attributes) && isEmpty(request.attributeSets)) return cache.byDefault;
  const key = JSON.stringify([request.attributes, request.attributeSets, request.distinct === true]);
  const known = cache.others.get(key);
  if (known !== undefined) {
    cache.others.delete(key);
    cache.others.set(key, known);
    return known;
  }
  const projection = new CompiledProjection(type, request);
  if (key.length > CACHED_KEY_LENGTH) return projection;
  if (cache.others.size >= CACHED_PER_TYPE) cache.others.delete(cache.others.keys().next().value as string);
  cache.others.set(key, projection);
  return projection;
}

function isEmpty(list: readonly string[] | null): boolean {
  return list === null || list.every((entry) => entry.trim() === '');
}

/** How one attribute's value goes out. */
interface Cut {
  /** As it is: every part of it is shown. */
  readonly whole: boolean;
  readonly parts: ReadonlyMap<string, Cut>;
  /** Which elements; null: all. */
  readonly filter: Filter | null;
  /** A page to cut here. Edge and computed attributes are paged where they are loaded. */
  readonly page: AttributePage | null;
}

class CompiledProjection implements Projection {
  readonly type: ResourceType;
  readonly isDefault: boolean;
  private readonly shown: ShownAttributes;
  private readonly core: ReadonlyMap<string, Cut>;
  private readonly extensions: ReadonlyMap<string, ReadonlyMap<string, Cut>>;
  private readonly listed: readonly string[];
  private readonly showsSchemas: boolean;
  private readonly distinct: boolean;

  constructor(type: ResourceType, request: ProjectionRequest) {
    this.type = type;
    this.isDefault = isEmpty(request.attributes) && isEmpty(request.attributeSets);
    this.distinct = request.distinct === true;
    this.shown = shownAttributes(type, request);
    const unlisted = new Set(type.overlay.unlistedExtensions ?? []);
    this.listed = type.extensions.filter((urn) => !unlisted.has(urn));
    this.core = cutsOf(
      type.attributes.filter((attribute) => attribute.extension === null),
      this.shown,
    );
    this.extensions = new Map(
      type.extensions
        .map((urn) => [urn, cutsOf(type.extension(urn)?.attributes ?? [], this.shown)] as const)
        .filter(([, cuts]) => cuts.size > 0),
    );
    this.showsSchemas = this.core.has('schemas');
  }

  wants(attribute: Attribute): boolean {
    return this.shown.all.has(attribute);
  }

  page(attribute: Attribute): AttributePage | null {
    return this.elements(attribute)?.page ?? null;
  }

  valueFilter(attribute: Attribute): Filter | null {
    return this.elements(attribute)?.filter ?? null;
  }

  apply(resource: JsonObject): JsonObject {
    const answer: JsonObject = {};
    for (const name of Object.keys(resource)) {
      const value = resource[name] as JsonValue;
      const cut = this.core.get(name);
      const shown = cut === undefined ? this.extensionPart(name, value) : cutValue(cut, value);
      if (shown !== undefined) answer[name] = this.distinct ? eachOnce(shown) : shown;
    }
    // IDCS: the core schema and those extensions that have a value in this answer (shapes.md §4).
    if (this.showsSchemas) {
      answer['schemas'] = [this.type.schema, ...this.listed.filter((urn) => answer[urn] !== undefined)];
    }
    return answer;
  }

  private elements(attribute: Attribute): ShownElements | undefined {
    return this.shown.elements.get(attribute);
  }

  private extensionPart(urn: string, value: JsonValue): JsonValue | undefined {
    const cuts = this.extensions.get(urn);
    return cuts === undefined || !isObject(value) ? undefined : cutObject(cuts, value);
  }
}

/** Lists without values that are shown already, at the top and in extensions. */
function eachOnce(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    const seen = new Set<string>();
    return value.filter((element) => {
      const text = JSON.stringify(element);
      return !seen.has(text) && seen.add(text);
    });
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, eachOnce(part)]));
}

function cutsOf(attributes: readonly Attribute[], shown: ShownAttributes): ReadonlyMap<string, Cut> {
  return new Map(
    attributes
      .filter((attribute) => shown.all.has(attribute))
      .map((attribute) => [attribute.name, cutOf(attribute, shown)]),
  );
}

function cutOf(attribute: Attribute, shown: ShownAttributes): Cut {
  const parts = cutsOf(attribute.subAttributes, shown);
  const elements = attribute.parent === null ? shown.elements.get(attribute) : undefined;
  // Edges are filtered where they are loaded: there an OCID in the filter has become an id.
  const filter = attribute.storage === 'edge' ? null : (elements?.filter ?? null);
  const page = attribute.storage === 'data' ? (elements?.page ?? null) : null;
  const allParts = attribute.subAttributes.every((sub) => parts.get(sub.name)?.whole === true);
  return { whole: allParts && filter === null && page === null, parts, filter, page };
}

function cutValue(cut: Cut, value: JsonValue): JsonValue | undefined {
  if (typeof value !== 'object') return value;
  if (value === null) return undefined;
  if (!Array.isArray(value)) return cutOne(cut, value);
  const selected = selectElements(cut, value);
  if (selected.length === 0) return undefined;
  if (cut.whole) return selected;
  const elements: JsonValue[] = [];
  for (const element of selected) {
    const shown = isObject(element) ? cutObject(cut.parts, element) : element;
    if (shown !== undefined) elements.push(shown);
  }
  return elements.length === 0 ? undefined : elements;
}

function cutOne(cut: Cut, value: JsonObject): JsonObject | undefined {
  if (!cut.whole) return cutObject(cut.parts, value);
  for (const _ in value) return value;
  return undefined;
}

function selectElements(cut: Cut, value: JsonValue[]): JsonValue[] {
  const { filter, page } = cut;
  const matching = filter === null ? value : value.filter((element) => matches(filter, element));
  return page === null ? matching : matching.slice(page.offset, page.offset + page.limit);
}

function cutObject(cuts: ReadonlyMap<string, Cut>, value: JsonObject): JsonObject | undefined {
  const answer: JsonObject = {};
  let isEmptyAnswer = true;
  for (const name of Object.keys(value)) {
    const cut = cuts.get(name);
    if (cut === undefined) continue;
    const shown = cutValue(cut, value[name] as JsonValue);
    if (shown === undefined) continue;
    answer[name] = shown;
    isEmptyAnswer = false;
  }
  return isEmptyAnswer ? undefined : answer;
}
