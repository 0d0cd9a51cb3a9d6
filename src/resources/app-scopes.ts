import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import { MOST_NAMED, referenced } from './data-references.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';

/*
 * Scopes: those that an App defines as a resource server, and those of others that it is allowed to ask for.
 */

/** Scopes of the service itself belong to the built-in App. */
const OWN_SCOPE = /^urn:opc:/;
const BUILT_IN_APP_ID = 'IDCSAppId';
/** RFC 6749 §3.3: what a token request can ask for. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const BATCH = 200;

/**
 * Derives `scopes[].fqs` = audience + value. IDCS: schema reference of App.scopes.fqs; what a client sent is ignored.
 * That no other App defines the same is a unique key of the store.
 * @param before the App as it stands; null on create
 * @throws ScimError 400 when a resource server has no audience, or a new scope cannot be asked for
 */
export function deriveScopes(data: JsonObject, before: JsonObject | null): void {
  const { audience } = data;
  if (data['isOAuthResource'] === true && (typeof audience !== 'string' || audience === '')) {
    throw badRequest('Missing required attribute(s): audience.', 'error.common.validation.missingReqAttributes');
  }
  for (const scope of elements(data['scopes'])) {
    if (typeof audience === 'string' && typeof scope['value'] === 'string') scope['fqs'] = audience + scope['value'];
    else delete scope['fqs'];
  }
  const known = new Set(before === null ? [] : scopesOf(before));
  const wrong = scopesOf(data).find((fqs) => !known.has(fqs) && !SCOPE_TOKEN.test(fqs));
  if (wrong !== undefined) {
    throw badRequest(
      `App.scopes: ${JSON.stringify(wrong)} cannot be asked for: a scope has no spaces, quotation marks or backslashes, and is ASCII (RFC 6749).`,
    );
  }
}

/**
 * Fills `allowedScopes[].idOfDefiningApp`. A scope that is defined no longer may stay where it stands (inferred): the token endpoint
 * gives nobody such a scope, and the client's other attributes can still be changed.
 * @param before the App as it stands; null on create
 * @throws ScimError 400 for another scope that no App of the domain defines
 */
export async function resolveAllowedScopes(
  context: RequestContext,
  id: string,
  data: JsonObject,
  before: JsonObject | null,
): Promise<void> {
  const allowed = elements(data['allowedScopes']);
  const stood = new Map(elements(before?.['allowedScopes']).map((scope) => [fqsOf(scope), scope['idOfDefiningApp']]));
  const own = new Set(scopesOf(data));
  const foreign = [...new Set(allowed.map(fqsOf).filter((fqs) => !own.has(fqs) && !OWN_SCOPE.test(fqs)))];
  const definedBy = await definingApps(context.store, context.domain.id, foreign);
  for (const scope of allowed) {
    const fqs = fqsOf(scope);
    const owner = own.has(fqs)
      ? id
      : OWN_SCOPE.test(fqs)
        ? BUILT_IN_APP_ID
        : (definedBy.get(fqs)?.id ?? stood.get(fqs));
    if (owner === undefined) {
      throw badRequest(
        `App.allowedScopes.fqs references a scope ${fqs} that no App defines.`,
        'error.common.validation.invalidReferenceResource',
      );
    }
    scope['idOfDefiningApp'] = owner;
  }
}

/**
 * Before a resource server goes: without `force` no other App may be allowed its scopes; with it, they are taken out of
 * `allowedScopes`, so that nobody who defines the same scope later gives it to clients of this one. By the rule of references
 * (scim.md §9); that `idOfDefiningApp` is one is inferred.
 * @throws ScimError 400 naming the Apps
 */
export async function releaseAllowedScopes(
  context: RequestContext,
  session: StoreSession,
  app: StoredResource,
  force: boolean,
): Promise<void> {
  if (!force) {
    const clients = await clientsOf(context, session, app, MOST_NAMED + 1);
    if (clients.length === 0) return;
    const names = clients.map(({ id, data }) => String(data['displayName'] ?? id));
    throw referenced(app, 'App', names);
  }
  for (;;) {
    const clients = await clientsOf(context, session, app, BATCH);
    for (const client of clients) await takeOut(context, session, client, app.id);
    if (clients.length === 0) return;
  }
}

/** Other Apps that are allowed scopes of an App. */
async function clientsOf(
  context: RequestContext,
  session: StoreSession,
  app: StoredResource,
  limit: number,
): Promise<readonly StoredResource[]> {
  const type = resourceType('App');
  const itself: Filter = { op: 'not', filter: equals(type.name, 'id', app.id) };
  const filter: Filter = { op: 'and', filters: [equals(type.name, 'allowedScopes.idOfDefiningApp', app.id), itself] };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit };
  return (await session.resources.search(context.domain.id, query)).resources;
}

async function takeOut(
  context: RequestContext,
  session: StoreSession,
  client: StoredResource,
  appId: string,
): Promise<void> {
  const allowedScopes = elements(client.data['allowedScopes']).filter((scope) => scope['idOfDefiningApp'] !== appId);
  const data: JsonObject = { ...client.data, allowedScopes, idcsLastModifiedBy: authorOf(context) };
  if (allowedScopes.length === 0) delete data['allowedScopes'];
  const { id, ocid, version } = client;
  const now = { version: newId(context.ids), lastModified: context.clock.now() };
  // One that was changed meanwhile is found again, as it is now.
  await session.resources.update(context.domain.id, { type: resourceType('App'), id, ocid, ...now, data }, version);
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
