import type { JsonObject } from '../../scim/json.ts';
import type { Client } from '../client.ts';
import { issuerOf } from '../issuer.ts';
import { signJwt } from '../jwt.ts';
import { accessTokenClaims, identityTokenClaims, type TokenFacts, type TokenOrigin } from './claims.ts';
import { grantScope } from './granted-scope.ts';
import type { RequestedScope } from './requested-scope.ts';
import type { Subject } from './subject.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/** IDCS: oauth.md §7.3: seconds that an access token lives unless the request asks for another time. */
const ACCESS_TOKEN_LIFETIME = 3600;
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
 */
export async function issueTokens(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  requested: RequestedScope,
  subject: Subject | null,
  { wanted, origin = {} }: { wanted: WantedTokens; origin?: TokenOrigin },
): Promise<IssuedTokens> {
  const { domain, clock, baseUrl } = context;
  const lifetime = requested.expiry ?? ACCESS_TOKEN_LIFETIME;
  const issuedAt = Math.floor(clock.now() / 1000);
  const facts: TokenFacts = {
    domain,
    baseUrl,
    issuer: issuerOf(domain, baseUrl, services.strictIssuer),
    client,
    granted: grantScope(requested, {
      clientRoles: client.roles,
      userRoles: subject?.roles ?? null,
      onBehalfOfUser: client.allowedOperations.has('onBehalfOfUser'),
    }),
    subject,
    issuedAt,
    expires: issuedAt + lifetime,
    origin,
  };
  const signer = await services.keys.signer(domain);
  const accessToken = wanted.access ? await signJwt(signer, accessTokenClaims(facts, services.ids)) : null;
  let idToken: string | null = null;
  if (wanted.identity && subject !== null) {
    const identity = { ...facts, subject, expires: subject.sessionExpires ?? issuedAt + SESSION_LIFETIME };
    idToken = await signJwt(signer, identityTokenClaims(identity, accessToken, services.ids));
  }
  return { accessToken, expiresIn: lifetime, idToken };
}

/**
 * Signs the tokens of a successful token request and makes the answer (RFC 6749 §5.1).
 * IDCS: shapes.md §7: neither `scope` nor, without `openid`, `id_token`.
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
  const wanted = { access: true, identity: subject !== null && requested.openId.includes('openid') };
  const issued = await issueTokens(services, context, client, requested, subject, { wanted, origin });
  const answer: JsonObject = { access_token: issued.accessToken, token_type: 'Bearer', expires_in: issued.expiresIn };
  if (issued.idToken !== null) answer['id_token'] = issued.idToken;
  return answer;
}
