import type { Domain } from '../domains/domain.ts';
import type { JsonObject } from '../scim/json.ts';
import type { LazyPrisma } from './prisma.ts';
import { purgeDroppedDomains } from './purge.ts';
import { type Queries, sqlState } from './queries.ts';
import { type DomainRows, UniqueViolation } from './store.ts';

/** The Settings singleton: its type is its id. */
const SETTINGS = 'Settings';

const FIND = `SELECT d.id, d.name, d.tenant, d.ocid, d.compartment_ocid, d.tenancy_ocid, d.epoch, d.clock_offset_ms,
    d.clock_frozen_at_ms, s.data::text AS settings
  FROM domain d LEFT JOIN resource s ON s.domain_id = d.id AND s.id = '${SETTINGS}' AND s.type = '${SETTINGS}'
  WHERE d.name_lc = $1 AND d.dropped_at IS NULL`;

interface DomainRow {
  readonly id: number;
  readonly name: string;
  readonly tenant: string;
  readonly ocid: string;
  readonly compartment_ocid: string;
  readonly tenancy_ocid: string;
  readonly epoch: number;
  readonly clock_offset_ms: string;
  readonly clock_frozen_at_ms: string | null;
  readonly settings: string | null;
}

/** Domains, over `queries`. */
export function domainRows(queries: Queries, prisma: LazyPrisma): DomainRows {
  return {
    async findByName(name) {
      if (name.includes('\0')) return null;
      const [row] = (await queries.run<DomainRow>(FIND, [name.toLowerCase()])).rows;
      return row === undefined ? null : toDomain(row);
    },

    async epochOf(name) {
      if (name.includes('\0')) return null;
      const { rows } = await queries.run<{ id: number; epoch: number }>(
        'SELECT id, epoch FROM domain WHERE name_lc = $1 AND dropped_at IS NULL',
        [name.toLowerCase()],
      );
      return rows[0] ?? null;
    },

    list: () => list(prisma),

    async insert({ name, tenant, ocid, compartmentOcid, tenancyOcid, created, contentVersion }) {
      try {
        const { rows } = await queries.run<{ id: number }>(
          `INSERT INTO domain (name, name_lc, tenant, ocid, compartment_ocid, tenancy_ocid, created_at, content_version)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
          [name, name.toLowerCase(), tenant, ocid, compartmentOcid, tenancyOcid, created, contentVersion ?? null],
        );
        return rows[0]!.id;
      } catch (error) {
        if (sqlState(error) === '23505') throw new UniqueViolation('name', name);
        throw error;
      }
    },

    async setClock(domainId, { offsetMs, frozenAtMs }) {
      await queries.run(
        'UPDATE domain SET clock_offset_ms = $2, clock_frozen_at_ms = $3, epoch = epoch + 1 WHERE id = $1',
        [domainId, offsetMs, frozenAtMs],
      );
    },

    async bumpEpoch(domainId) {
      await queries.run('UPDATE domain SET epoch = epoch + 1 WHERE id = $1', [domainId]);
    },

    async contentVersion(domainId) {
      const { rows } = await queries.run<{ content_version: string | null }>(
        'SELECT content_version FROM domain WHERE id = $1',
        [domainId],
      );
      return rows[0]?.content_version ?? null;
    },

    async setContentVersion(domainId, version) {
      await queries.run('UPDATE domain SET content_version = $2 WHERE id = $1', [domainId, version]);
    },

    async drop(name) {
      // When it was dropped is for people who look into the database: the server's own time will do.
      const { rowCount } = await queries.run(
        `UPDATE domain SET dropped_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
         WHERE name_lc = $1 AND dropped_at IS NULL`,
        [name.toLowerCase()],
      );
      return rowCount === 1;
    },

    purgeDropped: (batch) => purgeDroppedDomains(queries, batch),
  };
}

async function list(prisma: LazyPrisma): Promise<readonly (Domain & { created: number })[]> {
  const { domain, resource } = await prisma.client();
  const rows = await domain.findMany({ where: { droppedAt: null }, orderBy: { id: 'asc' } });
  const settings = await resource.findMany({
    where: { domainId: { in: rows.map(({ id }) => id) }, type: SETTINGS, id: SETTINGS },
    select: { domainId: true, data: true },
  });
  const settingsOf = new Map(settings.map(({ domainId, data }) => [domainId, data as JsonObject]));
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    tenant: row.tenant,
    ocid: row.ocid,
    compartmentOcid: row.compartmentOcid,
    tenancyOcid: row.tenancyOcid,
    epoch: row.epoch,
    clock: {
      offsetMs: Number(row.clockOffsetMs),
      frozenAtMs: row.clockFrozenAtMs === null ? null : Number(row.clockFrozenAtMs),
    },
    settings: settingsOf.get(row.id) ?? {},
    created: Number(row.createdAt),
  }));
}

function toDomain(row: DomainRow): Domain {
  return {
    id: row.id,
    name: row.name,
    tenant: row.tenant,
    ocid: row.ocid,
    compartmentOcid: row.compartment_ocid,
    tenancyOcid: row.tenancy_ocid,
    epoch: row.epoch,
    clock: {
      offsetMs: Number(row.clock_offset_ms),
      frozenAtMs: row.clock_frozen_at_ms === null ? null : Number(row.clock_frozen_at_ms),
    },
    settings: row.settings === null ? {} : (JSON.parse(row.settings) as JsonObject),
  };
}
