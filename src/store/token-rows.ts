import type { JsonObject } from '../scim/json.ts';
import type { Queries } from './queries.ts';
import type { TokenRow, TokenRows } from './store.ts';

/** Expired tokens that one statement removes. */
const PURGED_AT_ONCE = 5_000;

const INSERT =
  'INSERT INTO token (domain_id, kind, hash, created_at, expires_at, data) VALUES ($1, $2, $3, $4, $5, $6)';

// A domain's tokens expire by the domain's clock, which may stand still or be ahead of the machine's.
const PURGE = `DELETE FROM token WHERE (domain_id, kind, hash) IN (
    SELECT t.domain_id, t.kind, t.hash FROM domain d JOIN token t ON t.domain_id = d.id
    WHERE t.expires_at <= COALESCE(d.clock_frozen_at_ms, $1::bigint + d.clock_offset_ms) LIMIT ${PURGED_AT_ONCE})`;

const KEY = 'domain_id = $1 AND kind = $2 AND hash = $3';
const COLUMNS = 'created_at, expires_at, data::text AS data';

interface Columns {
  readonly created_at: string;
  readonly expires_at: string;
  readonly data: string;
}

function rowOf(kind: string, hash: string, row: Columns | undefined): TokenRow | null {
  if (row === undefined) return null;
  const data = JSON.parse(row.data) as JsonObject;
  return { hash, kind, created: Number(row.created_at), expires: Number(row.expires_at), data };
}

/** One-purpose tokens over `queries`. */
export function tokenRows(queries: Queries): TokenRows {
  return {
    async insert(domainId, token) {
      const { kind, hash, created, expires, data } = token;
      await queries.run(INSERT, [domainId, kind, hash, created, expires, JSON.stringify(data)]);
    },

    async find(domainId, kind, hash, options = {}) {
      const text = `SELECT ${COLUMNS} FROM token WHERE ${KEY}${options.lock === true ? ' FOR UPDATE' : ''}`;
      const { rows } = await queries.run<Columns>(text, [domainId, kind, hash]);
      return rowOf(kind, hash, rows[0]);
    },

    async take(domainId, kind, hash) {
      const text = `DELETE FROM token WHERE ${KEY} RETURNING ${COLUMNS}`;
      const { rows } = await queries.run<Columns>(text, [domainId, kind, hash]);
      return rowOf(kind, hash, rows[0]);
    },

    async update(domainId, kind, hash, { data, expires }) {
      const { rowCount } = await queries.run(
        `UPDATE token SET data = $4, expires_at = COALESCE($5::bigint, expires_at) WHERE ${KEY}`,
        [domainId, kind, hash, JSON.stringify(data), expires ?? null],
      );
      return rowCount === 1;
    },

    async turn(domainId, kind, row) {
      const { rowCount } = await queries.run(
        `UPDATE token SET kind = $4, created_at = $5, expires_at = $6, data = $7 WHERE ${KEY}`,
        [domainId, kind, row.hash, row.kind, row.created, row.expires, JSON.stringify(row.data)],
      );
      return rowCount === 1;
    },

    async existing(domainId, kind, hashes) {
      const { rows } = await queries.run<{ hash: string }>(
        'SELECT hash FROM token WHERE domain_id = $1 AND kind = $2 AND hash = ANY($3::text[])',
        [domainId, kind, hashes],
      );
      return new Set(rows.map((row) => row.hash));
    },

    async delete(domainId, kind, hash) {
      const { rowCount } = await queries.run(`DELETE FROM token WHERE ${KEY}`, [domainId, kind, hash]);
      return rowCount === 1;
    },

    async remember(domainId, kind, hash, expires) {
      const { rowCount } = await queries.run(`${INSERT} ON CONFLICT DO NOTHING`, [
        domainId,
        kind,
        hash,
        expires,
        expires,
        '{}',
      ]);
      return rowCount === 1;
    },

    async purge(now) {
      let purged = 0;
      for (;;) {
        const { rowCount } = await queries.run(PURGE, [now]);
        purged += rowCount;
        if (rowCount < PURGED_AT_ONCE) return purged;
      }
    },
  };
}
