import { listResources } from '../resources/pipeline/list.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute } from '../scim/schema.ts';
import type { AskedReport } from './report-request.ts';

/** Rows that are read at once. */
const PAGE = 500;

/** How many rows a report has. */
export async function countRows(context: RequestContext, report: AskedReport): Promise<number> {
  return (await readPage(context, report, 1, 0)).total;
}

/**
 * A report's rows, page by page, each with what is wanted of it.
 * @param most rows at most
 */
export async function* readRows(
  context: RequestContext,
  report: AskedReport,
  most: number,
): AsyncGenerator<readonly JsonObject[]> {
  // What is recorded meanwhile moves rows to the next page: none is shown twice.
  const seen = new Set<string>();
  for (let startIndex = 1; startIndex <= most; startIndex += PAGE) {
    const limit = Math.min(PAGE, most - startIndex + 1);
    const { resources } = await readPage(context, report, startIndex, limit);
    const fresh = resources.filter(({ id }) => !seen.has(String(id)));
    for (const { id } of fresh) seen.add(String(id));
    yield fresh;
    if (resources.length < limit) return;
  }
}

async function readPage(
  context: RequestContext,
  { source, columns, sortBy }: AskedReport,
  startIndex: number,
  count: number,
): Promise<{ total: number; resources: readonly JsonObject[] }> {
  const { resourceType: typeName, filter } = source;
  if (typeName === 'DiagnosticRecord') return { total: 0, resources: [] };
  const raw = {
    attributes: columns.map(({ title }) => title).join(','),
    startIndex,
    count,
    ...(filter === null ? {} : { filter }),
    // That the newest are first is inferred: they are what a report that is cut must have.
    ...(sortBy === null ? { sortBy: 'timestamp', sortOrder: 'descending' } : { sortBy }),
  };
  const { body } = await listResources(context, resourceType(typeName), raw, 'list');
  return { total: Number(body!['totalResults']), resources: body!['Resources'] as JsonObject[] };
}

/** A row without what lists show unasked. */
export function rowOf(resource: JsonObject, { columns }: AskedReport): JsonObject {
  const wanted = new Set(columns.map(({ attribute }) => attribute?.parent?.name ?? attribute?.name));
  return Object.fromEntries(Object.entries(resource).filter(([name]) => wanted.has(name)));
}

/** A row as cells of a file. */
export function cellsOf(resource: JsonObject, { columns }: AskedReport): string[] {
  return columns.map(({ attribute }) => textOf(attribute === null ? undefined : valueAt(resource, attribute)));
}

function valueAt(resource: JsonObject, { parent, name }: Attribute): JsonValue | undefined {
  const holder = parent === null ? resource : valueAt(resource, parent);
  if (Array.isArray(holder)) return holder.filter(isObject).map((element) => element[name] ?? null);
  return isObject(holder) ? holder[name] : undefined;
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
