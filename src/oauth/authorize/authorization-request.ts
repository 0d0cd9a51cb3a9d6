import type { Client } from '../client.ts';
import { OAuthError } from '../token/oauth-error.ts';
import { type RequestedScope, requestScope } from '../token/requested-scope.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import type { AuthorizeParameters } from './parameters.ts';
import { type CodeChallenge, readCodeChallenge } from './pkce.ts';
import { type Prompt, readMaxAge, readPrompt } from './prompt.ts';
import type { ReplyAddress } from './reply-address.ts';
import { readResponseMode } from './response-mode.ts';
import { type ResponseType, readResponseType } from './response-type.ts';

/** An authorization request that may be answered, once the user has signed in and agreed. */
export interface AuthorizationRequest {
  readonly client: Client;
  /** Where and how the answer goes. */
  readonly address: ReplyAddress;
  readonly type: ResponseType;
  /** The scope parameter as sent. */
  readonly scope: string;
  readonly requested: RequestedScope;
  readonly nonce: string | undefined;
  readonly challenge: CodeChallenge | null;
  readonly prompt: ReadonlySet<Prompt>;
  /** Seconds since the sign-in at most; null: any session will do. */
  readonly maxAge: number | null;
  readonly loginHint: string | undefined;
  readonly idTokenHint: string | undefined;
  /** Languages that pages are wanted in. */
  readonly uiLocales: string | undefined;
}

/** Parameters that discovery says are unsupported, with the error that OpenID Connect Core §3.1.2.6 has for each. */
const UNSUPPORTED = [
  ['request', 'request_not_supported'],
  ['request_uri', 'request_uri_not_supported'],
  ['registration', 'registration_not_supported'],
] as const;

/**
 * Checks what a client asks for; its redirect URI is known to be good.
 * @throws OAuthError for the client
 */
export async function readAuthorizationRequest(
  services: OAuthServices,
  context: OAuthContext,
  { values, repeated }: AuthorizeParameters,
  client: Client,
  address: ReplyAddress,
): Promise<AuthorizationRequest> {
  for (const name of repeated) throw new OAuthError('invalid_request', `The parameter ${name} is sent more than once.`);
  for (const [name, error] of UNSUPPORTED) {
    if (values.has(name)) throw new OAuthError(error, `The parameter ${name} is not supported. Leave it out.`);
  }
  const type = readResponseType(needed(values, 'response_type'));
  const mode = readResponseMode(values.get('response_mode'), type, address.redirectUri);
  checkGrants(client, type);
  const scope = values.get('scope');
  if (scope === undefined) throw new OAuthError('invalid_scope', 'The parameter scope is missing.');
  const nonce = values.get('nonce');
  const challenge = readCodeChallenge(values);
  const prompt = readPrompt(values.get('prompt'));
  const maxAge = readMaxAge(values.get('max_age')) ?? forcedMaxAge(client);
  const requested = await requestScope(services, context, client, scope);
  checkIdToken(type, requested, nonce);
  if (type.token && requested.multiResource) {
    // IDCS: oauth.md §4: of all grants only the implicit one has no answer for several resources.
    throw new OAuthError('invalid_scope', 'urn:opc:resource:multiresourcescope needs response_type code.');
  }
  return {
    client,
    address: { ...address, mode },
    type,
    scope,
    requested,
    nonce,
    challenge,
    prompt,
    maxAge,
    loginHint: values.get('login_hint'),
    idTokenHint: values.get('id_token_hint'),
    uiLocales: values.get('ui_locales'),
  };
}

function needed(values: ReadonlyMap<string, string>, name: string): string {
  const value = values.get(name);
  if (value !== undefined) return value;
  throw new OAuthError('invalid_request', `The parameter ${name} is missing.`);
}

/** IDCS: oauth.md §2: the grants of an App; that a hybrid request needs both is inferred. */
function checkGrants(client: Client, type: ResponseType): void {
  const grants = [...(type.code ? ['authorization_code'] : []), ...(type.token || type.idToken ? ['implicit'] : [])];
  const missing = grants.find((grant) => !client.allowedGrants.has(grant));
  if (missing === undefined) return;
  throw new OAuthError(
    'unauthorized_client',
    `Add ${missing} to the allowedGrants of the client to use this response_type.`,
  );
}

/**
 * IDCS: oauth.md §3: an identity token needs the scope openid; the service's example sends a nonce with it. That it must is
 * OpenID Connect Core §3.2.2.1 and §3.3.2.11, for tokens of this endpoint.
 */
function checkIdToken(type: ResponseType, requested: RequestedScope, nonce: string | undefined): void {
  if (!type.idToken) return;
  if (!requested.openId.includes('openid')) {
    throw new OAuthError('invalid_scope', 'The response_type id_token needs the scope openid.');
  }
  if (nonce === undefined) {
    throw new OAuthError('invalid_request', 'The parameter nonce is missing: response_type id_token needs one.');
  }
}

/** IDCS: oauth.md §9: minutes since the last sign-in, -1 or nothing for never; `max_age` beats it. @returns seconds */
function forcedMaxAge({ data }: Client): number | null {
  const minutes = data['forceReauthenticateAfterInMinutes'];
  return typeof minutes === 'number' && minutes >= 0 ? minutes * 60 : null;
}
