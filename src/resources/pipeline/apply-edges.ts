import type { ResourceType } from '../../scim/schema.ts';
import type { Edge, StoreSession } from '../../store/store.ts';
import type { EdgeChange, EdgeTarget } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';

/** Edges that came and went. */
export interface MovedEdges {
  /** How many; 0: the resource is as it was. */
  readonly count: number;
  /** By edge attribute of which this resource is the source, in their order. */
  readonly moves: readonly {
    readonly attribute: string;
    readonly op: 'add' | 'remove';
    readonly ids: readonly string[];
  }[];
}

/**
 * Writes changes of edge attributes, in order. The caller holds the row, so that writers of one group don't wait for each
 * other in a circle.
 */
export async function applyEdges(
  context: RequestContext,
  session: StoreSession,
  type: ResourceType,
  ownId: string,
  changes: readonly EdgeChange[],
): Promise<MovedEdges> {
  const moves: { attribute: string; op: 'add' | 'remove'; ids: readonly string[] }[] = [];
  let incoming = 0;
  for (const change of changes) {
    const { kind, end } = type.resolve(change.attribute)!.edge!;
    const { edges } = session;
    const domainId = context.domain.id;
    if (end === 'target') {
      incoming += await applyIncoming(context, session, { kind, type: type.name, id: ownId }, change);
      continue;
    }
    const { attribute } = change;
    const note = (op: 'add' | 'remove', ids: readonly string[]) => {
      if (ids.length > 0) moves.push({ attribute, op, ids });
    };
    switch (change.op) {
      case 'add':
        note('add', await add(context, session, kind, ownId, change.targets));
        break;
      case 'remove':
        if (change.targetIds.length > 0) note('remove', await edges.remove(domainId, kind, ownId, change.targetIds));
        break;
      case 'clear':
        note('remove', await edges.remove(domainId, kind, ownId, null));
        break;
      case 'set': {
        const ids = change.targets.map((target) => target.id);
        // What stays keeps its dateAdded: only the others are removed.
        note('remove', await edges.keepOnly(domainId, kind, ownId, ids));
        note('add', await add(context, session, kind, ownId, change.targets));
      }
    }
  }
  return { count: moves.reduce((sum, { ids }) => sum + ids.length, incoming), moves };
}

async function add(
  context: RequestContext,
  session: StoreSession,
  kind: string,
  sourceId: string,
  targets: readonly EdgeTarget[],
): Promise<readonly string[]> {
  if (targets.length === 0) return [];
  const edges: Edge[] = targets.map(({ id, type }) => ({ kind, sourceId, targetId: id, targetType: type }));
  return session.edges.add(context.domain.id, edges, context.clock.now());
}

/** The end of edges that they lead to: a statement of terms of use. */
interface Target {
  readonly kind: string;
  readonly type: string;
  readonly id: string;
}

/** The same for an attribute that shows edges from their target: the others named in the change are the sources. */
async function applyIncoming(
  context: RequestContext,
  { edges, resources }: StoreSession,
  { kind, type, id }: Target,
  change: EdgeChange,
): Promise<number> {
  const domainId = context.domain.id;
  const added = change.op === 'add' || change.op === 'set' ? change.targets : [];
  let gone: readonly string[] = [];
  if (change.op === 'remove') gone = change.targetIds;
  if (change.op === 'clear' || change.op === 'set') {
    const there = (await edges.page(domainId, { kind, end: 'target', ids: [id] })).get(id) ?? [];
    gone = there.map(({ sourceId }) => sourceId).filter((source) => !added.some((one) => one.id === source));
  }
  let changed = 0;
  for (const source of gone) changed += (await edges.remove(domainId, kind, source, [id])).length;
  for (const { id: sourceId, type: sourceType } of added) {
    // Held, so that one that is being deleted is either gone or waits for us and takes the edge with it.
    const source = await resources.readWithSecret(domainId, sourceType, sourceId, { lock: true });
    if (source === null) continue;
    const edge = { kind, sourceId, targetId: id, targetType: type };
    changed += (await edges.add(domainId, [edge], context.clock.now())).length;
  }
  return changed;
}
