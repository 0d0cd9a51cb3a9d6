import { endpointPath, knownEndpoints } from '../../schemas/registry.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { eachReference, referenceSites, targetTypeOf } from './reference-sites.ts';

const ADMIN = '/admin/v1/';
let endpoints: ReadonlyMap<string, string> | undefined;

/**
 * Adds `$ref` to every reference of a full representation, in place: it is never stored, and what a client sent is ignored
 * (shapes.md §4).
 *
 * @param baseUrl public address of the domain
 */
export function addAddresses(type: ResourceType, resource: JsonObject, baseUrl: string): void {
  eachReference(referenceSites(type), resource, (site, element) => {
    const value = element['value'];
    if (typeof value !== 'string') return;
    const target = targetTypeOf(site, element);
    if (target !== null) element['$ref'] = `${baseUrl}${endpointOf(target)}/${value}`;
  });
}

/** `/admin/v1/Policies` of `Policy`, also for types that this build does not serve yet. */
function endpointOf(typeName: string): string {
  endpoints ??= new Map(
    knownEndpoints()
      .filter((known) => known.resourceType !== null && known.path.startsWith(ADMIN))
      .map((known) => [known.resourceType!, known.path]),
  );
  return endpointPath(typeName) ?? endpoints.get(typeName) ?? `${ADMIN}${pluralOf(typeName)}`;
}

/** IDCS: endpoints are the English plural of their type (`AppTemplates`, `Devices`); some are named by no schema that we know. */
function pluralOf(typeName: string): string {
  if (/[^aeiou]y$/.test(typeName)) return `${typeName.slice(0, -1)}ies`;
  return /ss$/.test(typeName) ? `${typeName}es` : `${typeName}s`;
}
