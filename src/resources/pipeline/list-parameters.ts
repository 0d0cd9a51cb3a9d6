import { splitAttributes } from '../../scim/compile-projection.ts';
import { badRequest } from '../../scim/errors.ts';
import type { ProjectionRequest } from '../../scim/projection.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import { readPageToken } from './page-token.ts';

/** Parameters of a list or search, read and checked. */
export interface ListParameters {
  readonly projection: ProjectionRequest;
  readonly filter: string | null;
  readonly sortBy: Attribute | null;
  readonly descending: boolean;
  /** From 1, as it is echoed. */
  readonly startIndex: number;
  /** Page size, as `itemsPerPage` echoes it. */
  readonly count: number;
  /** Whether the caller pages with `limit` and `page`, as the OCI SDKs do. */
  readonly tokens: boolean;
}

const DEFAULT_COUNT = 50;
/** IDCS: scim.md §3: count's maximum. */
const MAX_COUNT = 1000;
const SEARCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

type Raw = Readonly<Record<string, unknown>>;

/**
 * Reads what a query string or a `.search` body asks. Parameters that are not known are ignored (shapes.md §3).
 *
 * @throws ScimError 400 naming the parameter
 */
export function readListParameters(type: ResourceType, sent: Raw, how: 'list' | 'search'): ListParameters {
  // Names in a body are matched in any case (RFC 7643 §2.1): a `Filter` passed over would be an answer with everything.
  const raw = how === 'search' ? withKnownNames(sent) : sent;
  if (how === 'search') checkSearchSchema(raw);
  const tokens = raw['limit'] !== undefined || raw['page'] !== undefined;
  const count = pageSize(integer('count', raw['count']) ?? integer('limit', raw['limit']));
  const startIndex =
    raw['page'] === undefined
      ? Math.max(1, integer('startIndex', raw['startIndex']) ?? 1)
      : readPageToken(text('page', raw['page']) ?? '');
  return {
    projection: readProjection(raw),
    filter: text('filter', raw['filter']),
    sortBy: sortAttribute(type, text('sortBy', raw['sortBy'])),
    descending: isDescending(text('sortOrder', raw['sortOrder'])),
    startIndex,
    count,
    tokens,
  };
}

/**
 * Reads `attributes` and `attributeSets`: comma lists, repeated keys or arrays (the SDK repeats the key, the documentation
 * prints a comma list: schemas.md, "Protocol parameters").
 */
export function readProjection(raw: Raw): ProjectionRequest {
  const attributes = texts('attributes', raw['attributes']);
  const attributeSets = texts('attributeSets', raw['attributeSets']);
  return {
    attributes: attributes?.flatMap(splitAttributes) ?? null,
    attributeSets: attributeSets?.flatMap((set) => set.split(',')).map((set) => set.trim()) ?? null,
    ...(String(raw['distinct']).toLowerCase() === 'true' ? { distinct: true } : {}),
  };
}

/** IDCS: none or a negative one is 50, more than 1000 is 1000, 0 asks for the total only (scim.md §3). */
function pageSize(asked: number | null): number {
  if (asked === null || asked < 0) return DEFAULT_COUNT;
  return Math.min(asked, MAX_COUNT);
}

const NAMES: ReadonlyMap<string, string> = new Map(
  [
    'schemas',
    'attributes',
    'attributeSets',
    'filter',
    'sortBy',
    'sortOrder',
    'startIndex',
    'count',
    'limit',
    'page',
    'distinct',
  ].map((name) => [name.toLowerCase(), name]),
);

/** @throws ScimError 400 for a name that is given twice */
function withKnownNames(sent: Raw): Raw {
  const known = new Map<string, unknown>();
  for (const [key, value] of Object.entries(sent)) {
    const name = NAMES.get(key.toLowerCase());
    if (name === undefined) continue;
    if (known.has(name)) throw badRequest(`${name} is given more than once.`);
    known.set(name, value);
  }
  return Object.fromEntries(known);
}

function checkSearchSchema(raw: Raw): void {
  const schemas = raw['schemas'];
  const listed =
    Array.isArray(schemas) && schemas.some((urn) => String(urn).toLowerCase() === SEARCH_SCHEMA.toLowerCase());
  if (!listed) throw badRequest(`schemas of a search must list ${SEARCH_SCHEMA}.`);
}

function sortAttribute(type: ResourceType, path: string | null): Attribute | null {
  if (path === null || path === '') return null;
  let attribute = type.resolve(path);
  // A reference is sorted by what it refers to, as a filter on it compares its value.
  if (attribute?.type === 'complex') attribute = attribute.sub('value');
  if (attribute === undefined)
    throw badRequest(`sortBy names no attribute of ${type.name} that can be sorted: ${path}.`);
  const sortable = attribute.searchable && !isMultiValued(attribute) && ['data', 'row'].includes(attribute.storage);
  if (!sortable) throw badRequest(`sortBy: ${type.name} can not be sorted by ${attribute.path}.`);
  return attribute;
}

function isMultiValued(attribute: Attribute): boolean {
  return attribute.multiValued || (attribute.parent !== null && isMultiValued(attribute.parent));
}

function isDescending(order: string | null): boolean {
  switch (order?.toLowerCase()) {
    case undefined:
    case '':
    case 'ascending':
      return false;
    case 'descending':
      return true;
    default:
      throw badRequest(`sortOrder must be ascending or descending, not ${order}.`);
  }
}

function integer(name: string, value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value.trim()) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw badRequest(`${name} must be an integer.`);
  return number;
}

function text(name: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw badRequest(`${name} must be one text.`);
  return value;
}

function texts(name: string, value: unknown): string[] | null {
  if (value === undefined || value === null) return null;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  if (!values.every((item): item is string => typeof item === 'string')) {
    throw badRequest(`${name} must be text or a list of texts.`);
  }
  return values;
}
