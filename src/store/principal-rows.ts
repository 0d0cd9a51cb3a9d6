import type { Queries } from './queries.ts';
import { RESOURCE_COLUMNS_WITH_SECRET, type ResourceRowWithSecret, withSecret } from './resource-row.ts';
import type { HeldRole, PrincipalRows } from './store.ts';

/*
 * Token subjects with their AppRoles. The token endpoint is a hot path: a client and its roles are one statement, and so are the
 * roles of a user through however many groups.
 */

const CLIENT = `
SELECT ${RESOURCE_COLUMNS_WITH_SECRET},
  (SELECT json_agg(json_build_array(a.data->>'displayName', a.data->'app'->>'value'))::text
   FROM edge e JOIN resource a ON a.domain_id = e.domain_id AND a.id = e.source_id AND a.type = 'AppRole'
   WHERE e.domain_id = r.domain_id AND e.target_id = r.id AND e.kind = 'appRole') AS roles
FROM resource r
WHERE r.domain_id = $1 AND r.type = 'App' AND r.name_lc = $2`;

const USER_ROLES = `
SELECT DISTINCT a.data->>'displayName' AS name, a.data->'app'->>'value' AS app
FROM edge e JOIN resource a ON a.domain_id = e.domain_id AND a.id = e.source_id AND a.type = 'AppRole'
WHERE e.domain_id = $1 AND e.kind = 'appRole' AND e.target_id IN (
  SELECT $2::text
  UNION ALL SELECT unnest($3::text[])
  UNION ALL SELECT m.source_id FROM edge m WHERE m.domain_id = $1 AND m.target_id = $2 AND m.kind = 'member'
)`;

/** Reads of `PrincipalRows`, over the pool or inside a transaction. */
export function principalRows(queries: Queries): PrincipalRows {
  return {
    async client(domainId, name) {
      const { rows } = await queries.run<ResourceRowWithSecret & { roles: string | null }>(CLIENT, [
        domainId,
        name.toLowerCase(),
      ]);
      const row = rows[0];
      if (row === undefined) return null;
      const roles = row.roles === null ? [] : (JSON.parse(row.roles) as [string | null, string | null][]);
      return { app: withSecret('App', row), roles: roles.map(([role, app]) => held(role, app)) };
    },

    async userRoles(domainId, userId, groupIds) {
      const { rows } = await queries.run<{ name: string | null; app: string | null }>(USER_ROLES, [
        domainId,
        userId,
        groupIds,
      ]);
      return rows.map((row) => held(row.name, row.app));
    },
  };
}

function held(displayName: string | null, appId: string | null): HeldRole {
  return { displayName: displayName ?? '', appId: appId ?? '' };
}
