import type { Caller } from '../resources/request-context.ts';
import { type AccessForm, holdsRight, rolesInTables, SUPERUSER } from '../schemas/permissions.ts';
import { ScimError } from '../scim/errors.ts';

export type { AccessForm } from '../schemas/permissions.ts';

const SIGNED_IN = 'Authenticated';
const READS: ReadonlySet<AccessForm> = new Set(['list', 'item', 'search']);

/**
 * Checks that a caller may use an endpoint in one way.
 *
 * @param mode `relaxed`: any valid token may do anything (IDCS_AUTHZ)
 * @param endpoint the segment below /admin/v1: `Users`
 * @throws ScimError 401 that names the AppRoles which would do
 */
export function authorize(caller: Caller, mode: 'enforce' | 'relaxed', endpoint: string, form: AccessForm): void {
  if (mode === 'relaxed') return;
  if (isClosed(endpoint, form)) throw unauthorized(`Nobody may ${VERBS[form]} ${endpoint}.`);
  if (holdsRight(caller.roles, endpoint, form) || isOpen(caller, endpoint)) return;
  const names = [SUPERUSER, ...[...(rolesInTables(endpoint, form) ?? [])].sort()];
  const needed = names.length === 1 ? `the AppRole ${SUPERUSER}` : `one of the AppRoles ${names.join(', ')}`;
  throw unauthorized(`To ${VERBS[form]} ${endpoint} the token needs ${needed}.`);
}

/**
 * The same for what jobs read, write and say. IDCS: flows.md D: that is the administrators'. The table of "Authenticated Client" has
 * reads of it too; but an export holds all users, and every client and user has that role.
 * @throws ScimError 401
 */
export function authorizeAdministrator(
  caller: Caller,
  mode: 'enforce' | 'relaxed',
  endpoint: string,
  form: AccessForm,
): void {
  const roles = new Set([...caller.roles].filter((role) => role !== EVERY_CLIENT));
  authorize({ ...caller, roles }, mode, endpoint, form);
}

const EVERY_CLIENT = 'Authenticated Client';

/** IDCS: shapes.md §15: OAuthConfig writes and EncryptionKeys reads are denied, to the administrator too. */
function isClosed(endpoint: string, form: AccessForm): boolean {
  if (endpoint === 'OAuthConfig') return !READS.has(form);
  return endpoint === 'EncryptionKeys' && READS.has(form);
}

/** Bulk: each operation is authorized by itself. My*: any signed-in user; the type shows a caller its own rows only. */
function isOpen(caller: Caller, endpoint: string): boolean {
  if (endpoint === 'Bulk') return true;
  return caller.type === 'User' && caller.roles.has(SIGNED_IN) && /^My[A-Z]/.test(endpoint);
}

const VERBS: Readonly<Record<AccessForm, string>> = {
  list: 'list',
  item: 'read',
  search: 'search',
  create: 'POST to',
  put: 'PUT to',
  patch: 'PATCH',
  delete: 'DELETE from',
};

/**
 * IDCS: scim.md §2: a missing or insufficient permission is a 401 in SCIM form. The first sentence is the service's own; the
 * second is ours, so that whoever set up the client sees what to grant.
 */
function unauthorized(hint: string): ScimError {
  return new ScimError(401, `Operation failed due to unauthorized access. ${hint}`, {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}
