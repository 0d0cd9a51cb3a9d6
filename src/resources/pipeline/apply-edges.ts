import type { ResourceType } from '../../scim/schema.ts';
import type { Edge, StoreSession } from '../../store/store.ts';
import type { EdgeChange, EdgeTarget } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';

/**
 * Writes changes of edge attributes, in order. The caller holds the row, so that writers of one group don't wait for each
 * other in a circle.
 *
 * @returns how many edges came or went; 0: the resource is as it was
 */
export async function applyEdges(
  context: RequestContext,
  session: StoreSession,
  type: ResourceType,
  sourceId: string,
  changes: readonly EdgeChange[],
): Promise<number> {
  let changed = 0;
  for (const change of changes) {
    const kind = type.resolve(change.attribute)!.edge!.kind;
    const { edges } = session;
    const domainId = context.domain.id;
    switch (change.op) {
      case 'add':
        changed += await add(context, session, kind, sourceId, change.targets);
        break;
      case 'remove':
        if (change.targetIds.length > 0) changed += await edges.remove(domainId, kind, sourceId, change.targetIds);
        break;
      case 'clear':
        changed += await edges.remove(domainId, kind, sourceId, null);
        break;
      case 'set': {
        const ids = change.targets.map((target) => target.id);
        // What stays keeps its dateAdded: only the others are removed.
        changed += await edges.keepOnly(domainId, kind, sourceId, ids);
        changed += await add(context, session, kind, sourceId, change.targets);
      }
    }
  }
  return changed;
}

async function add(
  context: RequestContext,
  session: StoreSession,
  kind: string,
  sourceId: string,
  targets: readonly EdgeTarget[],
): Promise<number> {
  if (targets.length === 0) return 0;
  const edges: Edge[] = targets.map(({ id, type }) => ({ kind, sourceId, targetId: id, targetType: type }));
  return session.edges.add(context.domain.id, edges, context.clock.now());
}
