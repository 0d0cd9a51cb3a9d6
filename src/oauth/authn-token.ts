import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { AuthenticationClient } from '../signin/authentication/authentication-services.ts';
import type { FinishedSignIn } from '../signin/authentication/finish.ts';
import type { ReadAuthnToken } from '../signin/authentication/sdk-client.ts';
import { hasEnded } from '../signin/ended-sessions.ts';
import type { SignInContext } from '../signin/sign-in-services.ts';
import { findActiveUser } from './active-user.ts';
import { findClient } from './client.ts';
import { readDomainToken } from './domain-token.ts';
import { issuerOf } from './issuer.ts';
import { signJwt } from './jwt.ts';
import { isRevoked } from './revoked-tokens.ts';
import { identityTokenClaims } from './token/claims.ts';
import { newSubject } from './token/subject.ts';
import type { OAuthServices } from './token/token-request.ts';

/*
 * The authnToken: what a sign-in by the Authentication API ends with. IDCS: oauth.md §7.2: an identity token whose `aud` and `azp` have
 * the client's name, whose authn_strength is a number, and whose `acs`, opaque, says what the session is for.
 */

/** Signs the token of a sign-in that is over. */
export async function signAuthnToken(
  services: OAuthServices,
  context: SignInContext,
  { name }: AuthenticationClient,
  finished: FinishedSignIn,
): Promise<string> {
  const { domain, baseUrl } = context;
  const client = await findClient(services.store, domain, name);
  const user = await services.store.resources.read(domain.id, 'User', finished.userId);
  // Both were there a moment ago.
  if (client === null || user === null) throw new Error('the client or the user of a sign-in is gone');
  const { amr, authenticated, sid: sessionId } = finished;
  const expires = Math.floor(finished.expires / 1000);
  const subject = {
    ...(await newSubject(services, context, user, { amr, authenticated, sessionExpires: expires })),
    sessionId,
  };
  const issuer = issuerOf(domain, baseUrl, services.strictIssuer);
  const issuedAt = Math.floor(context.clock.now() / 1000);
  const facts = { domain, baseUrl, issuer, client, subject, issuedAt, expires, origin: {} };
  const claims = identityTokenClaims(facts, null, services.ids);
  claims['aud'] = [issuer, client.name, client.displayName];
  claims['azp'] = client.displayName;
  claims['authn_strength'] = 2;
  claims['acs'] = services.secrets.seal(
    JSON.stringify({ purpose: PURPOSE, continueTo: finished.continueTo, withoutSecond: finished.withoutSecond }),
  );
  return signJwt(await services.keys.signer(domain), claims);
}

const PURPOSE = 'authn-token';

/** Reads such a token; null when it is none of the domain, has expired, or its session or user is gone. */
export async function readAuthnToken(
  services: OAuthServices,
  context: SignInContext,
  token: string,
): Promise<ReadAuthnToken | null> {
  const { domain, clock } = context;
  const known = await readDomainToken(services.keys, domain, token);
  if (known === null || known.type !== 'IT' || known.expires * 1000 <= clock.now()) return null;
  const { claims, jti } = known;
  const sealed = openSealed(services, claims['acs']);
  if (sealed === null) return null;
  const sid = String(claims['sid']);
  const over = (await hasEnded(services.store, domain.id, sid)) || (await isRevoked(services.store, domain.id, jti));
  const user = over ? null : await findActiveUser({ ...context, store: services.store }, String(claims['user_id']));
  if (user === null) return null;
  const { amr, auth_time: authenticated } = claims;
  const { continueTo, withoutSecond } = sealed;
  return {
    jti,
    sid,
    userId: user.id,
    authenticated: Number(authenticated),
    expires: known.expires * 1000,
    amr: Array.isArray(amr) ? amr.map(String) : [],
    withoutSecond: withoutSecond === 'trusted' || withoutSecond === 'skipped' ? withoutSecond : null,
    continueTo: typeof continueTo === 'string' ? continueTo : null,
  };
}

function openSealed({ secrets }: OAuthServices, text: JsonValue | undefined): JsonObject | null {
  if (typeof text !== 'string') return null;
  try {
    const value = JSON.parse(secrets.open(text)) as JsonValue;
    return isObject(value) && value['purpose'] === PURPOSE ? value : null;
  } catch {
    return null;
  }
}
