import type { Queries } from './queries.ts';
import { RESOURCE_COLUMNS_WITH_SECRET, type ResourceRowWithSecret, withSecret } from './resource-row.ts';
import { searchKey } from './search-document.ts';
import type { HeldRole, PrincipalRows } from './store.ts';

const ROLE = "JOIN resource role ON role.domain_id = $1 AND role.id = e.source_id AND role.type = 'AppRole'";
const APP_ID = "role.data->'app'->>'value'";

const CLIENT = `SELECT ${RESOURCE_COLUMNS_WITH_SECRET},
    (SELECT json_agg(json_build_object('displayName', role.display, 'appId', ${APP_ID}) ORDER BY e.seq)
      FROM edge e ${ROLE} WHERE e.domain_id = $1 AND e.target_id = r.id AND e.kind = 'appRole')::text AS roles
  FROM resource r WHERE r.domain_id = $1 AND r.type = 'App' AND r.name_lc = $2 ORDER BY r.seq LIMIT 1`;

// What somebody is granted as: oneself, one's groups, and the groups of everybody.
const GRANTEES = `SELECT $2::text AS id
    UNION ALL SELECT m.source_id FROM edge m WHERE m.domain_id = $1 AND m.target_id = $2 AND m.kind = 'member'
    UNION ALL SELECT unnest($3::text[])`;

const HELD_BY_USER = `FROM edge e ${ROLE}
  WHERE e.domain_id = $1 AND e.kind = 'appRole' AND e.target_id IN (${GRANTEES})`;

const USER_ROLES = `SELECT DISTINCT role.display AS "displayName", ${APP_ID} AS "appId" ${HELD_BY_USER} ORDER BY 1, 2`;

const MEMBERSHIPS = `SELECT DISTINCT role.display AS name, role.id, ${APP_ID} AS "appId",
    role.data->'app'->>'name' AS "appName", role.data->>'adminRole' = 'true' AS "adminRole" ${HELD_BY_USER}
  UNION ALL SELECT g.display, g.id, NULL, NULL, NULL
    FROM edge m JOIN resource g ON g.domain_id = $1 AND g.id = m.source_id AND g.type = 'Group'
    WHERE m.domain_id = $1 AND m.target_id = $2 AND m.kind = 'member'
  ORDER BY 1, 2`;

interface MembershipRow {
  readonly id: string;
  readonly name: string | null;
  /** null: the row is a group. */
  readonly appId: string | null;
  readonly appName: string | null;
  readonly adminRole: boolean | null;
}

const HAS_GRANT = `SELECT 1 FROM (${GRANTEES}) grantee JOIN resource r ON r.domain_id = $1 AND r.type = 'Grant'
    AND r.search @> jsonb_build_object($5::text, jsonb_build_object(
      'app', jsonb_build_object('value', $4::text), 'grantee', jsonb_build_object('value', grantee.id)))
  LIMIT 1`;

/** Token subjects with their AppRoles, over `queries`. */
export function principalRows(queries: Queries): PrincipalRows {
  return {
    async client(domainId, name) {
      if (name.includes('\0')) return null;
      const { rows } = await queries.run<ResourceRowWithSecret & { roles: string | null }>(CLIENT, [
        domainId,
        name.toLowerCase(),
      ]);
      const [row] = rows;
      if (row === undefined) return null;
      const roles = row.roles === null ? [] : (JSON.parse(row.roles) as HeldRole[]);
      return { app: withSecret('App', row), roles };
    },

    async userRoles(domainId, userId, groupIds) {
      return (await queries.run<HeldRole>(USER_ROLES, [domainId, userId, groupIds])).rows;
    },

    async memberships(domainId, userId, groupIds) {
      const { rows } = await queries.run<MembershipRow>(MEMBERSHIPS, [domainId, userId, groupIds]);
      return {
        groups: rows.filter(({ appId }) => appId === null).map(({ id, name }) => ({ id, name: name ?? id })),
        appRoles: rows.flatMap(({ id, name, appId, appName, adminRole }) =>
          appId === null ? [] : [{ id, name: name ?? id, appId, appName, adminRole: adminRole === true }],
        ),
      };
    },

    async hasGrant(domainId, appId, userId, groupIds) {
      const values = [domainId, userId, groupIds, appId, searchKey(domainId, 'Grant')];
      return (await queries.run(HAS_GRANT, values)).rowCount > 0;
    },
  };
}
