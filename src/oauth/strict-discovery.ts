import { LANGUAGES } from '../pages/language.ts';
import type { JsonObject } from '../scim/json.ts';

/** What the recorded document says, as far as strict mode adds to it. */
interface RecordedLists {
  readonly grant_types_supported: readonly string[];
  readonly token_endpoint_auth_methods_supported: readonly string[];
}

/**
 * What strict OpenID libraries look for in discovery and the real service leaves out although it has it (oauth.md §5.1): shown in
 * strict OpenID mode only (IDCS_ISSUER=domain).
 * @param secureUrl the domain's address for client certificates; null: there is none
 */
export function strictMembers(recorded: RecordedLists, baseUrl: string, secureUrl: string | null): JsonObject {
  const members: JsonObject = {
    grant_types_supported: [...recorded.grant_types_supported, ...FURTHER_GRANTS],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    // RFC 9207 §3.
    authorization_response_iss_parameter_supported: true,
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    ui_locales_supported: [...LANGUAGES],
    code_challenge_methods_supported: ['plain', 'S256'],
    device_authorization_endpoint: `${baseUrl}/oauth2/v1/device`,
  };
  // RFC 8414 §2: `none` is how public clients authenticate.
  const methods = [...recorded.token_endpoint_auth_methods_supported, 'none'];
  members['token_endpoint_auth_methods_supported'] = methods;
  if (secureUrl !== null) {
    // RFC 8705 §2.2.1, §3.3, §5.
    methods.push('self_signed_tls_client_auth');
    members['tls_client_certificate_bound_access_tokens'] = true;
    members['mtls_endpoint_aliases'] = mtlsAliases(secureUrl);
  }
  return members;
}

const FURTHER_GRANTS = [
  'implicit',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:saml2-bearer',
  'urn:ietf:params:oauth:grant-type:token-exchange',
];

function mtlsAliases(secureUrl: string): JsonObject {
  return {
    token_endpoint: `${secureUrl}/oauth2/v1/token`,
    revocation_endpoint: `${secureUrl}/oauth2/v1/revoke`,
    introspection_endpoint: `${secureUrl}/oauth2/v1/introspect`,
    userinfo_endpoint: `${secureUrl}/oauth2/v1/userinfo`,
    device_authorization_endpoint: `${secureUrl}/oauth2/v1/device`,
  };
}
