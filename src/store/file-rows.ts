import type { Queries } from './queries.ts';
import type { FileRows, StoredFile } from './store.ts';

interface FileRow {
  readonly name: string;
  readonly id: string;
  readonly content_type: string;
  readonly is_public: boolean;
  readonly size: string;
  readonly created_at: string;
}

const COLUMNS = 'name, id, content_type, is_public, size, created_at';

// The parts of the file before go with the same statement. Of two that publish one name for the first time at once, the second
// replaces the first, whose parts `purge` finds.
const PUBLISH = `WITH gone AS (
    DELETE FROM file_part WHERE domain_id = $1
      AND file_id = (SELECT id FROM file WHERE domain_id = $1 AND name = $2 AND id <> $3))
  INSERT INTO file (domain_id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (domain_id, name) DO UPDATE SET id = EXCLUDED.id, content_type = EXCLUDED.content_type,
    is_public = EXCLUDED.is_public, size = EXCLUDED.size, created_at = EXCLUDED.created_at`;

const DELETE = `WITH file AS (DELETE FROM file WHERE domain_id = $1 AND name = $2 RETURNING id),
  gone AS (DELETE FROM file_part WHERE domain_id = $1 AND file_id IN (SELECT id FROM file))
  SELECT id FROM file`;

const PURGE = `DELETE FROM file_part p WHERE p.written_at < now() - interval '1 day'
  AND NOT EXISTS (SELECT 1 FROM file f WHERE f.domain_id = p.domain_id AND f.id = p.file_id)`;

/** Files over `queries`: the pool, or one transaction's connection. */
export function fileRows(queries: Queries): FileRows {
  return {
    async writePart(domainId, fileId, part, content) {
      await queries.run('INSERT INTO file_part (domain_id, file_id, part, content) VALUES ($1, $2, $3, $4)', [
        domainId,
        fileId,
        part,
        content,
      ]);
    },

    async publish(domainId, { name, id, contentType, isPublic, size, created }) {
      await queries.run(PUBLISH, [domainId, name, id, contentType, isPublic, size, created]);
    },

    async find(domainId, name) {
      const { rows } = await queries.run<FileRow>(`SELECT ${COLUMNS} FROM file WHERE domain_id = $1 AND name = $2`, [
        domainId,
        name,
      ]);
      return rows[0] === undefined ? null : toFile(rows[0]);
    },

    async readPart(domainId, fileId, part) {
      const { rows } = await queries.run<{ content: Buffer }>(
        'SELECT content FROM file_part WHERE domain_id = $1 AND file_id = $2 AND part = $3',
        [domainId, fileId, part],
      );
      return rows[0]?.content ?? null;
    },

    async delete(domainId, name) {
      return (await queries.run(DELETE, [domainId, name])).rowCount > 0;
    },

    async discard(domainId, fileId) {
      await queries.run('DELETE FROM file_part WHERE domain_id = $1 AND file_id = $2', [domainId, fileId]);
    },

    async purge() {
      return (await queries.run(PURGE, [])).rowCount;
    },
  };
}

function toFile(row: FileRow): StoredFile {
  return {
    name: row.name,
    id: row.id,
    contentType: row.content_type,
    isPublic: row.is_public,
    size: Number(row.size),
    created: Number(row.created_at),
  };
}
