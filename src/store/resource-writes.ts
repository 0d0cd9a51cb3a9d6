import { eventColumns, insertEventsSql } from './audit-rows.ts';
import { type Queries, type Row, sqlState } from './queries.ts';
import { type ResourceValues, resourceValues } from './resource-values.ts';
import { hasUniqueKeys, type UniqueKey } from './row-plan.ts';
import { type AuditEventWrite, type ResourceWrite, UniqueViolation } from './store.ts';

/** Rows that one statement of `insertMany` carries: about a megabyte of users. */
const ROWS_AT_ONCE = 500;

/** A load of so many rows is followed by new statistics: autovacuum would come a minute later. */
export const ANALYZED_FROM = 1_000;

const COUNT = `INSERT INTO counter (domain_id, type, slot, n)`;
const COUNT_ON = `ON CONFLICT (domain_id, type, slot) DO UPDATE SET n = counter.n + EXCLUDED.n`;
const SLOT = 'pg_backend_pid() % 16';

const INSERT_ROW = `INSERT INTO resource (domain_id, type, id, ocid, name_lc, display_lc, external_id, active, display,
    version, created_at, modified_at, data, search, secret)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING seq`;
const INSERT = `WITH row AS (${INSERT_ROW}), counted AS (${COUNT} VALUES ($1, $2, ${SLOT}, 1) ${COUNT_ON}) SELECT seq FROM row`;
const INSERT_WITH_KEYS = `WITH row AS (${INSERT_ROW}), counted AS (${COUNT} VALUES ($1, $2, ${SLOT}, 1) ${COUNT_ON}),
  keyed AS (INSERT INTO unique_key (domain_id, type, attribute, value, id)
    SELECT $1, $2, k.attribute, k.value, $3 FROM unnest($16::text[], $17::text[]) k(attribute, value))
  SELECT seq FROM row`;

const UPDATE_ROW = `UPDATE resource SET ocid = $4, name_lc = $5, display_lc = $6, external_id = $7, active = $8, display = $9,
    version = $10, modified_at = $11, data = $12, search = $13, secret = CASE WHEN $14::boolean THEN $15::json ELSE secret END
  WHERE domain_id = $1 AND id = $3 AND (type = $2) IS TRUE AND ($16::text IS NULL OR version = $16)`;
const UPDATE_IN_PART = `WITH row AS (${UPDATE_ROW} RETURNING id) SELECT id FROM row`;
const UPDATE_WITH_KEYS = `WITH row AS (${UPDATE_ROW} RETURNING id),
  wanted AS (SELECT k.attribute, k.value FROM row, unnest($17::text[], $18::text[]) k(attribute, value)),
  held AS (SELECT k.attribute, k.value FROM row, unique_key k WHERE k.domain_id = $1 AND k.type = $2 AND k.id = $3),
  freed AS (DELETE FROM unique_key k USING row WHERE k.domain_id = $1 AND k.type = $2 AND k.id = $3
    AND (k.attribute, k.value) NOT IN (SELECT attribute, value FROM wanted)),
  keyed AS (INSERT INTO unique_key (domain_id, type, attribute, value, id)
    SELECT $1, $2, w.attribute, w.value, $3 FROM wanted w WHERE (w.attribute, w.value) NOT IN (SELECT attribute, value FROM held))
  SELECT id FROM row`;

const DELETE = `WITH row AS (DELETE FROM resource WHERE domain_id = $1 AND id = $3 AND (type = $2) IS TRUE
    AND ($4::text IS NULL OR version = $4) RETURNING id),
  freed AS (DELETE FROM unique_key k USING row WHERE k.domain_id = $1 AND k.type = $2 AND k.id = row.id),
  sources AS (DELETE FROM edge e USING row WHERE e.domain_id = $1 AND e.source_id = row.id),
  targets AS (DELETE FROM edge e USING row WHERE e.domain_id = $1 AND e.target_id = row.id AND e.source_id <> row.id),
  counted AS (${COUNT} SELECT $1, $2, ${SLOT}, -1 FROM row ${COUNT_ON})
  SELECT id FROM row`;

const INSERT_MANY = `WITH given AS (SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::boolean[], $9::text[], $10::text[], $11::bigint[], $12::text[], $13::text[], $14::text[]) WITH ORDINALITY
    g(type, id, ocid, name_lc, display_lc, external_id, active, display, version, modified_at, data, search, secret, place)),
  added AS (INSERT INTO resource (domain_id, type, id, ocid, name_lc, display_lc, external_id, active, display,
      version, created_at, modified_at, data, search, secret)
    SELECT $1, type, id, ocid, name_lc, display_lc, external_id, active, display, version, $15, modified_at,
      data::json, search::jsonb, secret::json FROM given ORDER BY place),
  counted AS (${COUNT} SELECT $1, type, ${SLOT}, count(*) FROM given GROUP BY type ${COUNT_ON})
  INSERT INTO unique_key (domain_id, type, attribute, value, id)
    SELECT $1, k.type, k.attribute, k.value, k.id FROM unnest($16::text[], $17::text[], $18::text[], $19::text[])
      k(type, attribute, value, id)`;

/**
 * The statement with what inserts audit events, as the last of its parts but one.
 * @param text ends in a SELECT of the part `row`
 */
function withEvents(
  text: string,
  bound: readonly unknown[],
  domainId: number,
  events: readonly AuditEventWrite[] = [],
): readonly [text: string, bound: readonly unknown[]] {
  if (events.length === 0) return [text, bound];
  const last = text.lastIndexOf('SELECT');
  const part = insertEventsSql(bound.length + 1, 'row');
  return [
    `${text.slice(0, last).trimEnd()}, event AS (${part}) ${text.slice(last)}`,
    [...bound, ...eventColumns(domainId, events)],
  ];
}

/** Inserts a row with search copy, unique keys and counter. @returns its seq @throws UniqueViolation */
export async function insertResource(
  queries: Queries,
  domainId: number,
  write: ResourceWrite,
  created: number,
): Promise<number> {
  const values = resourceValues(domainId, write);
  const row = [
    domainId,
    values.type,
    values.id,
    values.ocid,
    values.nameLc,
    values.displayLc,
    values.externalId,
    values.active,
    values.display,
    values.version,
    created,
    values.modifiedAt,
    values.data,
    values.search,
    values.secret ?? null,
  ];
  const text = values.keys.length === 0 ? INSERT : INSERT_WITH_KEYS;
  const bound = values.keys.length === 0 ? row : [...row, ...keyColumns(values.keys)];
  const statement = withEvents(text, bound, domainId, write.events);
  const { rows } = await unlessTaken([values], () => queries.run<{ seq: string }>(...statement));
  return Number(rows[0]!.seq);
}

/** Inserts rows of any types, some hundred a statement. @throws UniqueViolation */
export async function insertManyResources(
  queries: Queries,
  domainId: number,
  writes: readonly ResourceWrite[],
  created: number,
): Promise<void> {
  let sending: Promise<unknown> = Promise.resolve();
  for (let from = 0; from < writes.length; from += ROWS_AT_ONCE) {
    // The next rows are made ready while the database works on these.
    const values = writes.slice(from, from + ROWS_AT_ONCE).map((write) => resourceValues(domainId, write));
    await sending;
    sending = unlessTaken(values, () => queries.run(INSERT_MANY, manyColumns(domainId, values, created)));
    sending.catch(() => {});
  }
  await sending;
  if (writes.length >= ANALYZED_FROM) await queries.run('ANALYZE (SKIP_LOCKED) resource, unique_key', []);
}

/** Replaces a row's values and unique keys. False when it is gone or of another version. @throws UniqueViolation */
export async function updateResource(
  queries: Queries,
  domainId: number,
  write: ResourceWrite,
  expectedVersion: string | null,
): Promise<boolean> {
  const values = resourceValues(domainId, write);
  const row = [
    domainId,
    values.type,
    values.id,
    values.ocid,
    values.nameLc,
    values.displayLc,
    values.externalId,
    values.active,
    values.display,
    values.version,
    values.modifiedAt,
    values.data,
    values.search,
    values.secret !== undefined,
    values.secret ?? null,
    expectedVersion,
  ];
  const keyed = hasUniqueKeys(write.type);
  const bound = keyed ? [...row, ...keyColumns(values.keys)] : row;
  const bare = write.events === undefined ? UPDATE_ROW : UPDATE_IN_PART;
  const statement = withEvents(keyed ? UPDATE_WITH_KEYS : bare, bound, domainId, write.events);
  const result = await unlessTaken([values], () => queries.run<Row>(...statement));
  return result.rowCount === 1;
}

/** Deletes a row, its unique keys and its edges, and counts down. False when it is gone or of another version. */
export async function deleteResource(
  queries: Queries,
  domainId: number,
  type: string,
  id: string,
  { expectedVersion, events }: { expectedVersion: string | null; events: readonly AuditEventWrite[] },
): Promise<boolean> {
  const statement = withEvents(DELETE, [domainId, type, id, expectedVersion], domainId, events);
  const { rowCount } = await queries.run(...statement);
  return rowCount === 1;
}

function manyColumns(domainId: number, values: readonly ResourceValues[], created: number): readonly unknown[] {
  const keys = values.flatMap(({ type, id, keys: held }) => held.map((key) => ({ ...key, type, id })));
  return [
    domainId,
    values.map((row) => row.type),
    values.map((row) => row.id),
    values.map((row) => row.ocid),
    values.map((row) => row.nameLc),
    values.map((row) => row.displayLc),
    values.map((row) => row.externalId),
    values.map((row) => row.active),
    values.map((row) => row.display),
    values.map((row) => row.version),
    values.map((row) => row.modifiedAt),
    values.map((row) => row.data),
    values.map((row) => row.search),
    values.map((row) => row.secret ?? null),
    created,
    keys.map((key) => key.type),
    keys.map((key) => key.attribute),
    keys.map((key) => key.value),
    keys.map((key) => key.id),
  ];
}

function keyColumns(keys: readonly UniqueKey[]): [string[], string[]] {
  return [keys.map((key) => key.attribute), keys.map((key) => key.value)];
}

/** Turns a violated key into UniqueViolation. PostgreSQL's detail is in the server's language, but holds our values. */
async function unlessTaken<T>(values: readonly ResourceValues[], write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    const { constraint, detail = '' } = error as { constraint?: string; detail?: string };
    if (constraint === 'resource_pkey') {
      const taken = values.find(({ type, id }) => detail.includes(`, ${id}, ${type})`));
      throw new UniqueViolation('id', taken?.id ?? values[0]!.id);
    }
    const keys = values.flatMap((row) => row.keys.map((key) => ({ ...key, type: row.type })));
    const taken = keys.find((key) => detail.includes(`${key.type}, ${key.attribute}, ${key.value})`)) ?? keys[0];
    if (taken === undefined) throw error;
    throw new UniqueViolation(taken.attribute, taken.written);
  }
}
