import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';

/*
 * Where a resource type refers to other resources: complex attributes with a `value` and a `$ref` whose referenceTypes name
 * resource types. Compiled once a type and walked when answering (`$ref`) and when writing (does the target exist?).
 */

/** A complex attribute that is a reference, or has references in it. */
export interface ReferenceSite {
  readonly attribute: Attribute;
  /** Resource types that the value may name; empty: not a reference itself. */
  readonly targets: readonly string[];
  /** Sub-attributes that repeat the target's display name: `display`, `displayName`. */
  readonly displays: readonly string[];
  readonly hasOcid: boolean;
  readonly hasType: boolean;
  readonly children: readonly ReferenceSite[];
}

/** All sites of a type, by the object they are found in. */
export interface ReferenceSites {
  readonly core: readonly ReferenceSite[];
  readonly extensions: readonly { readonly urn: string; readonly sites: readonly ReferenceSite[] }[];
}

const compiled = new WeakMap<ResourceType, ReferenceSites>();

/** The reference sites of a type. */
export function referenceSites(type: ResourceType): ReferenceSites {
  let sites = compiled.get(type);
  if (sites === undefined) {
    const all = sitesIn(type.attributes);
    sites = {
      core: all.filter((site) => site.attribute.extension === null),
      extensions: type.extensions
        .map((urn) => ({ urn, sites: all.filter((site) => site.attribute.extension === urn) }))
        .filter((extension) => extension.sites.length > 0),
    };
    compiled.set(type, sites);
  }
  return sites;
}

function sitesIn(attributes: readonly Attribute[]): ReferenceSite[] {
  const sites: ReferenceSite[] = [];
  for (const attribute of attributes) {
    if (attribute.type !== 'complex') continue;
    const site = siteOf(attribute);
    if (site.targets.length > 0 || site.children.length > 0) sites.push(site);
  }
  return sites;
}

function siteOf(attribute: Attribute): ReferenceSite {
  const referenceTypes = attribute.sub('$ref')?.definition.referenceTypes ?? [];
  return {
    attribute,
    targets: attribute.sub('value') === undefined ? [] : referenceTypes.filter((name) => /^[A-Z]/.test(name)),
    displays: ['display', 'displayName'].filter((name) => attribute.sub(name) !== undefined),
    hasOcid: attribute.sub('ocid') !== undefined,
    hasType: attribute.sub('type') !== undefined,
    children: sitesIn(attribute.subAttributes),
  };
}

/** Calls `visit` for every reference element in a representation or stored data. */
export function eachReference(
  sites: ReferenceSites,
  data: JsonObject,
  visit: (site: ReferenceSite, element: JsonObject) => void,
): void {
  for (const site of sites.core) visitSite(site, data, visit);
  for (const { urn, sites: inside } of sites.extensions) {
    const extension = data[urn];
    if (!isObject(extension)) continue;
    for (const site of inside) visitSite(site, extension, visit);
  }
}

function visitSite(
  site: ReferenceSite,
  container: JsonObject,
  visit: (site: ReferenceSite, element: JsonObject) => void,
): void {
  const value = container[site.attribute.name];
  if (value === undefined) return;
  if (Array.isArray(value)) {
    for (const element of value) visitElement(site, element, visit);
  } else {
    visitElement(site, value, visit);
  }
}

function visitElement(
  site: ReferenceSite,
  element: JsonValue,
  visit: (site: ReferenceSite, element: JsonObject) => void,
): void {
  if (!isObject(element)) return;
  if (site.targets.length > 0) visit(site, element);
  for (const child of site.children) visitSite(child, element, visit);
}

/**
 * The type that a reference element points to: its `type` when that is one of the allowed, the only allowed one, or null
 * when it can't be told (shipped objects say no more than `{value: "UnAuthenticated"}`: shapes.md §4).
 */
export function targetTypeOf(site: ReferenceSite, element: JsonObject): string | null {
  const named = element['type'];
  if (site.hasType && typeof named === 'string' && site.targets.includes(named)) return named;
  return site.targets.length === 1 ? site.targets[0]! : null;
}
