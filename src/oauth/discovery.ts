import type { FastifyInstance, FastifyReply } from 'fastify';
import type { JsonObject } from '../scim/json.ts';
import { issuerOf } from './issuer.ts';
import { SUPPORTED_SCOPES } from './openid-scopes.ts';
import { secureAddress } from './secure-address.ts';
import { strictMembers } from './strict-discovery.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/*
 * GET /.well-known/openid-configuration and /.well-known/idcs-configuration: what the real service says of itself, with this
 * domain's addresses.
 */

const HEADERS = { 'cache-control': 'no-cache, no-store, must-revalidate', pragma: 'no-cache' };
/** Verbs of what can only be read. */
export const READ_VERBS = 'GET,OPTIONS';

/** What the documents say of the server. */
type DiscoveryServices = Pick<OAuthServices, 'strictIssuer' | 'mtlsPort'>;

/** Mounts both documents; in strict mode also the name that RFC 8414 gives the first. */
export function registerDiscovery(app: FastifyInstance, services: OAuthServices): void {
  const documents: Record<string, (context: OAuthContext) => JsonObject> = {
    '/.well-known/openid-configuration': (context) => openIdConfiguration(context, services),
    '/.well-known/idcs-configuration': (context) => idcsConfiguration(context, services),
  };
  if (services.strictIssuer) {
    documents['/.well-known/oauth-authorization-server'] = (context) => openIdConfiguration(context, services);
  }
  for (const [path, document] of Object.entries(documents)) {
    app.get(path, (request, reply) => sendJson(reply, document(services.contextOf(request))));
    app.options(path, (_request, reply) => sendVerbs(reply, READ_VERBS));
  }
}

function sendJson(reply: FastifyReply, body: JsonObject): FastifyReply {
  return reply.headers(HEADERS).type('application/json;charset=utf-8').send(JSON.stringify(body));
}

/** IDCS: oauth.md §1: OPTIONS names the verbs in Access-Control-Allow-Methods. */
export function sendVerbs(reply: FastifyReply, verbs: string): FastifyReply {
  return reply.code(200).header('allow', verbs).header('access-control-allow-methods', verbs).send();
}

/**
 * IDCS: oauth.md §5.1: members, values and order of a live answer; clients configure themselves by this document. The `secure_*`
 * addresses are those of the port for client certificates (IDCS_MTLS_PORT) and are left out where there is none.
 */
function openIdConfiguration(
  { domain, baseUrl }: Pick<OAuthContext, 'domain' | 'baseUrl'>,
  { strictIssuer, mtlsPort }: DiscoveryServices,
): JsonObject {
  const secureUrl = secureAddress(baseUrl, mtlsPort());
  return {
    issuer: issuerOf(domain, baseUrl, strictIssuer),
    ...endpoints('', baseUrl),
    ...(secureUrl === null ? {} : endpoints('secure_', secureUrl)),
    jwks_uri: `${baseUrl}${JWKS}`,
    ...(secureUrl === null ? {} : { secure_jwks_uri: `${secureUrl}${JWKS}` }),
    ...STATIC,
    ...(strictIssuer ? strictMembers(STATIC, baseUrl, secureUrl) : {}),
  };
}

function endpoints(prefix: string, baseUrl: string): JsonObject {
  const all = Object.entries(ENDPOINTS);
  return Object.fromEntries(all.map(([name, path]) => [`${prefix}${name}_endpoint`, `${baseUrl}/oauth2/v1/${path}`]));
}

/** IDCS: oauth.md §5.2: a wrapper around the OpenID document; Oracle's SDKs read the Asserter's address from it. */
function idcsConfiguration(context: Pick<OAuthContext, 'domain' | 'baseUrl'>, services: DiscoveryServices): JsonObject {
  const admin = (name: string) => `${context.baseUrl}/admin/v1/${name}`;
  return {
    configuration: { version: '1' },
    'access-configuration': {
      http_authentication_endpoint: admin('HTTPAuthenticator'),
      encryption_keys_endpoint: admin('EncryptionKeys'),
      password_authenticator_endpoint: admin('PasswordAuthenticator'),
      asserter_endpoint: admin('Asserter'),
    },
    'openid-configuration': openIdConfiguration(context, services),
  };
}

const JWKS = '/admin/v1/SigningCert/jwk';

/** Members by what comes before `_endpoint`, in the order of a live answer. */
const ENDPOINTS = {
  authorization: 'authorize',
  token: 'token',
  userinfo: 'userinfo',
  revocation: 'revoke',
  introspection: 'introspect',
  end_session: 'userlogout',
} as const;

const STATIC = {
  scopes_supported: [...SUPPORTED_SCOPES],
  response_types_supported: [
    'code',
    'token',
    'id_token',
    'code token',
    'code id_token',
    'token id_token',
    'code token id_token',
  ],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  claims_supported: ['aud', 'exp', 'iat', 'iss', 'jti', 'sub'],
  grant_types_supported: [
    'client_credentials',
    'password',
    'refresh_token',
    'authorization_code',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'tls_cert_auth',
  ],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt', 'client_secret_post'],
  token_endpoint_auth_signing_alg_values_supported: ['RS256'],
  userinfo_signing_alg_values_supported: ['none'],
  ui_locales_supported: ['en'],
  claims_parameter_supported: false,
  http_logout_supported: true,
  logout_session_supported: false,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
  require_request_uri_registration: false,
  idcs_id_token: 'supported',
  idcs_logout_v3: 'supported',
};
