import type { JsonObject } from '../../scim/json.ts';
import type { Memberships } from '../../store/store.ts';
import type { Client } from '../client.ts';
import { issuerOf } from '../issuer.ts';
import { signJwt } from '../jwt.ts';
import { asksForMemberships, membershipClaims } from '../openid-claims.ts';
import { accessTokenClaims, identityTokenClaims, type TokenOrigin } from './claims.ts';
import { addCustomClaims, claimsNeedMemberships, customClaimsOf } from './custom-claims.ts';
import { grantResource, grantScope } from './granted-scope.ts';
import { defaultLifetimes } from './oauth-config.ts';
import { OAuthError } from './oauth-error.ts';
import type { RequestedScope, ResourceTarget } from './requested-scope.ts';
import { asksForDomain } from './scope-parameter.ts';
import { membershipsOfUser, type Subject } from './subject.ts';
import { accessTokenLifetime } from './token-lifetime.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/** IDCS: oauth.md §7.3: an identity token lives as long as a session, 8 hours; seconds. */
const SESSION_LIFETIME = 8 * 3600;

/** Which tokens a request gets. */
export interface WantedTokens {
  readonly access: boolean;
  /** An identity token; needs a subject. */
  readonly identity: boolean;
}

/** Signed tokens of one request. */
export interface IssuedTokens {
  readonly accessToken: string | null;
  /** Seconds that the access token lives. */
  readonly expiresIn: number;
  readonly idToken: string | null;
}

/**
 * Signs the tokens of a request: the one place where tokens come from, for the token endpoint and the authorization endpoint.
 * @param subject null for a client's own token
 * @throws OAuthError invalid_scope for an access token of a request for several resources: only the token endpoint can answer it
 */
export async function issueTokens(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  requested: RequestedScope,
  subject: Subject | null,
  { wanted, origin = {} }: { wanted: WantedTokens; origin?: TokenOrigin },
): Promise<IssuedTokens> {
  if (wanted.access && requested.multiResource) {
    // IDCS: Scopes.md: every grant but the implicit one.
    throw new OAuthError(
      'invalid_scope',
      'urn:opc:resource:multiresourcescope needs the token endpoint: ask for a code instead of a token.',
    );
  }
  const request = { services, context, client, requested, subject, origin };
  const access = wanted.access ? await signAccessToken(request, requested.targets[0] ?? null) : null;
  const idToken = wanted.identity ? await signIdentityToken(request, access?.token ?? null) : null;
  return { accessToken: access?.token ?? null, expiresIn: access?.expiresIn ?? 0, idToken };
}

/**
 * Signs the tokens of a successful token request and makes the answer (RFC 6749 §5.1).
 * IDCS: shapes.md §7: neither `scope` nor, without `openid`, `id_token`. Scopes.md: `tokenResponses` for several resources.
 * @param subject null for a client's own token
 */
export async function answerWithTokens(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  requested: RequestedScope,
  subject: Subject | null,
  origin: TokenOrigin = {},
): Promise<JsonObject> {
  const request = { services, context, client, requested, subject, origin };
  const tokens: AccessToken[] = [];
  for (const target of targetsOf(requested)) tokens.push(await signAccessToken(request, target));
  const bodies = tokens.map(({ token, expiresIn }) => ({
    access_token: token,
    token_type: 'Bearer',
    expires_in: expiresIn,
  }));
  const answer: JsonObject = requested.multiResource ? { tokenResponses: bodies } : bodies[0]!;
  if (subject !== null && requested.openId.includes('openid')) {
    answer['id_token'] = await signIdentityToken(request, tokens[0]!.token);
  }
  return answer;
}

/** One request's parties and wishes. */
interface TokenRequest {
  readonly services: OAuthServices;
  readonly context: OAuthContext;
  readonly client: Client;
  readonly requested: RequestedScope;
  readonly subject: Subject | null;
  readonly origin: TokenOrigin;
}

interface AccessToken {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** What access tokens are for, one each; null: the domain itself. */
function targetsOf(requested: RequestedScope): readonly (ResourceTarget | null)[] {
  const { targets } = requested;
  return targets.length === 0 ? [null] : asksForDomain(requested) ? [null, ...targets] : targets;
}

async function signAccessToken(request: TokenRequest, target: ResourceTarget | null): Promise<AccessToken> {
  const { services, context, client, requested, subject } = request;
  const issuedAt = Math.floor(context.clock.now() / 1000);
  const sessionExpires = subject?.sessionExpires ?? null;
  const expiresIn = accessTokenLifetime({
    custom: requested.expiry,
    resource: target?.accessTokenExpiry ?? null,
    session: sessionExpires === null ? null : sessionExpires - issuedAt,
    standard: (await defaultLifetimes(services.store, context.domain)).accessToken,
  });
  const granted =
    target !== null
      ? grantResource(requested, target, subject !== null)
      : grantScope(requested, {
          clientRoles: client.roles,
          userRoles: subject?.roles ?? null,
          onBehalfOfUser: client.allowedOperations.has('onBehalfOfUser'),
        });
  const facts = { ...factsOf(request), granted, issuedAt, expires: issuedAt + expiresIn };
  const claims = accessTokenClaims(facts, services.ids);
  const custom = customClaimsOf(context.domain, 'AT', requested.parts);
  if (custom.length > 0) {
    const memberships = claimsNeedMemberships(custom) ? await membershipsOf(request) : null;
    addCustomClaims(claims, custom, subject?.user.data ?? null, memberships);
  }
  const signer = await services.keys.signer(context.domain);
  return { token: await signJwt(signer, claims), expiresIn };
}

async function signIdentityToken(request: TokenRequest, accessToken: string | null): Promise<string | null> {
  const { services, context, requested, subject } = request;
  if (subject === null) return null;
  const issuedAt = Math.floor(context.clock.now() / 1000);
  const facts = {
    ...factsOf(request),
    subject,
    issuedAt,
    expires: subject.sessionExpires ?? issuedAt + SESSION_LIFETIME,
  };
  const claims = identityTokenClaims(facts, accessToken, services.ids);
  const custom = customClaimsOf(context.domain, 'IT', requested.parts);
  const scopes = new Set(requested.openId);
  const needed = asksForMemberships(scopes) || claimsNeedMemberships(custom);
  const memberships = needed ? await membershipsOf(request) : null;
  // IDCS: oauth.md §4 has groups and AppRoles in userinfo; that identity tokens carry them too is inferred.
  if (memberships !== null) Object.assign(claims, membershipClaims(memberships, scopes, context.baseUrl));
  addCustomClaims(claims, custom, subject.user.data, memberships);
  const signer = await services.keys.signer(context.domain);
  return await signJwt(signer, claims);
}

/** The groups and AppRoles of the request's user; null for a client's own token. */
async function membershipsOf({ services, context, subject }: TokenRequest): Promise<Memberships | null> {
  return subject === null ? null : await membershipsOfUser(services.store, context.domain, subject.user.id);
}

function factsOf({ services, context, client, subject, origin: asked }: TokenRequest) {
  const { domain, baseUrl, boundTo } = context;
  const origin = boundTo === undefined ? asked : { ...asked, certificateThumbprint: boundTo };
  return { domain, baseUrl, issuer: issuerOf(domain, baseUrl, services.strictIssuer), client, subject, origin };
}
