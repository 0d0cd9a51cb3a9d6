import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import type { RequestContext } from './request-context.ts';

/*
 * Scopes: those that an App defines as a resource server, and those of others that it is allowed to ask for.
 */

/** Scopes of the service itself belong to the built-in App. */
const OWN_SCOPE = /^urn:opc:/;
const BUILT_IN_APP_ID = 'IDCSAppId';

/**
 * Derives `scopes[].fqs` = audience + value. IDCS: schema reference of App.scopes.fqs; what a client sent is ignored.
 * That no other App defines the same is a unique key of the store.
 * @throws ScimError 400 when a resource server has no audience
 */
export function deriveScopes(data: JsonObject): void {
  const { audience } = data;
  if (data['isOAuthResource'] === true && (typeof audience !== 'string' || audience === '')) {
    throw badRequest('Missing required attribute(s): audience.', 'error.common.validation.missingReqAttributes');
  }
  for (const scope of elements(data['scopes'])) {
    if (typeof audience === 'string' && typeof scope['value'] === 'string') scope['fqs'] = audience + scope['value'];
    else delete scope['fqs'];
  }
}

/**
 * Fills `allowedScopes[].idOfDefiningApp`.
 * @throws ScimError 400 for a scope that no App of the domain defines
 */
export async function resolveAllowedScopes(context: RequestContext, id: string, data: JsonObject): Promise<void> {
  const allowed = elements(data['allowedScopes']);
  const own = new Set(scopesOf(data));
  const foreign = [...new Set(allowed.map(fqsOf).filter((fqs) => !own.has(fqs) && !OWN_SCOPE.test(fqs)))];
  const definedBy = await definingApps(context.store, context.domain.id, foreign);
  for (const scope of allowed) {
    const fqs = fqsOf(scope);
    const owner = own.has(fqs) ? id : OWN_SCOPE.test(fqs) ? BUILT_IN_APP_ID : definedBy.get(fqs)?.id;
    if (owner === undefined) {
      throw badRequest(
        `App.allowedScopes.fqs references a scope ${fqs} that no App defines.`,
        'error.common.validation.invalidReferenceResource',
      );
    }
    scope['idOfDefiningApp'] = owner;
  }
}

/** The Apps that define scopes, by fqs; one statement. */
export async function definingApps(
  session: StoreSession,
  domainId: number,
  scopes: readonly string[],
): Promise<ReadonlyMap<string, StoredResource>> {
  const found = new Map<string, StoredResource>();
  if (scopes.length === 0) return found;
  const type = resourceType('App');
  const attribute = type.resolve('scopes.fqs')!;
  const filters = scopes.map((value): Filter => ({ op: 'eq', attribute, value }));
  const filter: Filter = filters.length === 1 ? filters[0]! : { op: 'or', filters };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: scopes.length * 2 };
  const wanted = new Set(scopes);
  for (const row of (await session.resources.search(domainId, query)).resources) {
    for (const fqs of scopesOf(row.data)) if (wanted.has(fqs) && !found.has(fqs)) found.set(fqs, row);
  }
  return found;
}

function scopesOf(data: JsonObject): string[] {
  return elements(data['scopes'])
    .map(fqsOf)
    .filter((fqs) => fqs !== '');
}

function fqsOf(scope: JsonObject): string {
  const { fqs } = scope;
  return typeof fqs === 'string' ? fqs : '';
}

function elements(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
