import { hasMemberEvents } from '../../audit/event-names.ts';
import { type MovedMember, recordMembers } from '../../audit/write-events.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import type { EdgeChange, EdgeTarget } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import type { MovedEdges } from './apply-edges.ts';

/**
 * Records the members that came and went with a request. Names that the request did not look up (of members that a PUT left out)
 * are read, in one statement.
 *
 * @param changes what was asked for
 */
export async function recordMoves(
  context: RequestContext,
  session: StoreSession,
  type: ResourceType,
  resource: StoredResource,
  { moves }: MovedEdges,
  changes: readonly EdgeChange[],
): Promise<void> {
  if (context.request === undefined) return;
  const told = moves.filter(({ attribute }) => hasMemberEvents(type.name, attribute));
  if (told.length === 0) return;
  const known = new Map(changes.flatMap(targetsIn).map((target) => [target.id, target]));
  const unknown = told.flatMap(({ attribute, ids }) => {
    const types = type.resolve(attribute)?.sub('$ref')?.definition.referenceTypes ?? [];
    return ids.filter((id) => !known.has(id)).flatMap((key) => types.map((target) => ({ type: target, key })));
  });
  if (unknown.length > 0) {
    for (const { id, type: target, display } of (
      await session.resources.resolve(context.domain.id, unknown)
    ).values()) {
      known.set(id, { id, type: target, display });
    }
  }
  const members = told.flatMap(({ op, ids }) =>
    ids.map((id): MovedMember => {
      const { type: memberType = 'User', display = null } = known.get(id) ?? {};
      return { op, id, type: memberType, display };
    }),
  );
  await recordMembers(context, session, type, resource, members);
}

function targetsIn(change: EdgeChange): readonly EdgeTarget[] {
  return change.op === 'clear' ? [] : (change.targets ?? []);
}
