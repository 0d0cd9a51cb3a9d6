import { isDeepStrictEqual } from 'node:util';
import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';

/*
 * The same claims stand in two places of the real service: as CustomClaims, and in Settings.tenantCustomClaims. Here the
 * resources are the truth; Settings has a copy, and a change of the copy changes the resources. Both in the writer's transaction.
 */

const SHARED = ['name', 'value', 'expression', 'mode', 'tokenType', 'allScopes', 'scopes'] as const;
/** More claims than any token could hold. */
const MOST_CLAIMS = 10_000;

/** Copies the claims into Settings, whose row is locked first: of two writers the second sees what the first wrote. */
export async function settingsFromClaims(context: RequestContext, session: StoreSession): Promise<void> {
  const domainId = context.domain.id;
  const settings = await session.resources.readWithSecret(domainId, 'Settings', 'Settings', { lock: true });
  if (settings === null) return;
  const tenantCustomClaims = (await claimRows(session, domainId)).map(({ data }) => shared(data));
  const { tenantCustomClaims: _old, ...rest } = settings.data;
  const data: JsonObject = tenantCustomClaims.length === 0 ? rest : { ...rest, tenantCustomClaims };
  const { id, ocid } = settings;
  await session.resources.update(
    domainId,
    { type: resourceType('Settings'), id, ocid, version: newId(context.ids), lastModified: context.clock.now(), data },
    null,
  );
}

/** Makes the claims those of new Settings. Names that stay keep their resource. */
export async function claimsFromSettings(
  context: RequestContext,
  session: StoreSession,
  settings: JsonObject,
): Promise<void> {
  const { tenantCustomClaims } = settings;
  const wanted = Array.isArray(tenantCustomClaims) ? tenantCustomClaims.filter(isObject).map(shared) : [];
  const left = new Map((await claimRows(session, context.domain.id)).map((row) => [nameOf(row.data), row]));
  const type = resourceType('CustomClaim');
  const lastModified = context.clock.now();
  const author = authorOf(context);
  // A name that changed its case is another name to nobody: the row is updated. Removals first, for names are unique.
  const kept = new Set(wanted.map(nameOf));
  for (const [name, row] of left) {
    if (!kept.has(name)) await session.resources.delete(context.domain.id, type.name, row.id, null);
  }
  for (const claim of wanted) {
    const row = left.get(nameOf(claim));
    if (row !== undefined && isDeepStrictEqual(shared(row.data), claim)) continue;
    const created = row?.data['idcsCreatedBy'] ?? author;
    const data: JsonObject = { ...claim, idcsCreatedBy: created, idcsLastModifiedBy: { ...author } };
    const write = {
      type,
      id: row?.id ?? newId(context.ids),
      ocid: null,
      version: newId(context.ids),
      lastModified,
      data,
    };
    if (row === undefined) await session.resources.insert(context.domain.id, write, lastModified);
    else await session.resources.update(context.domain.id, write, null);
  }
}

async function claimRows(session: StoreSession, domainId: number): Promise<readonly StoredResource[]> {
  const type = resourceType('CustomClaim');
  const query = { type, filter: null, sortBy: null, descending: false, offset: 0, limit: MOST_CLAIMS };
  return (await session.resources.search(domainId, query)).resources;
}

function nameOf(claim: JsonObject): string {
  return String(claim['name']).toLowerCase();
}

/** What both places say of a claim. */
function shared(data: JsonObject): JsonObject {
  const claim: Record<string, JsonValue> = {};
  for (const name of SHARED) {
    const value = data[name];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) claim[name] = value;
  }
  return claim;
}
