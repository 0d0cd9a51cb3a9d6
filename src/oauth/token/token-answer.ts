import type { JsonObject } from '../../scim/json.ts';
import type { Client } from '../client.ts';
import { issuerOf } from '../issuer.ts';
import { signJwt } from '../jwt.ts';
import { accessTokenClaims, identityTokenClaims, type TokenFacts } from './claims.ts';
import { grantScope } from './granted-scope.ts';
import type { RequestedScope } from './requested-scope.ts';
import type { Subject } from './subject.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/** IDCS: oauth.md §7.3: seconds that an access token lives unless the request asks for another time. */
const ACCESS_TOKEN_LIFETIME = 3600;
/** IDCS: oauth.md §7.3: an identity token lives as long as a session, 8 hours; seconds. */
const SESSION_LIFETIME = 8 * 3600;

/**
 * Signs the tokens of a successful request and makes the answer (RFC 6749 §5.1).
 * IDCS: shapes.md §7: neither `scope` nor, without `openid`, `id_token`.
 * @param subject null for a client's own token
 */
export async function answerWithTokens(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  requested: RequestedScope,
  subject: Subject | null,
): Promise<JsonObject> {
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
  };
  const signer = await services.keys.signer(domain);
  const accessToken = await signJwt(signer, accessTokenClaims(facts, services.ids));
  const answer: JsonObject = { access_token: accessToken, token_type: 'Bearer', expires_in: lifetime };
  if (subject !== null && requested.openId.includes('openid')) {
    const identity = { ...facts, subject, expires: issuedAt + SESSION_LIFETIME };
    answer['id_token'] = await signJwt(signer, identityTokenClaims(identity, accessToken, services.ids));
  }
  return answer;
}
