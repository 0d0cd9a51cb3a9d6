import { isOcid } from '../ids.ts';
import type { JsonObject } from '../scim/json.ts';
import { filterToSql } from './filter-to-sql.ts';
import { readImplied } from './implied-rows.ts';
import type { Queries } from './queries.ts';
import {
  LazyJson,
  RESOURCE_COLUMNS,
  RESOURCE_COLUMNS_WITH_SECRET,
  type ResourceRow,
  type ResourceRowWithSecret,
  toStoredResource,
  withSecret,
} from './resource-row.ts';
import { search } from './resource-search.ts';
import { tableOf } from './resource-table.ts';
import { secretText } from './resource-values.ts';
import { deleteResource, insertManyResources, insertResource, updateResource } from './resource-writes.ts';
import { SqlParameters } from './sql-parameters.ts';
import type { ReferenceKey, ResolvedReference, ResourceRows, StoredResource } from './store.ts';

// IS TRUE hides the type from the indexes that start with it: before statistics are there, one of those may look as good to
// the planner as the right one, and read the whole type.
const BY_ID = 'WHERE r.domain_id = $1 AND r.id = $2 AND (r.type = $3) IS TRUE';
const BY_OCID = 'WHERE r.domain_id = $1 AND r.ocid = $2 AND (r.type = $3) IS TRUE';
const BY_NAME = 'FROM resource r WHERE r.domain_id = $1 AND r.name_lc = $2 AND r.type = $3';

// LIMIT 1 makes it one look into the index per key, whatever the planner thinks of the table.
const resolveBy = (column: string, types: string, keys: string) => `SELECT k.key, k.type, r.* FROM
  unnest(${types}::text[], ${keys}::text[]) k(type, key) CROSS JOIN LATERAL (
    SELECT r.id, r.ocid, r.display, r.data::text AS data FROM resource r
    WHERE r.domain_id = $1 AND r.${column} = k.key AND (r.type = k.type) IS TRUE LIMIT 1) r`;
const RESOLVE = resolveBy('id', '$2', '$3');
const RESOLVE_OCIDS = resolveBy('ocid', '$2', '$3');
const RESOLVE_BOTH = `${RESOLVE} UNION ALL ${resolveBy('ocid', '$4', '$5')}`;

const TOUCH = `UPDATE resource SET version = $4, modified_at = $5
  WHERE domain_id = $1 AND id = $2 AND (type = $3) IS TRUE AND ($6::text IS NULL OR version = $6)`;

/** Resource rows over `queries`: the pool, or one transaction's connection. */
export function resourceRows(queries: Queries): ResourceRows {
  const one = async <T extends ResourceRow>(
    columns: string,
    domainId: number,
    type: string,
    key: string,
    lock = '',
  ) => {
    if (key.includes('\0')) return undefined;
    const text = `SELECT ${columns} FROM ${tableOf(type).from} r ${isOcid(key) ? BY_OCID : BY_ID}${lock}`;
    return (await queries.run<T>(text, [domainId, key, type])).rows[0];
  };
  return {
    async read(domainId, type, key): Promise<StoredResource | null> {
      const row = await one<ResourceRow>(RESOURCE_COLUMNS, domainId, type, key);
      return row === undefined ? null : toStoredResource(type, row);
    },

    async readWithSecret(domainId, type, key, options = {}) {
      const lock = options.lock ? ' FOR UPDATE' : '';
      const row = await one<ResourceRowWithSecret>(RESOURCE_COLUMNS_WITH_SECRET, domainId, type, key, lock);
      return row === undefined ? null : withSecret(type, row);
    },

    async readSecrets(domainId, type, ids) {
      const { rows } = await queries.run<{ id: string; secret: string | null }>(
        'SELECT id, secret::text AS secret FROM resource WHERE domain_id = $1 AND id = ANY($2::text[]) AND (type = $3) IS TRUE',
        [domainId, ids, type],
      );
      return new Map(rows.map(({ id, secret }) => [id, secret === null ? null : (JSON.parse(secret) as JsonObject)]));
    },

    async readByName(domainId, type, name) {
      if (name.includes('\0')) return null;
      const text = `SELECT ${RESOURCE_COLUMNS_WITH_SECRET} ${BY_NAME} ORDER BY r.seq LIMIT 1`;
      const { rows } = await queries.run<ResourceRowWithSecret>(text, [domainId, name.toLowerCase(), type]);
      return rows[0] === undefined ? null : withSecret(type, rows[0]);
    },

    resolve: (domainId, keys) => resolve(queries, domainId, keys),
    search: (domainId, query) => search(queries, domainId, query),
    readImplied: (domainId, type, id) => readImplied(queries, domainId, type, id),

    async having(domainId, where, value, limit) {
      if (where.length === 0) return [];
      const parameters = new SqlParameters(domainId);
      const conditions = where.map(({ type, attribute }) => {
        const condition = filterToSql({ op: 'eq', attribute, value }, { domainId, type, parameters });
        return `(${condition} AND (r.type = ${parameters.add(type.name)}) IS TRUE)`;
      });
      const text = `SELECT r.type, r.id FROM resource r WHERE r.domain_id = $1 AND (${conditions.join(' OR ')})
        LIMIT ${parameters.add(limit)}`;
      return (await queries.run<{ type: string; id: string }>(text, parameters.values)).rows;
    },

    insert: (domainId, write, created) => insertResource(queries, domainId, write, created),
    insertMany: (domainId, writes, created) => insertManyResources(queries, domainId, writes, created),
    update: (domainId, write, expectedVersion) => updateResource(queries, domainId, write, expectedVersion),

    async touch(domainId, type, id, { version, lastModified, expectedVersion }) {
      const { rowCount } = await queries.run(TOUCH, [domainId, id, type, version, lastModified, expectedVersion]);
      return rowCount === 1;
    },

    async updateSecret(domainId, type, id, secret) {
      const { rowCount } = await queries.run(
        'UPDATE resource SET secret = $4 WHERE domain_id = $1 AND id = $2 AND (type = $3) IS TRUE',
        [domainId, id, type, secretText(secret)],
      );
      return rowCount === 1;
    },

    delete: (domainId, type, id, expectedVersion, events = []) =>
      deleteResource(queries, domainId, type, id, { expectedVersion, events }),
  };
}

interface ReferenceRow {
  readonly key: string;
  readonly type: string;
  readonly id: string;
  readonly ocid: string | null;
  readonly display: string | null;
  readonly data: string;
}

async function resolve(
  queries: Queries,
  domainId: number,
  keys: readonly ReferenceKey[],
): Promise<ReadonlyMap<string, ResolvedReference>> {
  const known = [...new Map(keys.map((key) => [`${key.type}:${key.key}`, key])).values()].filter(
    ({ key }) => !key.includes('\0'),
  );
  if (known.length === 0) return new Map();
  const ids = known.filter(({ key }) => !isOcid(key));
  const ocids = known.filter(({ key }) => isOcid(key));
  const columns = (list: readonly ReferenceKey[]) => [list.map(({ type }) => type), list.map(({ key }) => key)];
  const result =
    ocids.length === 0
      ? await queries.run<ReferenceRow>(RESOLVE, [domainId, ...columns(ids)])
      : ids.length === 0
        ? await queries.run<ReferenceRow>(RESOLVE_OCIDS, [domainId, ...columns(ocids)])
        : await queries.run<ReferenceRow>(RESOLVE_BOTH, [domainId, ...columns(ids), ...columns(ocids)]);
  return new Map(result.rows.map((row) => [`${row.type}:${row.key}`, toReference(row)]));
}

function toReference(row: ReferenceRow): ResolvedReference {
  const data = new LazyJson(row.data);
  return {
    type: row.type,
    id: row.id,
    ocid: row.ocid,
    display: row.display,
    get data() {
      return data.value;
    },
  };
}
