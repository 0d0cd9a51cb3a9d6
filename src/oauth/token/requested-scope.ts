import type { Client } from '../client.ts';
import { OAuthError } from './oauth-error.ts';
import { type ResourceApp, resourceApps, someAppHasTag } from './resource-apps.ts';
import type { ConsentScope, ResourceTarget } from './resource-target.ts';
import { asksForDomain, parseScope, type ScopeParameter } from './scope-parameter.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';
import {
  allowedConsumerScopes,
  CONSUMER_ALL,
  covers,
  shareTag,
  type Trust,
  tagsOf,
  trustAudience,
  trustOf,
} from './trust-scope.ts';

export type { ConsentScope, ResourceTarget } from './resource-target.ts';

/** A scope parameter with the resource applications that it names. */
export interface RequestedScope extends ScopeParameter {
  /** What access tokens are asked for beside the domain's own APIs, in the order of the request. */
  readonly targets: readonly ResourceTarget[];
  /** Parts that a user must have agreed to, unless the client has bypassConsent; in the order of the request. */
  readonly consent: readonly ConsentScope[];
}

/** More in one request would make a statement of any length; nobody's client is that busy. */
const MOST_RESOURCE_SCOPES = 200;

/**
 * What a scope parameter asks for, with the resource applications that it names looked up. A request that names none costs
 * no statement.
 * @throws OAuthError invalid_scope, or unauthorized_client for a resource application's scope that the client may not ask for
 */
export async function requestScope(
  services: Pick<OAuthServices, 'store'>,
  context: Pick<OAuthContext, 'domain'>,
  client: Client,
  text: string,
): Promise<RequestedScope> {
  const asked = parseScope(text);
  const { consumerScopes, resourceScopes } = asked;
  if (consumerScopes.length + resourceScopes.length === 0) return complete(asked, [], new Map());
  const trust = trustOf(client, context.domain);
  if (consumerScopes.length > 0) {
    checkConsumerScopes(asked);
    return complete(asked, [await consumerTarget(services, context, client, asked, trust)], new Map());
  }
  const apps = await allowedApps(services, context, client, resourceScopes, trust);
  const targets = targetsOf(resourceScopes, apps);
  // IDCS: Scopes.md: requests for scopes of several resources fail without it. That the domain's own scopes are those of another
  // resource is inferred: they belong to the built-in App.
  if (targets.length + (asksForDomain(asked) ? 1 : 0) > 1 && !asked.multiResource) {
    throw new OAuthError(
      'invalid_scope',
      'The scope parameter names scopes of several resources. Add urn:opc:resource:multiresourcescope, or ask for one resource.',
    );
  }
  return complete(asked, targets, apps);
}

function complete(
  asked: ScopeParameter,
  targets: readonly ResourceTarget[],
  apps: ReadonlyMap<string, ResourceApp>,
): RequestedScope {
  const consent = asked.openId.length + apps.size === 0 ? NOTHING : consentOf(asked, apps);
  return Object.assign(asked, { targets, consent });
}

const NOTHING: readonly ConsentScope[] = [];

/** IDCS: oauth.md §3: scopes with requiresConsent, and those of OpenID that tell of the user; `openid` alone tells nothing. */
function consentOf(asked: ScopeParameter, apps: ReadonlyMap<string, ResourceApp>): ConsentScope[] {
  const openId = new Set(asked.openId);
  return asked.parts.flatMap((part): ConsentScope[] => {
    if (openId.has(part)) return part === 'openid' ? [] : [{ scope: part, displayName: null, description: null }];
    const scope = apps.get(part)?.scopes.get(part);
    if (scope?.requiresConsent !== true) return [];
    return [{ scope: part, displayName: scope.displayName ?? scope.value, description: scope.description }];
  });
}

/**
 * IDCS: oauth.md §4.2: `consumer::all` stands alone except for offline_access, or the scope is invalid. For finer ones, which may
 * be several, the same is inferred.
 */
function checkConsumerScopes({ parts, consumerScopes, offlineAccess }: ScopeParameter): void {
  const others = parts.length - consumerScopes.length - (offlineAccess ? 1 : 0);
  if (others === 0 && (consumerScopes.length === 1 || !consumerScopes.includes(CONSUMER_ALL))) return;
  throw new OAuthError(
    'invalid_scope',
    `The scope ${consumerScopes[0]} can't be combined with other scopes except offline_access.`,
  );
}

async function consumerTarget(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: Pick<OAuthContext, 'domain'>,
  client: Client,
  { consumerScopes }: ScopeParameter,
  trust: Trust,
): Promise<ResourceTarget> {
  if (trust === 'Explicit') {
    throw unauthorized(`The scope ${consumerScopes[0]} needs the client's trustScope to be Account or Tags.`);
  }
  const allowed = allowedConsumerScopes(client);
  const refused = consumerScopes.find((scope) => !allowed.some((one) => covers(one, scope)));
  if (refused !== undefined) throw unauthorized(`The client's allowedScopes do not cover the scope ${refused}.`);
  const tags = tagsOf(client.data['allowedTags']);
  if (trust === 'Tags' && !(await someAppHasTag(store, domain, tags))) {
    throw unauthorized("None of the client's allowedTags is among the tags of an active resource application.");
  }
  return {
    audience: trustAudience(trust, tags),
    scopes: consumerScopes,
    appId: null,
    accessTokenExpiry: null,
    refreshTokenExpiry: null,
    // IDCS: Scopes.md prints a refresh token for `consumer::all offline_access`.
    allowOffline: true,
  };
}

/** The resource applications of all scopes, once the client may ask for each. */
async function allowedApps(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: Pick<OAuthContext, 'domain'>,
  client: Client,
  scopes: readonly string[],
  trust: Trust,
): Promise<ReadonlyMap<string, ResourceApp>> {
  if (scopes.length > MOST_RESOURCE_SCOPES) {
    throw new OAuthError('invalid_scope', `The scope parameter names more than ${MOST_RESOURCE_SCOPES} scopes.`);
  }
  const unlisted = scopes.filter((scope) => !client.allowedScopes.has(scope));
  // IDCS: access-all-resources: in the account mode a specific resource's scope needs consumer::all or the scope itself.
  const trusted = trust !== 'Explicit' && allowedConsumerScopes(client).some((scope) => covers(scope, CONSUMER_ALL));
  if (unlisted.length > 0 && !trusted) throw notListed(unlisted[0]!);
  const apps = await resourceApps(store, domain, scopes);
  for (const scope of scopes) {
    const app = apps.get(scope);
    if (app === undefined) {
      throw new OAuthError('invalid_scope', `No active resource application defines the scope ${scope}.`);
    }
    const listed = client.allowedScopes.has(scope);
    if (!listed && trust === 'Tags' && !shareTag(tagsOf(client.data['allowedTags']), app.tags)) throw notListed(scope);
  }
  return apps;
}

function targetsOf(scopes: readonly string[], apps: ReadonlyMap<string, ResourceApp>): readonly ResourceTarget[] {
  const values = new Map<ResourceApp, string[]>();
  for (const fqs of scopes) {
    const app = apps.get(fqs)!;
    const value = app.scopes.get(fqs)!.value;
    const known = values.get(app);
    if (known === undefined) values.set(app, [value]);
    else known.push(value);
  }
  return [...values].map(([app, bare]) => ({
    // IDCS: oauth.md §4.1: a string, or a list when there are secondary audiences.
    audience: app.secondaryAudiences.length === 0 ? app.audience : [app.audience, ...app.secondaryAudiences],
    scopes: bare,
    appId: app.id,
    accessTokenExpiry: app.accessTokenExpiry,
    refreshTokenExpiry: app.refreshTokenExpiry,
    allowOffline: app.allowOffline,
  }));
}

function notListed(scope: string): OAuthError {
  return unauthorized(`The scope ${scope} is not among the client's allowedScopes.`);
}

/** IDCS: oauth.md §4.1, §12: the first sentence is the service's own. */
function unauthorized(reason: string): OAuthError {
  return new OAuthError('unauthorized_client', `Client authorization failed. ${reason}`);
}
