import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import type { RequestContext } from './request-context.ts';

/*
 * What goes with an App when it is deleted: the AppRoles it defines are parts of it, Grants are references to it.
 */

const BATCH = 500;

/**
 * Removes an App's AppRoles and AppResources, and with `force` the Grants that name it as their App or as their grantee.
 * @throws ScimError 400 when there are Grants and `force` is false
 */
export async function removeAppParts(
  context: RequestContext,
  session: StoreSession,
  app: StoredResource,
  force: boolean,
): Promise<void> {
  const domainId = context.domain.id;
  const references = grantsOf(app.id);
  if (!force) await refuseWhenReferenced(session, domainId, app, references);
  await removeAll(session, domainId, 'Grant', references);
  // Here and not by `partOf`: the App's own list of them must not keep it from going.
  await removeAll(session, domainId, 'AppResource', equals('AppResource', 'app.value', app.id));
  await removeAll(session, domainId, 'AppRole', equals('AppRole', 'app.value', app.id));
}

/** Grants of the App, or to the App. */
function grantsOf(appId: string): Filter {
  return { op: 'or', filters: [equals('Grant', 'app.value', appId), equals('Grant', 'grantee.value', appId)] };
}

async function refuseWhenReferenced(
  session: StoreSession,
  domainId: number,
  app: StoredResource,
  filter: Filter,
): Promise<void> {
  const query = { type: resourceType('Grant'), filter, sortBy: null, descending: false, offset: 0, limit: 3 };
  const { total, resources } = await session.resources.search(domainId, query);
  if (total === 0) return;
  // IDCS: the form of the recorded refusal for a User (errors.tsv, "unable to delete User ...").
  const named = resources.map(({ id }) => `Grant ${id}`).join(',');
  throw badRequest(
    `unable to delete App '${String(app.data['displayName'])}' since it is currently referenced by ${named}${total > 3 ? '...' : ''}`,
    'error.common.validation.referencedResource',
  );
}

/** Removes every resource of a type that a filter finds, in a transaction. */
export async function removeAll(
  session: StoreSession,
  domainId: number,
  typeName: string,
  filter: Filter,
): Promise<void> {
  const type = resourceType(typeName);
  for (;;) {
    const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: BATCH };
    const { resources } = await session.resources.search(domainId, query);
    for (const { id } of resources) await session.resources.delete(domainId, typeName, id, null);
    if (resources.length < BATCH) return;
  }
}

/** `path eq value` of a type. */
export function equals(typeName: string, path: string, value: string): Filter {
  return { op: 'eq', attribute: resourceType(typeName).resolve(path)!, value };
}
