import { isProgramAddress } from '../../resources/program-address.ts';
import type { Client } from '../client.ts';
import { OAuthError } from '../token/oauth-error.ts';
import type { AuthorizeParameters } from './parameters.ts';

/**
 * The redirect URI of a request: one of App.redirectUris, compared character by character (RFC 9700 §2.1).
 * IDCS: oauth.md §3, §12: the words of the refusal.
 * @param ecid the request's name in the log, which the service's words carry
 * @throws OAuthError that must not be sent to the redirect URI
 */
export function checkRedirectUri({ values, repeated }: AuthorizeParameters, client: Client, ecid: string): string {
  if (repeated.has('redirect_uri')) {
    throw new OAuthError('invalid_request', 'The parameter redirect_uri is sent more than once.');
  }
  const registered = registeredUris(client);
  const asked = values.get('redirect_uri');
  if (asked === undefined) {
    const [only, ...others] = registered;
    if (only !== undefined && others.length === 0 && mayLeadTo(only)) return only;
    throw new OAuthError(
      'invalid_request',
      'The parameter redirect_uri is missing. It can be left out only by a client with exactly one redirect URI.',
    );
  }
  if (registered.includes(asked) && mayLeadTo(asked)) return asked;
  throw new OAuthError(
    'invalid_redirect_uri',
    `Client ${client.name} requested an invalid redirect URL: ${asked}. ECID: ${ecid}`,
  );
}

/** Also an App of before such addresses were refused must not have them answered. */
function mayLeadTo(uri: string): boolean {
  return URL.canParse(uri) && !isProgramAddress(uri);
}

function registeredUris({ data }: Client): readonly string[] {
  const uris = data['redirectUris'];
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
}

/** What a page's CSP `form-action` must allow, so that the answer of its form may lead there: an origin, or a private scheme. */
export function formTargetOf(redirectUri: string): string {
  const { protocol, origin } = new URL(redirectUri);
  return origin === 'null' ? protocol : origin;
}
