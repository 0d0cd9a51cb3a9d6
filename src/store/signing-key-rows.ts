import type { JsonObject } from '../scim/json.ts';
import type { Queries } from './queries.ts';
import type { SigningKeyRow, SigningKeyRows } from './store.ts';

const COLUMNS = 'kid, private_key, public_jwk::text AS public_jwk, created_at, active';

interface KeyRow {
  readonly kid: string;
  readonly private_key: string;
  readonly public_jwk: string;
  readonly created_at: string;
  readonly active: boolean;
}

/** Signing keys over `queries`. Lists are newest first. */
export function signingKeyRows(queries: Queries): SigningKeyRows {
  return {
    async list(domainId) {
      const text = `SELECT ${COLUMNS} FROM signing_key WHERE domain_id = $1 ORDER BY created_at DESC, id DESC`;
      return (await queries.run<KeyRow>(text, [domainId])).rows.map(toKey);
    },

    async insert(domainId, key) {
      await queries.run(
        `INSERT INTO signing_key (domain_id, kid, private_key, public_jwk, created_at, active)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [domainId, key.kid, key.privateKey, JSON.stringify(key.publicJwk), key.created, key.active],
      );
    },

    async takeFromPool(domainId, kid, created) {
      const { rows } = await queries.run<KeyRow>(
        `UPDATE signing_key SET domain_id = $1, kid = $2, created_at = $3, active = TRUE
         WHERE id = (SELECT id FROM signing_key WHERE domain_id IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING ${COLUMNS}`,
        [domainId, kid, created],
      );
      return rows[0] === undefined ? null : toKey(rows[0]);
    },

    async certify(domainId, kid, publicJwk) {
      await queries.run(
        `UPDATE signing_key SET public_jwk = $3 WHERE domain_id = $1 AND kid = $2 AND public_jwk->'x5c' IS NULL`,
        [domainId, kid, JSON.stringify(publicJwk)],
      );
    },

    async delete(domainId, kid) {
      const text = 'DELETE FROM signing_key WHERE domain_id = $1 AND kid = $2';
      return (await queries.run(text, [domainId, kid])).rowCount === 1;
    },

    async poolSize() {
      const { rows } = await queries.run<{ n: string }>(
        'SELECT count(*) AS n FROM signing_key WHERE domain_id IS NULL',
        [],
      );
      return Number(rows[0]!.n);
    },
  };
}

function toKey(row: KeyRow): SigningKeyRow {
  return {
    kid: row.kid,
    privateKey: row.private_key,
    publicJwk: JSON.parse(row.public_jwk) as JsonObject,
    created: Number(row.created_at),
    active: row.active,
  };
}
