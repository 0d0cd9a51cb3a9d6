import type { Filter } from '../../scim/filter-ast.ts';
import { matches } from '../../scim/match.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { StoredResource } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';
import { behaviourFor } from './row-type.ts';

/*
 * Types that show some of the stored rows only (Behaviour.rows): those that are pending, those that can be requested.
 */

/** Which of the stored rows are a type's; null: all. */
export async function rowsOf(context: RequestContext, type: ResourceType): Promise<Filter | null> {
  return (await behaviourFor(type)?.rows?.(context)) ?? null;
}

/** Whether a row is among those that `rowsOf` names. */
export function isAmong(rows: Filter | null, row: Pick<StoredResource, 'data'>): boolean {
  return rows === null || matches(rows, row.data);
}

/** Both filters at once. */
export function bothOf(rows: Filter | null, filter: Filter | null): Filter | null {
  if (rows === null || filter === null) return rows ?? filter;
  return { op: 'and', filters: [rows, filter] };
}
