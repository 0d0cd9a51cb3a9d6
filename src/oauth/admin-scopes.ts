import { readFileSync } from 'node:fs';
import { schemaFile } from '../package-files.ts';

/** The AppRole that every client's token carries. */
export const AUTHENTICATED_CLIENT = 'Authenticated Client';
/** The AppRole that every signed-in user's token carries. */
export const AUTHENTICATED = 'Authenticated';
/** What the names of the domain's own scopes begin with. */
export const ADMIN_SCOPE_PREFIX = 'urn:opc:idm:';

let byRole: ReadonlyMap<string, readonly string[]> | undefined;
let known: ReadonlySet<string> | undefined;

/**
 * The admin scopes that follow from an AppRole, with their prefix; none for an AppRole that we know of no scopes for.
 * IDCS: oauth.md §4.3: AppRoles translate to scopes, but no table of them is published: src/schemas/admin-scopes.json says
 * which were seen and which are inferred.
 */
export function scopesOfRole(role: string): readonly string[] {
  return table().get(role) ?? [];
}

/** Whether any AppRole gives this scope (with its prefix). */
export function isAdminScope(scope: string): boolean {
  known ??= new Set([...table().values()].flat());
  return known.has(scope);
}

function table(): ReadonlyMap<string, readonly string[]> {
  if (byRole === undefined) {
    const url = schemaFile('admin-scopes.json');
    const { '//': _, ...rows } = JSON.parse(readFileSync(url, 'utf8')) as Record<string, { scopes: string }>;
    byRole = new Map(
      Object.entries(rows).map(([role, row]) => [role, row.scopes.split(' ').map((name) => ADMIN_SCOPE_PREFIX + name)]),
    );
  }
  return byRole;
}
