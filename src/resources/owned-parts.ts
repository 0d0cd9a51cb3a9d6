import { resourceType } from '../schemas/registry.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals, removeAll } from './app-parts.ts';
import { MOST_NAMED, referenced } from './data-references.ts';
import type { RequestContext } from './request-context.ts';

/** Resources that mean nothing without the one that `path` names: a server of a gate. */
export interface OwnedPart {
  readonly type: string;
  readonly path: string;
}

/**
 * Before a resource goes: with `force` its parts go first, in the order given; without, there must be none.
 * @throws ScimError 400 naming the parts
 */
export async function removeParts(
  context: RequestContext,
  session: StoreSession,
  resource: StoredResource,
  force: boolean,
  parts: readonly OwnedPart[],
): Promise<void> {
  for (const { type, path } of parts) {
    const filter = equals(type, path, resource.id);
    if (force) await removeAll(session, context.domain.id, type, filter);
    else {
      const query = {
        type: resourceType(type),
        filter,
        sortBy: null,
        descending: false,
        offset: 0,
        limit: MOST_NAMED + 1,
      };
      const { resources } = await session.resources.search(context.domain.id, query);
      if (resources.length === 0) continue;
      throw referenced(
        resource,
        type,
        resources.map(({ id, data }) => String(data['displayName'] ?? id)),
      );
    }
  }
}
