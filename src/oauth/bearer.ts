import type { X509Certificate } from 'node:crypto';
import { BoundedCache } from '../bounded-cache.ts';
import type { Clock } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import { matchesClientSecret } from '../resources/client-secret-digest.ts';
import type { Caller } from '../resources/request-context.ts';
import { ScimError } from '../scim/errors.ts';
import type { JsonObject, JsonValue } from '../scim/json.ts';
import type { Store } from '../store/store.ts';
import { keepsTokens } from './active-user.ts';
import { AUTHENTICATED, AUTHENTICATED_CLIENT } from './admin-scopes.ts';
import { certificateBinding, mayUseToken } from './certificate-binding.ts';
import { type Client, findClient } from './client.ts';
import { parseBasicCredentials } from './client-secret.ts';
import { readDomainToken } from './domain-token.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { isRevoked } from './revoked-tokens.ts';
import { rolesOfUser } from './token/subject.ts';

/** What bearer authentication needs. */
export interface BearerServices {
  readonly store: Store;
  readonly keys: KeyRing;
}

/**
 * A Bearer token that is expired, garbled or of another domain. The gateway in front of the real service refuses those, in HTML
 * (scim.md §2); everything else that lacks rights is a ScimError.
 */
export class GatewayUnauthorized extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'GatewayUnauthorized';
  }
}

/**
 * Who makes a request, from its Authorization header: a Bearer access token of the domain, or a client's id and secret as
 * provisioning connectors send them.
 *
 * @param clock the domain's clock: decides whether the token has expired
 * @param certificate the client certificate of the connection: a token that is bound to one needs it (RFC 8705 §3)
 * @throws ScimError 401 without a token
 * @throws GatewayUnauthorized for a token that can't be used
 */
export async function authenticateBearer(
  services: BearerServices,
  domain: Domain,
  clock: Clock,
  header: string | undefined,
  certificate: X509Certificate | null = null,
): Promise<Caller> {
  const [scheme, credentials] = splitScheme(header ?? '');
  if (scheme === 'bearer') {
    if (credentials.includes('.')) return await tokenCaller(services, domain, clock, credentials, certificate);
    // IDCS: scim.md §2: Entra ID and Okta are told to use base64(clientId:clientSecret) as their token.
    const caller = await clientCaller(services, domain, credentials);
    if (caller === null) throw new GatewayUnauthorized('The Bearer token is neither a JWT nor client credentials.');
    return caller;
  }
  if (scheme === 'basic') {
    const caller = await clientCaller(services, domain, credentials);
    if (caller !== null) return caller;
  }
  throw new ScimError(401, 'Operation failed due to unauthorized access.', {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}

function splitScheme(header: string): [scheme: string, credentials: string] {
  const space = header.indexOf(' ');
  return space < 0 ? ['', ''] : [header.slice(0, space).toLowerCase(), header.slice(space + 1).trim()];
}

/** A verified token. Its signature is good for as long as the domain's keys stand; its times are checked at each use. */
interface VerifiedToken {
  readonly domainId: number;
  readonly epoch: number;
  readonly caller: Caller;
  /** RFC 8705 §3.1: thumbprint of the certificate that the token is bound to; null: it is bound to none. */
  readonly boundTo: string | null;
  /** Seconds since the Unix epoch. */
  readonly notBefore: number;
  readonly expires: number;
}

/** Tokens run to 5 KB: at most 10 MB of them. One cache a key ring, so that two emulators in a process share nothing. */
const CACHED_TOKENS = 2000;
const caches = new WeakMap<KeyRing, BoundedCache<string, VerifiedToken>>();

function verifiedTokens(keys: KeyRing): BoundedCache<string, VerifiedToken> {
  const cache = caches.get(keys) ?? new BoundedCache<string, VerifiedToken>(CACHED_TOKENS);
  caches.set(keys, cache);
  return cache;
}

async function tokenCaller(
  services: BearerServices,
  domain: Domain,
  clock: Clock,
  token: string,
  certificate: X509Certificate | null,
): Promise<Caller> {
  const cache = verifiedTokens(services.keys);
  let entry = cache.get(token);
  if (entry === undefined || entry.domainId !== domain.id || entry.epoch !== domain.epoch) {
    entry = await verifyToken(services, domain, token);
    cache.set(token, entry);
  }
  const now = Math.floor(clock.now() / 1000);
  if (now >= entry.expires) throw new GatewayUnauthorized('The token has expired.');
  if (now < entry.notBefore) throw new GatewayUnauthorized('The token is not valid yet.');
  if (!mayUseToken(entry.boundTo, certificate)) {
    throw new GatewayUnauthorized('The token is bound to a client certificate that the connection does not show.');
  }
  return entry.caller;
}

async function verifyToken({ keys, store }: BearerServices, domain: Domain, token: string): Promise<VerifiedToken> {
  const known = await readDomainToken(keys, domain, token);
  if (known === null) throw new GatewayUnauthorized('The token is not one of this domain.');
  const { claims } = known;
  if (known.type !== 'AT') throw new GatewayUnauthorized('The token is not an access token of this domain.');
  if (!list(claims['aud']).includes(adminAudience(domain))) {
    throw new GatewayUnauthorized('The token is meant for another audience.');
  }
  const named = callerOf(claims);
  // A reset keeps the keys but not the users; who is gone is nobody. Deletes and deactivations of users and Apps bump the epoch.
  const [subject, client, revoked, held] = await Promise.all([
    store.resources.read(domain.id, named.type, named.id),
    findClient(store, domain, named.clientId ?? ''),
    isRevoked(store, domain.id, known.jti),
    named.type === 'User' ? rolesOfUser(store, domain, named.id) : [],
  ]);
  if (subject === null) throw new GatewayUnauthorized('The subject of the token does not exist any more.');
  // That the real service does so too is inferred.
  if (!keepsTokens(subject)) throw new GatewayUnauthorized('The subject of the token is not active.');
  if (client?.active !== true) throw new GatewayUnauthorized('The client of the token is gone or not active.');
  // A revocation bumps the epoch too: a token that is remembered as good is looked at again.
  if (revoked) throw new GatewayUnauthorized('The token was revoked.');
  const name = text(subject.data[named.type === 'User' ? 'userName' : 'name']);
  const roles = stillHeld(named, held, client, claims['onBehalfOfUser'] === true);
  const caller = name === null ? { ...named, roles } : { ...named, roles, name };
  return {
    domainId: domain.id,
    epoch: domain.epoch,
    caller,
    boundTo: certificateBinding(claims),
    notBefore: number(claims['nbf'], 0),
    expires: known.expires,
  };
}

/**
 * The audience of tokens for the domain's own APIs that does not depend on the address by which the domain was asked.
 * IDCS: oauth.md §7.1, `aud` of an admin token.
 */
export function adminAudience(domain: Domain): string {
  return `urn:opc:lbaas:logicalguid=${domain.tenant}`;
}

/** The caller that a verified access token's claims describe. */
export function callerOf(claims: JsonObject): Caller {
  const clientRoles = list(claims['clientAppRoles']);
  const clientId = text(claims['client_id']);
  if (claims['sub_type'] !== 'user') {
    return {
      type: 'App',
      id: text(claims['client_guid']) ?? '',
      ocid: text(claims['client_ocid']),
      display: text(claims['client_name']) ?? '',
      roles: new Set(clientRoles),
      clientId,
    };
  }
  return {
    type: 'User',
    id: text(claims['user_id']) ?? '',
    ocid: text(claims['user_ocid']),
    display: text(claims['user_displayname']) ?? '',
    roles: userRoles(clientRoles, list(claims['userAppRoles']), claims['onBehalfOfUser'] === true),
    clientId,
  };
}

/**
 * IDCS: oauth.md §4: with a user present, what both the client and the user hold; for a client with the operation
 * onBehalfOfUser, what the user holds. What everybody has ("Authenticated ...") counts as it stands.
 */
function userRoles(client: readonly string[], user: readonly string[], onBehalfOfUser: boolean): ReadonlySet<string> {
  const clientHas = new Set(client);
  const roles = new Set(onBehalfOfUser ? user : user.filter((role) => clientHas.has(role) || role === AUTHENTICATED));
  if (clientHas.has(AUTHENTICATED_CLIENT)) roles.add(AUTHENTICATED_CLIENT);
  return roles;
}

/**
 * The roles of a token that its user and its client have not lost since: what is taken away ends at once, what is given counts from
 * the next token on. Who takes an AppRole of the domain away bumps the epoch.
 */
function stillHeld(
  { type, roles }: Caller,
  user: readonly string[],
  client: Client,
  onBehalfOfUser: boolean,
): ReadonlySet<string> {
  const clientHas = new Set([...client.roles, AUTHENTICATED_CLIENT]);
  const userHas = new Set([...user, AUTHENTICATED, AUTHENTICATED_CLIENT]);
  return new Set(
    [...roles].filter((role) =>
      type === 'App'
        ? clientHas.has(role)
        : userHas.has(role) && (onBehalfOfUser || role === AUTHENTICATED || clientHas.has(role)),
    ),
  );
}

async function clientCaller({ store }: BearerServices, domain: Domain, encoded: string): Promise<Caller | null> {
  const credentials = parseBasicCredentials(encoded);
  if (credentials === null) return null;
  const client = await findClient(store, domain, credentials.clientId);
  const hash = client?.secretHash ?? null;
  const matches = credentials.secrets.filter((secret) => matchesClientSecret(hash, secret)).length > 0;
  if (!matches || client === null || !client.active || !client.allowedGrants.has('client_credentials')) return null;
  return {
    type: 'App',
    id: client.id,
    ocid: client.ocid,
    display: client.displayName,
    name: client.name,
    roles: new Set([...client.roles, AUTHENTICATED_CLIENT]),
    clientId: client.name,
  };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function list(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function number(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
