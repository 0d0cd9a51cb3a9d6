import { ADMIN_SCOPE_PREFIX, isAdminScope } from '../admin-scopes.ts';
import { SUPPORTED_SCOPES } from '../openid-scopes.ts';
import { OAuthError } from './oauth-error.ts';

/** A scope parameter (RFC 6749 §3.3), sorted by what its parts mean. */
export interface ScopeParameter {
  /** The parts as sent, without duplicates. */
  readonly parts: readonly string[];
  /** `urn:opc:idm:__myscopes__`: everything that the AppRoles give. */
  readonly myScopes: boolean;
  /** AppRoles named by `urn:opc:idm:role.<name>`. */
  readonly roles: readonly string[];
  /** Single admin scopes. */
  readonly adminScopes: readonly string[];
  /** `openid` and its companions. */
  readonly openId: readonly string[];
  readonly offlineAccess: boolean;
  /** `urn:opc:resource:expiry`, in seconds. */
  readonly expiry: number | null;
  /** `urn:opc:resource:multiresourcescope`: a token for each resource application that the request names. */
  readonly multiResource: boolean;
  /** Trust scopes: `urn:opc:resource:consumer::all` and finer ones. */
  readonly consumerScopes: readonly string[];
  /** All other parts: scopes of resource applications, audience and value in one word. */
  readonly resourceScopes: readonly string[];
}

const MY_SCOPES = `${ADMIN_SCOPE_PREFIX}__myscopes__`;
const ROLE = `${ADMIN_SCOPE_PREFIX}role.`;
const EXPIRY = 'urn:opc:resource:expiry=';
const MULTI_RESOURCE = 'urn:opc:resource:multiresourcescope';
const CONSUMER = 'urn:opc:resource:consumer:';
/** IDCS: oauth.md §7.3: the bounds of a custom expiry, in seconds; the upper one is a year. */
const MIN_EXPIRY = 60;
const MAX_EXPIRY = 31_556_952;
/** `openid` and what says more about the user; offline_access asks for something else. */
const OPEN_ID = new Set(SUPPORTED_SCOPES.filter((scope) => scope !== 'offline_access'));

/**
 * Reads a scope parameter.
 * @throws OAuthError invalid_scope
 */
export function parseScope(text: string): ScopeParameter {
  const parts = [...new Set(text.split(' ').filter((part) => part !== ''))];
  const scope = {
    parts,
    myScopes: false,
    roles: [] as string[],
    adminScopes: [] as string[],
    openId: [] as string[],
    offlineAccess: false,
    expiry: null as number | null,
    multiResource: false,
    consumerScopes: [] as string[],
    resourceScopes: [] as string[],
  };
  for (const part of parts) {
    if (part === MY_SCOPES) scope.myScopes = true;
    else if (part.startsWith(ROLE)) scope.roles.push(roleName(part.slice(ROLE.length)));
    else if (part === 'offline_access') scope.offlineAccess = true;
    else if (part.startsWith(EXPIRY)) scope.expiry = expirySeconds(part);
    else if (part === MULTI_RESOURCE) scope.multiResource = true;
    else if (part.startsWith(CONSUMER)) scope.consumerScopes.push(part);
    else if (OPEN_ID.has(part)) scope.openId.push(part);
    else if (isAdminScope(part)) scope.adminScopes.push(part);
    else if (!part.startsWith(ADMIN_SCOPE_PREFIX)) scope.resourceScopes.push(part);
    else throw new OAuthError('invalid_scope', `The scope ${part} is not one of the domain's scopes.`);
  }
  const { openId, consumerScopes, resourceScopes } = scope;
  if (!asksForDomain(scope) && openId.length + consumerScopes.length + resourceScopes.length === 0) {
    throw new OAuthError(
      'invalid_scope',
      `The scope parameter asks for nothing to access; add ${MY_SCOPES}, for example.`,
    );
  }
  return scope;
}

/** Whether the domain's own APIs are asked for. */
export function asksForDomain({
  myScopes,
  roles,
  adminScopes,
}: Pick<ScopeParameter, 'myScopes' | 'roles' | 'adminScopes'>): boolean {
  return myScopes || roles.length + adminScopes.length > 0;
}

/** IDCS: oauth.md §4: the name arrives URL-encoded once more than the form, because scope is separated by spaces. */
function roleName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new OAuthError('invalid_scope', `The AppRole name in ${ROLE}${encoded} is not URL-encoded correctly.`);
  }
}

function expirySeconds(part: string): number {
  const digits = part.slice(EXPIRY.length);
  const seconds = /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN;
  if (seconds >= MIN_EXPIRY && seconds <= MAX_EXPIRY) return seconds;
  throw new OAuthError('invalid_scope', `${EXPIRY} needs a number of seconds from ${MIN_EXPIRY} to ${MAX_EXPIRY}.`);
}
