/** Where the rows of a type lie, as the `r` of a query. */
export interface ResourceTable {
  /** What stands in FROM before `r`. */
  readonly from: string;
  /** Rows are counted in `counter`, and there are GIN indexes over search copy and trigrams. */
  readonly indexed: boolean;
}

const RESOURCES: ResourceTable = { from: 'resource', indexed: true };

/** Audit events under the column names of resources; PostgreSQL looks through such a subquery. */
const AUDIT_EVENTS: ResourceTable = {
  from: `(SELECT 'AuditEvent'::text COLLATE "C" AS type, NULL::text AS ocid, NULL::text AS display, NULL::boolean AS active,
    e.event_lc AS name_lc, e.actor_lc AS display_lc, e.ec_id AS external_id, e.id AS version, e.created_at AS modified_at,
    e.domain_id, e.id, e.seq, e.time_at, e.created_at, e.data, e.search FROM audit_event e)`,
  indexed: false,
};

/** Reports of jobs, likewise. */
const JOB_REPORTS: ResourceTable = {
  from: `(SELECT 'JobReport'::text COLLATE "C" AS type, NULL::text AS ocid, NULL::text AS display, NULL::boolean AS active,
    j.history_lc AS name_lc, NULL::text COLLATE "C" AS display_lc, NULL::text COLLATE "C" AS external_id, j.id AS version,
    j.created_at AS modified_at, j.domain_id, j.id, j.seq, j.created_at AS time_at, j.created_at, j.data, j.search FROM job_report j)`,
  indexed: false,
};

/** The table of a type. */
export function tableOf(type: string): ResourceTable {
  if (type === 'AuditEvent') return AUDIT_EVENTS;
  return type === 'JobReport' ? JOB_REPORTS : RESOURCES;
}
