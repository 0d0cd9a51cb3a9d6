import type { Filter } from '../scim/filter-ast.ts';
import type { JsonObject } from '../scim/json.ts';
import { matches } from '../scim/match.ts';
import { EVERYBODY_GROUP_ID } from './everybody.ts';
import { type FilterTarget, filterToSql } from './filter-to-sql.ts';
import { impliedId, impliedIdSql } from './implied-id.ts';
import { allOf, askedId, type ImpliedRows, isOneOf, keysFor, partsOf, pathsOf } from './implied-type.ts';
import { RESOURCE_COLUMNS, type ResourceRow, toStoredResource } from './resource-row.ts';
import { searchKey } from './search-document.ts';
import type { SqlParameters } from './sql-parameters.ts';

/*
 * IDCS: a Grant to a Group is one for each of its members too, with the mechanism GROUP_MEMBERSHIP (shapes.md §15). Those follow
 * from the Group's Grant and the member's edge, or, of the group of everybody, from each User.
 */

/** What is the same in all of them. That the Group stands as the grantor is inferred (canonical values of Grant.grantor.type). */
const SAME: JsonObject = {
  grantMechanism: 'GROUP_MEMBERSHIP',
  grantee: { type: 'User' },
  grantor: { type: 'Group' },
};
const SAME_PATHS: ReadonlySet<string> = new Set(['grantMechanism', 'grantee.type', 'grantor.type']);
/** Top-level attributes that are not those of the Group's Grant. */
const OTHERS: ReadonlySet<string> = new Set([
  'id',
  'ocid',
  'meta',
  'schemas',
  'compositeKey',
  'grantMechanism',
  'grantee',
  'grantor',
]);

/** Grants by membership, beside the rows. */
export const impliedGrants: ImpliedRows = {
  hasRows: true,
  select,
  page: `SELECT ${RESOURCE_COLUMNS} FROM resource r WHERE r.domain_id = $1 AND r.type = $2 AND r.seq = p.a LIMIT 1`,
  toResource(row) {
    const stored = toStoredResource('Grant', row as unknown as ResourceRow);
    if (row.b === null) return stored;
    const { compositeKey: _, ...data } = stored.data;
    const created = Number(row.at);
    return {
      ...stored,
      id: impliedId(row.a, row.b),
      ocid: null,
      created,
      lastModified: Math.max(created, stored.lastModified),
      data: {
        ...data,
        grantMechanism: 'GROUP_MEMBERSHIP',
        grantee: { type: 'User', value: row.one },
        grantor: { type: 'Group', value: row.two },
      },
    };
  },
};

function select(filter: Filter | null, target: FilterTarget): { sql: string; rest: Filter | null } | null {
  const { domainId, parameters } = target;
  const parts = partsOf(filter);
  // First, so that a statement without this part has no parameters of it.
  if (parts.some((part) => askedId(part) === null || (isSame(part) && !matches(part, SAME)))) return null;
  const ofGrant: string[] = [];
  const ofMember: ((column: string) => string)[] = [];
  const rest: Filter[] = [];
  let id = '';
  let narrow = false;
  for (const part of parts) {
    if (isSame(part)) continue;
    const asked = askedId(part);
    const users = keysFor(part, 'grantee.value');
    const paths = pathsOf(part);
    if (asked) {
      ofGrant.push(`r.seq = ${parameters.add(asked.a)}::bigint`);
      id = ` AND h.b = ${parameters.add(asked.b)}::bigint`;
    } else if (users !== null) {
      ofMember.push((column) => isOneOf(column, users, parameters));
      narrow = true;
    } else if (paths.every((path) => !OTHERS.has(path.split('.')[0]!))) {
      ofGrant.push(filterToSql(part, target));
    } else rest.push(part);
  }
  const key = `${parameters.add(searchKey(domainId, 'Grant'))}::text`;
  const held = membershipGrantsSql({ key, type: '$2', ofGrant, ofMember, narrow }, parameters);
  // Computed where a filter or an order names them only.
  const search = `jsonb_set(h.search, ARRAY[${key}], (h.search -> ${key}) - 'compositeKey' || jsonb_build_object(
    'grantMechanism', 'GROUP_MEMBERSHIP'::text, 'grantee', jsonb_build_object('type', 'User'::text, 'value', h.one),
    'grantor', jsonb_build_object('type', 'Group'::text, 'value', h.two)))`;
  return {
    sql: `SELECT h.a, h.b, h.one, h.two, h.at, ${impliedIdSql('h.a', 'h.b')} AS id, NULL::text AS ocid, NULL::text AS name_lc,
      h.a AS seq, $2::text AS type, h.version, h.at AS created_at, GREATEST(h.at, h.modified_at) AS modified_at, ${search} AS search
      FROM (${held}) h WHERE TRUE${id}`,
    rest: allOf(rest),
  };
}

/** Whether a part speaks of nothing but what is the same in all of them. */
function isSame(part: Filter): boolean {
  return pathsOf(part).every((path) => SAME_PATHS.has(path));
}

/** What is asked of Grants to Groups and of their members, in SQL. */
export interface MembershipGrants {
  /** The key of Grants' search copies. */
  readonly key: string;
  /** The type's name. */
  readonly type: string;
  /** Conditions of the Group's Grant `r`. */
  readonly ofGrant: readonly string[];
  /** Conditions of a member's id, given its column. */
  readonly ofMember: readonly ((column: string) => string)[];
  /** Whether those name few users. */
  readonly narrow: boolean;
}

/** SELECT of (a: the Group's Grant, b: its member, one: the user's id, two: the Group's id, at, modified_at, version, search). */
export function membershipGrantsSql(asked: MembershipGrants, parameters: SqlParameters): string {
  const { key, narrow } = asked;
  const isGrant = [`(r.domain_id = $1 AND r.type = ${asked.type}) IS TRUE`, ...asked.ofGrant].join(' AND ');
  const member = (column: string) => asked.ofMember.map((each) => ` AND ${each(column)}`).join('');
  // From few users the way goes over their groups to the Grants; otherwise from the Grants to the members of their groups.
  const ofGroup = narrow
    ? grantHas(key, 'grantee', 'value', 'm.source_id')
    : `${grantHas(key, 'grantee', 'type', "'Group'::text")} AND m.source_id = r.search -> ${key} -> 'grantee' ->> 'value'`;
  const everybody = `${parameters.add(EVERYBODY_GROUP_ID)}::text`;
  return `SELECT r.seq AS a, m.seq AS b, m.target_id AS one, m.source_id AS two,
      GREATEST(r.created_at, m.created_at) AS at, r.modified_at, r.version, r.search
    FROM edge m JOIN resource r ON ${ofGroup}
    WHERE m.domain_id = $1 AND m.kind = 'member'${member('m.target_id')} AND ${isGrant}
    UNION ALL SELECT r.seq, u.seq, u.id, ${everybody}, GREATEST(r.created_at, u.created_at), r.modified_at, r.version, r.search
    FROM resource r JOIN resource u ON u.domain_id = $1 AND (u.type = 'User') ${narrow ? 'IS TRUE' : ''}${member('u.id')}
    WHERE ${grantHas(key, 'grantee', 'value', everybody)} AND ${isGrant}`;
}

/** SQL for "the Grant `r` has this": an entry of the index. */
export function grantHas(key: string, attribute: string, part: string, value: string): string {
  return `r.search @> jsonb_build_object(${key}, jsonb_build_object('${attribute}', jsonb_build_object('${part}', ${value})))`;
}
