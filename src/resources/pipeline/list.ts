import { compileProjection } from '../../scim/compile-projection.ts';
import { ScimError } from '../../scim/errors.ts';
import { parseFilter } from '../../scim/filter.ts';
import type { Filter } from '../../scim/filter-ast.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { ResourcePage, ResourceQuery } from '../../store/store.ts';
import type { Behaviour } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { searchConstants } from './constant-rows.ts';
import { filterRows, rowAttribute } from './face.ts';
import { type ListParameters, readListParameters } from './list-parameters.ts';
import { ownRows } from './own-rows.ts';
import { bothOf, rowsOf } from './own-view.ts';
import { pageToken } from './page-token.ts';
import { presentRows } from './present.ts';
import type { ResourceResponse } from './response.ts';
import { behaviourFor, rowType } from './row-type.ts';
import { makeSingletonRow } from './singleton-row.ts';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/**
 * GET of a collection, or POST to its `.search`: one statement for the page and its total, one more for each edge or
 * computed attribute that is wanted.
 *
 * @param raw the query parameters, or the search body
 * @throws ScimError 400 naming the parameter or the position in the filter
 */
export async function listResources(
  context: RequestContext,
  type: ResourceType,
  raw: Readonly<Record<string, unknown>>,
  how: 'list' | 'search',
): Promise<ResourceResponse> {
  if (!type.operations.has(how)) throw new ScimError(405, `${type.name} can not be listed.`);
  const asked = readListParameters(type, how === 'list' && type.kind === 'singleton' ? withoutChoice(raw) : raw, how);
  const behaviour = behaviourFor(type);
  const counts = behaviour?.countsRows === true && asked.projection.attributes?.join() === COUNT;
  const projection = compileProjection(type, counts ? NOTHING_SPECIAL : asked.projection);
  const query: ResourceQuery = {
    type: rowType(type),
    filter: bothOf(
      await rowsOf(context, type),
      ownRows(context, type, filterRows(type, filterOf(type, behaviour, asked))),
    ),
    sortBy: rowAttribute(type, asked.sortBy),
    descending: asked.descending,
    offset: asked.startIndex - 1,
    limit: counts ? 0 : asked.count,
    implied: true,
  };
  const constants = await behaviour?.constants?.(context);
  const search = async () =>
    constants === undefined
      ? await context.store.resources.search(context.domain.id, query)
      : searchConstants(type, constants, query);
  let page = await search();
  if (page.total === 0 && (await makeSingletonRow(context, type))) page = await search();
  if (counts) return { status: 200, body: countOf(page.total, asked), etag: null, location: null };
  const resources = await presentRows(context, context.store, type, page.resources, projection);
  const body: JsonObject = {
    schemas: [LIST_SCHEMA],
    totalResults: page.total,
    Resources: resources,
    startIndex: asked.startIndex,
    // IDCS: what was asked for, not what came (shapes.md §3).
    itemsPerPage: asked.count,
  };
  return { status: 200, body, etag: null, location: null, ...(asked.tokens ? nextOf(asked, page) : {}) };
}

/** IDCS: schemas.md, AuditEvents. */
const COUNT = 'count(*)';
const NOTHING_SPECIAL = { attributes: null, attributeSets: null };

/** The answer to `attributes=count(*)`: one row with the number; the members around it are inferred. */
function countOf(total: number, { startIndex, count }: ListParameters): JsonObject {
  return {
    schemas: [LIST_SCHEMA],
    totalResults: 1,
    Resources: [{ count: total }],
    startIndex,
    itemsPerPage: count,
  };
}

function filterOf(type: ResourceType, behaviour: Behaviour | undefined, { filter }: ListParameters): Filter | null {
  if (filter === null || filter.trim() === '') return null;
  const said = parseFilter(filter, type);
  return behaviour?.askedFilter?.(said) ?? said;
}

/** Parameters that choose among rows; settings have one. */
const CHOICE: ReadonlySet<string> = new Set(['filter', 'sortBy', 'sortOrder', 'startIndex', 'count']);

/** IDCS: schemas.md: lists of settings take neither filter, order nor place; parameters that are not known are ignored. */
function withoutChoice(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !CHOICE.has(name)));
}

function nextOf(asked: ListParameters, page: ResourcePage): { nextPage: string | null; totalItems: number } {
  const next = asked.startIndex + page.resources.length;
  const more = page.resources.length > 0 && next <= page.total;
  return { nextPage: more ? pageToken(next) : null, totalItems: page.total };
}
