import { ADMIN_SCOPE_PREFIX, isAdminScope } from '../admin-scopes.ts';
import type { Client } from '../client.ts';
import { notBuiltYet, OAuthError } from './oauth-error.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/** A scope parameter, sorted by what its parts mean. */
export interface RequestedScope {
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
  /** Parts that a user must have agreed to, unless the client has bypassConsent; in the order of the request. */
  readonly consent: readonly ConsentScope[];
}

/** A scope that the consent page shows. */
export interface ConsentScope {
  /** As the request names it. */
  readonly scope: string;
  /** The resource application's words for it; null: the page has its own (openid profile email ...). */
  readonly displayName: string | null;
  readonly description: string | null;
}

/**
 * What a scope parameter asks for, with the resource applications that it names looked up.
 * @throws OAuthError invalid_scope, or unauthorized_client for a resource application's scope that the client may not ask for
 */
export async function requestScope(
  _services: OAuthServices,
  _context: OAuthContext,
  client: Client,
  text: string,
): Promise<RequestedScope> {
  return parseScope(text, client);
}

const MY_SCOPES = `${ADMIN_SCOPE_PREFIX}__myscopes__`;
const ROLE = `${ADMIN_SCOPE_PREFIX}role.`;
const EXPIRY = 'urn:opc:resource:expiry=';
const CONSUMER = 'urn:opc:resource:';
/** IDCS: oauth.md §7.3: the bounds of a custom expiry, in seconds; the upper one is a year. */
const MIN_EXPIRY = 60;
const MAX_EXPIRY = 31_556_952;
/** IDCS: oauth.md §5.1, `scopes_supported`. */
const OPEN_ID = new Set([
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'groups',
  'get_groups',
  'approles',
  'get_approles',
]);

/**
 * Reads a scope parameter (RFC 6749 §3.3).
 * @throws OAuthError invalid_scope, or unauthorized_client for a resource application's scope that the client may not ask for
 */
export function parseScope(text: string, client: Client): RequestedScope {
  const parts = [...new Set(text.split(' ').filter((part) => part !== ''))];
  const scope = {
    parts,
    myScopes: false,
    roles: [] as string[],
    adminScopes: [] as string[],
    openId: [] as string[],
    offlineAccess: false,
    expiry: null as number | null,
    consent: [] as ConsentScope[],
  };
  for (const part of parts) {
    if (part === MY_SCOPES) scope.myScopes = true;
    else if (part.startsWith(ROLE)) scope.roles.push(roleName(part.slice(ROLE.length)));
    else if (part === 'offline_access') scope.offlineAccess = true;
    else if (part.startsWith(EXPIRY)) scope.expiry = expirySeconds(part);
    else if (OPEN_ID.has(part)) scope.openId.push(part);
    else if (isAdminScope(part)) scope.adminScopes.push(part);
    else refuse(part, client);
  }
  if (!scope.myScopes && scope.roles.length + scope.adminScopes.length + scope.openId.length === 0) {
    throw new OAuthError(
      'invalid_scope',
      `The scope parameter asks for nothing to access; add ${MY_SCOPES}, for example.`,
    );
  }
  return scope;
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

function refuse(part: string, client: Client): never {
  if (part.startsWith(ADMIN_SCOPE_PREFIX)) {
    throw new OAuthError('invalid_scope', `The scope ${part} is not one of the domain's scopes.`);
  }
  if (client.allowedScopes.has(part) || part.startsWith(CONSUMER)) {
    throw notBuiltYet('invalid_scope', `The scope ${part} of a resource application`);
  }
  // IDCS: oauth.md §4.1, §12: the first sentence is the service's own.
  throw new OAuthError(
    'unauthorized_client',
    `Client authorization failed. The scope ${part} is not among the client's allowedScopes.`,
  );
}
