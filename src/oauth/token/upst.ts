import type { KeyObject } from 'node:crypto';
import { newId } from '../../ids.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { issuerOf } from '../issuer.ts';
import { signJwt } from '../jwt.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/** IDCS: minutes that a UPST lives unless Settings.iamUpstSessionExpiry says otherwise; its default is not documented, an hour is inferred. */
const DEFAULT_MINUTES = 60;

/** What a UPST says. */
export interface UpstFacts {
  /** A User or App. */
  readonly principal: StoredResource;
  /** The caller's key: whoever uses the UPST proves to have its other half. */
  readonly publicKey: KeyObject;
  /** Whom the issuer named, where the principal stands in for somebody; null: the principal is the one. */
  readonly impersonated: string | null;
  /** Claims of the foreign token that the trust propagates. */
  readonly propagated: JsonObject;
}

/**
 * Signs a user principal session token, the one that signs OCI requests in place of an API key.
 * IDCS: oauth.md §2.11: the claims `jwk` and, when impersonated, `source_authn_prin`. The others are inferred from the domain's
 * other tokens; `tok_type` keeps it from being one of those.
 */
export async function signUpst(services: OAuthServices, context: OAuthContext, facts: UpstFacts): Promise<string> {
  const { domain, baseUrl, clock } = context;
  const { principal, publicKey, impersonated, propagated } = facts;
  const minutes = domain.settings['iamUpstSessionExpiry'];
  const issuedAt = Math.floor(clock.now() / 1000);
  const expires = issuedAt + 60 * (typeof minutes === 'number' && minutes > 0 ? minutes : DEFAULT_MINUTES);
  const isUser = principal.type === 'User';
  const claims: JsonObject = {
    ...propagated,
    iss: issuerOf(domain, baseUrl, services.strictIssuer),
    tok_type: 'UPST',
    ttype: 'upst',
    sub: principal.ocid ?? principal.id,
    sub_type: isUser ? 'user' : 'client',
    iat: issuedAt,
    exp: expires,
    sess_exp: expires,
    jti: newId(services.ids),
    tenant: domain.tenant,
    ca_ocid: domain.tenancyOcid,
    domain: domain.name,
    domain_id: domain.ocid,
    jwk: JSON.stringify({ ...publicKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }),
  };
  if (isUser) {
    claims['user_id'] = principal.id;
    claims['user_displayname'] = principal.data['displayName'] ?? principal.data['userName']!;
  } else {
    claims['client_guid'] = principal.id;
    claims['client_name'] = principal.data['displayName'] ?? principal.data['name']!;
  }
  if (impersonated !== null) claims['source_authn_prin'] = impersonated;
  return await signJwt(await services.keys.signer(domain), claims);
}
