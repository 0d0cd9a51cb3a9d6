import type { FastifyInstance, FastifyReply } from 'fastify';
import type { JsonObject } from '../scim/json.ts';
import { issuerOf } from './issuer.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/*
 * GET /.well-known/openid-configuration and /.well-known/idcs-configuration: what the real service says of itself, with this
 * domain's addresses.
 */

const HEADERS = { 'cache-control': 'no-cache, no-store, must-revalidate', pragma: 'no-cache' };
/** Verbs of what can only be read. */
export const READ_VERBS = 'GET,OPTIONS';

/** Mounts both documents. */
export function registerDiscovery(app: FastifyInstance, services: OAuthServices): void {
  const documents: Record<string, (context: OAuthContext) => JsonObject> = {
    '/.well-known/openid-configuration': (context) => openIdConfiguration(context, services.strictIssuer),
    '/.well-known/idcs-configuration': (context) => idcsConfiguration(context, services.strictIssuer),
  };
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
 * IDCS: oauth.md §5.1, the live values, grants and methods that this emulator doesn't have yet included: clients configure themselves
 * by this document. The `secure_*` addresses belong to the host for client certificates and are left out where there is none.
 * @param strict adds what strict OpenID libraries look for (IDCS_ISSUER=domain)
 */
export function openIdConfiguration({ domain, baseUrl }: OAuthContext, strict: boolean): JsonObject {
  const endpoint = (name: string) => `${baseUrl}/oauth2/v1/${name}`;
  return {
    issuer: issuerOf(domain, baseUrl, strict),
    authorization_endpoint: endpoint('authorize'),
    token_endpoint: endpoint('token'),
    userinfo_endpoint: endpoint('userinfo'),
    revocation_endpoint: endpoint('revoke'),
    introspection_endpoint: endpoint('introspect'),
    end_session_endpoint: endpoint('userlogout'),
    jwks_uri: `${baseUrl}/admin/v1/SigningCert/jwk`,
    ...STATIC,
    ...(strict
      ? { code_challenge_methods_supported: ['plain', 'S256'], device_authorization_endpoint: endpoint('device') }
      : {}),
  };
}

/** IDCS: oauth.md §5.2: a wrapper around the OpenID document; Oracle's SDKs read the Asserter's address from it. */
export function idcsConfiguration(context: OAuthContext, strict: boolean): JsonObject {
  const admin = (name: string) => `${context.baseUrl}/admin/v1/${name}`;
  return {
    configuration: { version: '1' },
    'access-configuration': {
      http_authentication_endpoint: admin('HTTPAuthenticator'),
      encryption_keys_endpoint: admin('EncryptionKeys'),
      password_authenticator_endpoint: admin('PasswordAuthenticator'),
      asserter_endpoint: admin('Asserter'),
    },
    'openid-configuration': openIdConfiguration(context, strict),
  };
}

const STATIC: JsonObject = {
  scopes_supported: [
    'openid',
    'profile',
    'offline_access',
    'email',
    'address',
    'phone',
    'groups',
    'get_groups',
    'approles',
    'get_approles',
  ],
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
