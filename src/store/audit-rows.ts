import type { Queries } from './queries.ts';
import { resourceValues } from './resource-values.ts';
import type { AuditEventWrite, AuditRows } from './store.ts';

/** Events that one statement inserts, or removes. */
const EVENTS_AT_ONCE = 1_000;

const DAY_MS = 86_400_000;
/** IDCS: schemas-extra.json, AuditEvent: 30 days unless Settings.auditEventRetentionPeriod says otherwise. */
const RETAINED_DAYS = 30;

const COLUMNS = 'domain_id, id, event_lc, actor_lc, ec_id, time_at, created_at, data, search';

/**
 * What inserts audit events, as a part of another statement or one of its own.
 * @param from number of the first of the statement's parameters that `eventColumns` gives
 * @param source a row source of the statement: without a row there, nothing is inserted
 */
export function insertEventsSql(from: number, source?: string): string {
  const types = ['text', 'text', 'text', 'text', 'bigint', 'bigint', 'text', 'text'];
  const arrays = types.map((type, index) => `$${from + index}::${type}[]`).join(', ');
  const given = `unnest(${arrays}) WITH ORDINALITY g(id, event_lc, actor_lc, ec_id, time_at, created_at, data, search, place)`;
  return `INSERT INTO audit_event (${COLUMNS})
    SELECT $1, g.id, g.event_lc, g.actor_lc, g.ec_id, g.time_at, g.created_at, g.data::json, g.search::jsonb
    FROM ${source === undefined ? '' : `${source} CROSS JOIN `}${given} ORDER BY g.place`;
}

/** The parameters of `insertEventsSql`, beside the domain ($1). */
export function eventColumns(domainId: number, events: readonly AuditEventWrite[]): readonly unknown[] {
  const rows = events.map(({ type, id, created, data }) => {
    const write = { type, id, ocid: null, version: id, lastModified: created, data };
    return resourceValues(domainId, write);
  });
  return [
    events.map(({ id }) => id),
    rows.map(({ nameLc }) => nameLc),
    rows.map(({ displayLc }) => displayLc),
    rows.map(({ externalId }) => externalId),
    events.map(({ time }) => time),
    events.map(({ created }) => created),
    rows.map(({ data }) => data),
    rows.map(({ search }) => search),
  ];
}

const INSERT = insertEventsSql(2);

// Each domain keeps its events by its own clock and settings. LATERAL makes it a look into the index of times per domain.
const PURGE = `DELETE FROM audit_event WHERE (domain_id, id) IN (
    SELECT e.domain_id, e.id
    FROM domain d LEFT JOIN resource s ON s.domain_id = d.id AND s.id = 'Settings' AND s.type = 'Settings'
    CROSS JOIN LATERAL (SELECT e.domain_id, e.id FROM audit_event e WHERE e.domain_id = d.id
      AND e.time_at < COALESCE(d.clock_frozen_at_ms, $1::bigint + d.clock_offset_ms)
        - COALESCE(NULLIF((s.data->>'auditEventRetentionPeriod')::numeric, 0), ${RETAINED_DAYS}) * ${DAY_MS}
      LIMIT ${EVENTS_AT_ONCE}) e
    WHERE d.dropped_at IS NULL LIMIT ${EVENTS_AT_ONCE})`;

/** Audit events over `queries`: the pool, or one transaction's connection. */
export function auditRows(queries: Queries): AuditRows {
  return {
    async insert(domainId, events) {
      for (let from = 0; from < events.length; from += EVENTS_AT_ONCE) {
        const some = events.slice(from, from + EVENTS_AT_ONCE);
        await queries.run(INSERT, [domainId, ...eventColumns(domainId, some)]);
      }
    },

    async purge(now) {
      let purged = 0;
      for (;;) {
        const { rowCount } = await queries.run(PURGE, [now]);
        purged += rowCount;
        if (rowCount < EVENTS_AT_ONCE) return purged;
      }
    },
  };
}
