import { isOcid } from '../ids.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { FilterTarget } from './filter-to-sql.ts';
import { grantHas, membershipGrantsSql } from './implied-grants.ts';
import { impliedId, impliedIdSql } from './implied-id.ts';
import { allOf, askedId, type ImpliedRows, isOneOf, keysFor, partsOf } from './implied-type.ts';
import { idOfOcid } from './row-filter.ts';
import { FALSE, searchKey, TRUE } from './search-document.ts';
import type { SqlParameters } from './sql-parameters.ts';

/*
 * AccountMgmtInfos: one for each user and App that Grants give to the user, directly or by a group. They are as old as the oldest
 * of those Grants, and gone with the last.
 */

/** What an account repeats of its App. IDCS: schema reference of AccountMgmtInfo.app. */
const OF_APP = [
  'description',
  'isLoginTarget',
  'showInMyApps',
  'active',
  'loginMechanism',
  'appIcon',
  'appThumbnail',
  'isUnmanagedApp',
  'isManagedApp',
  'isAliasApp',
  'isOPCService',
  'serviceTypeURN',
  'meterAsOPCService',
  'isOAuthResource',
  'audience',
];

/** The accounts of users at Apps. */
export const impliedAccounts: ImpliedRows = {
  hasRows: false,
  select,
  page: `SELECT app.data::text AS app, u.data::text AS owner, md5(app.version || u.version) AS version,
      GREATEST(app.modified_at, u.modified_at)::text AS modified, u.seq::text AS owner_seq, (u.secret -> 'favoriteApps')::text AS favorites
    FROM resource app JOIN resource u ON u.domain_id = $1 AND u.id = p.two AND (u.type = 'User') IS TRUE
    WHERE app.domain_id = $1 AND app.id = p.one AND (app.type = 'App') IS TRUE LIMIT 1`,
  toResource(row) {
    const created = Number(row.at);
    const favorites = JSON.parse(row['favorites'] ?? 'null') as JsonValue;
    return {
      id: impliedId(row.a, row['owner_seq']!),
      ocid: null,
      type: 'AccountMgmtInfo',
      seq: Number(row.a),
      version: row['version']!,
      created,
      lastModified: Math.max(created, Number(row['modified'])),
      data: accountOf(
        { id: row.one!, data: JSON.parse(row['app']!) as JsonObject },
        { id: row.two!, data: JSON.parse(row['owner']!) as JsonObject },
        Array.isArray(favorites) && favorites.includes(row.one!),
      ),
    };
  },
};

interface Party {
  readonly id: string;
  readonly data: JsonObject;
}

// That only a managed App's is an account, and that the account is called as the user, are inferred.
function accountOf(app: Party, owner: Party, favorite: boolean): JsonObject {
  const { userName, displayName, emails, active } = owner.data;
  const facts = OF_APP.flatMap((name) => (app.data[name] === undefined ? [] : [[name, app.data[name]!]]));
  const mail = Array.isArray(emails) ? emails.find((each) => isObject(each) && each['primary'] === true) : undefined;
  return {
    uid: owner.id,
    name: userName ?? owner.id,
    active: active !== false,
    isAccount: app.data['isManagedApp'] === true,
    favorite,
    compositeKey: `${app.id}_${owner.id}`,
    app: { value: app.id, display: app.data['displayName'] ?? app.id, ...Object.fromEntries(facts) },
    owner: {
      value: owner.id,
      display: displayName ?? userName ?? owner.id,
      ...(userName === undefined ? {} : { userName }),
      ...(isObject(mail) && mail['value'] !== undefined ? { email: mail['value'] } : {}),
    },
  };
}

function select(
  filter: Filter | null,
  target: FilterTarget,
  bySeq: boolean,
): { sql: string; rest: Filter | null } | null {
  const { domainId, parameters } = target;
  const key = `${parameters.add(searchKey(domainId, 'Grant'))}::text`;
  const ofGrant: string[] = [];
  const ofMember: ((column: string) => string)[] = [];
  const ofApp: string[] = [];
  const direct: string[] = [];
  const rest: Filter[] = [];
  const has = (attribute: string, ids: readonly string[]) =>
    `(${ids.map((id) => grantHas(key, attribute, 'value', id)).join(' OR ')})`;
  for (const part of partsOf(filter)) {
    const asked = askedId(part);
    if (asked === null) return null;
    const owners = keysFor(part, 'owner.value');
    const apps = keysFor(part, 'app.value');
    if (asked !== undefined) {
      const user = idOfSeq('User', asked.b, parameters);
      const app = idOfSeq('App', asked.a, parameters);
      ofGrant.push(has('app', [app]));
      ofApp.push(` AND app.id = ${app}`);
      ofMember.push((column) => `${column} = ${user}`);
      direct.push(has('grantee', [user]));
    } else if (owners !== null) {
      ofMember.push((column) => isOneOf(column, owners, parameters));
      direct.push(has('grantee', idsOf(owners, parameters)));
    } else if (apps !== null) {
      ofGrant.push(has('app', idsOf(apps, parameters)));
      // Said of the App too: the server would look through the whole domain for it.
      ofApp.push(` AND ${isOneOf('app.id', apps, parameters)}`);
    } else rest.push(part);
  }
  const type = parameters.add('Grant');
  const narrow = ofMember.length > 0;
  const byGroup = membershipGrantsSql({ key, type, ofGrant, ofMember, narrow }, parameters);
  const own = [
    `(r.domain_id = $1 AND r.type = ${type}) IS TRUE`,
    grantHas(key, 'grantee', 'type', "'User'::text"),
    ...ofGrant,
    ...direct,
  ].join(' AND ');
  const held = `SELECT h.search -> ${key} -> 'app' ->> 'value' AS one, h.two, min(h.at) AS at FROM (
      SELECT r.search, r.search -> ${key} -> 'grantee' ->> 'value' AS two, r.created_at AS at FROM resource r WHERE ${own}
      UNION ALL SELECT g.search, g.one, g.at FROM (${byGroup}) g) h GROUP BY 1, 2`;
  const ofHeld = `FROM (${held}) h JOIN resource app ON app.domain_id = $1 AND app.id = h.one${ofApp.join('')} AND (app.type = 'App') IS TRUE`;
  // Of 50,000 users with an App a page looks at its own only: by the App's age and the user's id.
  if (bySeq && rest.length === 0) {
    return { sql: `SELECT app.seq AS a, NULL::bigint AS b, h.one, h.two, h.at, app.seq ${ofHeld}`, rest: null };
  }
  return {
    sql: `SELECT app.seq AS a, u.seq AS b, h.one, h.two, h.at, ${impliedIdSql('app.seq', 'u.seq')} AS id, NULL::text AS ocid,
      app.seq, $2::text AS type, md5(app.version || u.version) AS version, h.at AS created_at,
      GREATEST(h.at, app.modified_at, u.modified_at) AS modified_at, ${searchSql(domainId, parameters)} AS search
      ${ofHeld} JOIN resource u ON u.domain_id = $1 AND u.id = h.two AND (u.type = 'User') IS TRUE`,
    rest: allOf(rest),
  };
}

/** What filters and orders look at: computed where one names it only. */
function searchSql(domainId: number, parameters: SqlParameters): string {
  const app = `(app.search -> ${parameters.add(searchKey(domainId, 'App'))}::text)`;
  const user = `(u.search -> ${parameters.add(searchKey(domainId, 'User'))}::text)`;
  const mail = `(SELECT e -> 'value' FROM jsonb_array_elements(${user} -> 'emails') e WHERE e -> 'primary' ? '${TRUE}' LIMIT 1)`;
  const ofApp = ['isLoginTarget', 'showInMyApps', 'isAliasApp', 'isOAuthResource'].map(
    (name) => `'${name}', ${app} -> '${name}'`,
  );
  return `jsonb_build_object(${parameters.add(searchKey(domainId, 'AccountMgmtInfo'))}::text, jsonb_strip_nulls(jsonb_build_object(
    'uid', u.id, 'name', u.name_lc, 'active', ${flag('u.active IS NOT FALSE')}, 'compositeKey', app.id || '_' || u.id,
    'isAccount', ${app} -> 'isManagedApp',
    'favorite', ${flag(`COALESCE((u.secret -> 'favoriteApps')::jsonb ? app.id, FALSE)`)},
    'owner', jsonb_build_object('value', u.id, 'display', lower(u.display), 'userName', u.name_lc, 'email', ${mail}),
    'app', jsonb_build_object('value', app.id, 'display', lower(app.display), 'active', ${flag('app.active IS NOT FALSE')},
      'loginMechanism', lower(${app} ->> 'loginMechanism'), ${ofApp.join(', ')}))))`;
}

function flag(condition: string): string {
  return `jsonb_build_object(CASE WHEN ${condition} THEN '${TRUE}' ELSE '${FALSE}' END, jsonb_build_object())`;
}

/** SQL of the ids for which these ids or OCIDs stand. */
function idsOf(keys: readonly string[], parameters: SqlParameters): string[] {
  return keys.map((key) => (isOcid(key) ? idOfOcid(key, parameters) : `${parameters.add(key)}::text`));
}

function idOfSeq(type: string, seq: string, parameters: SqlParameters): string {
  return `(SELECT x.id FROM resource x WHERE x.domain_id = $1 AND x.type = '${type}' AND x.seq = ${parameters.add(seq)}::bigint)`;
}
