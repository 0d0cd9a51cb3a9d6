import { resourceType } from '../schemas/registry.ts';
import type { EdgeRow, StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import { referenced } from './data-references.ts';
import { isDynamic } from './membership-rule.ts';
import type { RequestContext } from './request-context.ts';

const BATCH = 500;
/** Nobody is in more groups. */
const ALL = { offset: 0, limit: 10_000 };

/**
 * Before a user or group goes: without `force` it must not be in a group or hold an AppRole or a Grant; with it, its Grants
 * are deleted (its edges go with the row). Other references are the pipeline's.
 *
 * @throws ScimError 400 naming what refers to it
 */
export async function releaseReferences(
  context: RequestContext,
  session: StoreSession,
  resource: StoredResource,
  force: boolean,
): Promise<void> {
  if (!force) await refuseReferenced(context, session, resource);
  const filter = equals('Grant', 'grantee.value', resource.id);
  const query = { type: resourceType('Grant'), filter, sortBy: null, descending: false, offset: 0, limit: BATCH };
  for (;;) {
    const { resources: grants } = await session.resources.search(context.domain.id, query);
    if (grants.length > 0 && !force)
      throw referenced(
        resource,
        'Grant',
        grants.map((grant) => grant.id),
      );
    for (const { id } of grants) await session.resources.delete(context.domain.id, 'Grant', id, null);
    if (grants.length < BATCH) break;
  }
}

async function refuseReferenced(
  context: RequestContext,
  session: StoreSession,
  resource: StoredResource,
): Promise<void> {
  for (const [kind, holder] of [
    ['member', 'Group'],
    ['appRole', 'AppRole'],
  ] as const) {
    const found = await session.edges.page(context.domain.id, { kind, end: 'target', ids: [resource.id], page: ALL });
    // Of a dynamic group nobody can take a member out: it goes with the user.
    const rows = (found.get(resource.id) ?? []).filter(({ other }) => !isDynamic(other.data));
    if (rows.length > 0) throw referenced(resource, holder, rows.map(nameOfHolder));
  }
}

function nameOfHolder({ other }: EdgeRow): string {
  return other.display ?? other.id;
}
