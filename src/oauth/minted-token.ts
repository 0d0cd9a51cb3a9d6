import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { Client } from './client.ts';
import { decodeJwtPart, signJwt } from './jwt.ts';
import { halfHash } from './token/claims.ts';
import { requestScope } from './token/requested-scope.ts';
import { newSubject } from './token/subject.ts';
import { issueTokens } from './token/token-answer.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/** A token that a test wants, whether the client may have it or not. */
export interface TokenWish {
  readonly client: Client;
  /** null: a token of the client itself. */
  readonly user: StoredResource | null;
  /** A scope parameter. */
  readonly scope: string;
  /** Seconds, below zero for a token that has expired; null: as the token endpoint would. */
  readonly expiresIn: number | null;
  /** Claims to add or to put in the place of others; null takes one away. */
  readonly claims: JsonObject;
  /** `aud` of the access token, or of the identity token where it is alone; null: as usual. */
  readonly audience: string | readonly string[] | null;
  /** `id` and `both` need a user. */
  readonly type: 'access' | 'id' | 'both';
}

/**
 * Mints tokens with the domain's own key: what a test needs and no grant would give. A development aid, behind the control plane's
 * guard; nothing of the kind exists in the real service.
 * @returns a token answer
 * @throws OAuthError for a scope that does not exist or needs an application that does not
 */
export async function mintTokens(services: OAuthServices, context: OAuthContext, wish: TokenWish): Promise<JsonObject> {
  const { client, type, audience } = wish;
  const requested = await requestScope(services, context, client, wish.scope);
  const subject = wish.user === null ? null : await newSubject(services, context, wish.user);
  const wanted = { access: type !== 'id', identity: type !== 'access' };
  const issued = await issueTokens(services, context, client, requested, subject, { wanted });
  const answer: JsonObject = { token_type: 'Bearer' };
  let accessToken: string | null = null;
  if (issued.accessToken !== null) {
    const claims = changed(claimsOf(issued.accessToken), wish, audience);
    accessToken = await sign(services, context, claims);
    Object.assign(answer, { access_token: accessToken, expires_in: lifetime(claims) });
  }
  if (issued.idToken !== null) {
    const usual = claimsOf(issued.idToken);
    if (wish.expiresIn !== null) usual['session_exp'] = Number(usual['iat']) + wish.expiresIn;
    if (accessToken !== null) usual['at_hash'] = halfHash(accessToken);
    const claims = changed(usual, wish, accessToken === null ? audience : null);
    answer['id_token'] = await sign(services, context, claims);
    answer['expires_in'] ??= lifetime(claims);
  }
  return answer;
}

function changed(usual: JsonObject, { expiresIn, claims }: TokenWish, audience: TokenWish['audience']): JsonObject {
  const own: JsonObject = { ...usual };
  if (expiresIn !== null) own['exp'] = Number(usual['iat']) + expiresIn;
  if (audience !== null) own['aud'] = typeof audience === 'string' ? audience : [...audience];
  const entries = Object.entries({ ...own, ...claims }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries);
}

async function sign(services: OAuthServices, { domain }: OAuthContext, claims: JsonObject): Promise<string> {
  return await signJwt(await services.keys.signer(domain), claims);
}

function lifetime({ iat, exp }: JsonObject): number {
  return typeof iat === 'number' && typeof exp === 'number' ? exp - iat : 0;
}

/** Of a token that was signed here. */
function claimsOf(token: string): JsonObject {
  return decodeJwtPart(token.split('.')[1]) ?? {};
}
