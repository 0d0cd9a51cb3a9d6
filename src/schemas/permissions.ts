import { readFileSync } from 'node:fs';
import { schemaFile } from '../package-files.ts';

/** The ways of access that the AppRole table tells apart. `search` is POST /.search; `create` any other POST. */
export type AccessForm = 'list' | 'item' | 'search' | 'create' | 'put' | 'patch' | 'delete';

/** endpoint → form → AppRoles that may. Endpoints below /admin/v1 by their segment, others by their whole path. */
type Table = ReadonlyMap<string, ReadonlyMap<AccessForm, ReadonlySet<string>>>;

/** The AppRole that may do everything, and the only one that may give administrator roles away (approles.json, summaries). */
export const SUPERUSER = 'Identity Domain Administrator';

/** AppRoles of the domain itself that make their holder an administrator (approles.json, summaries). */
export const ADMINISTRATOR_ROLES: ReadonlySet<string> = new Set([
  SUPERUSER,
  'Security Administrator',
  'Application Administrator',
  'User Administrator',
  'User Manager',
  'Help Desk Administrator',
  'Audit Administrator',
]);

let table: Table | undefined;
const NOBODY: ReadonlySet<string> = new Set();

/**
 * Whether AppRoles give an access by the tables, or one of them is the superuser's. For a check beside the request's own: who may
 * change Apps may see their secrets, for example.
 */
export function holdsRight(roles: ReadonlySet<string>, endpoint: string, form: AccessForm): boolean {
  if (roles.has(SUPERUSER)) return true;
  const enough = rolesInTables(endpoint, form) ?? NOBODY;
  for (const role of roles) if (enough.has(role)) return true;
  return false;
}

/**
 * The AppRoles whose table rows allow an access; undefined when no table has the endpoint at all.
 * @param endpoint `Users`, or a whole path outside /admin/v1
 */
export function rolesInTables(endpoint: string, form: AccessForm): ReadonlySet<string> | undefined {
  table ??= load();
  const forms = table.get(endpoint);
  return forms === undefined ? undefined : (forms.get(form) ?? NOBODY);
}

function load(): Table {
  const url = schemaFile('permissions.json');
  const source = JSON.parse(readFileSync(url, 'utf8')) as Record<string, Record<string, string>>;
  const built = new Map<string, Map<AccessForm, Set<string>>>();
  for (const [role, endpoints] of Object.entries(source)) {
    if (role === '//') continue;
    for (const [endpoint, text] of Object.entries(endpoints)) {
      const forms = built.get(endpoint) ?? new Map<AccessForm, Set<string>>();
      built.set(endpoint, forms);
      for (const form of text.split(' ') as AccessForm[]) forms.set(form, (forms.get(form) ?? new Set()).add(role));
    }
  }
  return built;
}
