import { matchesClientSecret } from '../../resources/client-secret-digest.ts';
import { thumbprint } from '../../resources/oauth-certificate.ts';
import { type Client, findClient } from '../client.ts';
import { type ClientCredentials, parseBasicCredentials } from '../client-secret.ts';
import { isCertificateOf } from './certificate-authentication.ts';
import { ASSERTION_TYPE, clientIdOfAssertion, verifyClientAssertion } from './client-assertion.ts';
import { OAuthError } from './oauth-error.ts';
import { type OAuthContext, type OAuthServices, required, type TokenForm } from './token-request.ts';

/** How a request says which client it comes from. */
type Claim =
  | { readonly method: 'basic' | 'post'; readonly credentials: ClientCredentials }
  | { readonly method: 'assertion'; readonly clientId: string; readonly assertion: string }
  | { readonly method: 'none'; readonly clientId: string };

/** A client that is who it says. */
export interface Authentication {
  readonly client: Client;
  /** SHA-256 thumbprint, base64url, of the certificate that proved it; null: something else did. */
  readonly boundTo: string | null;
}

/** `authenticate`, for endpoints that give no tokens. */
export async function authenticateClient(
  services: OAuthServices,
  context: OAuthContext,
  authorization: string | undefined,
  form: TokenForm,
): Promise<Client> {
  return (await authenticate(services, context, authorization, form)).client;
}

/**
 * Authenticates the client of a request: HTTP Basic, client_secret_post, private_key_jwt, the certificate of the connection
 * (RFC 8705), or, for a public client, its id.
 *
 * @throws OAuthError invalid_request when the request is unclear, invalid_client when the client isn't who it says
 */
export async function authenticate(
  services: OAuthServices,
  context: OAuthContext,
  authorization: string | undefined,
  form: TokenForm,
): Promise<Authentication> {
  const claim = readClaim(authorization, form);
  const clientId = 'credentials' in claim ? claim.credentials.clientId : claim.clientId;
  const client = await findClient(services.store, context.domain, clientId);
  if (!(await isProven(services, context, claim, client))) {
    throw new OAuthError(
      'invalid_client',
      'Client authentication failed. Check the client id, and its secret, client assertion or certificate.',
      { challenge: claim.method === 'basic' },
    );
  }
  if (client === null || !client.active) {
    throw new OAuthError('invalid_client', `The client ${clientId} is not active. Activate the application first.`, {
      challenge: claim.method === 'basic',
    });
  }
  const byCertificate = claim.method === 'none' && client.type !== 'public' && context.clientCertificate;
  return { client, boundTo: byCertificate ? thumbprint(byCertificate, 'sha256') : null };
}

function readClaim(authorization: string | undefined, form: TokenForm): Claim {
  const claims: Claim[] = [];
  if (authorization !== undefined) claims.push({ method: 'basic', credentials: readBasic(authorization) });
  const secret = form.get('client_secret');
  if (secret !== undefined) {
    claims.push({ method: 'post', credentials: { clientId: required(form, 'client_id'), secrets: [secret] } });
  }
  if (form.has('client_assertion') || form.has('client_assertion_type')) claims.push(readAssertion(form));
  if (claims.length > 1) {
    throw new OAuthError('invalid_request', 'Use one method of client authentication, not several in one request.');
  }
  const claim = claims[0] ?? readPublic(form);
  const named = form.get('client_id');
  const id = 'credentials' in claim ? claim.credentials.clientId : claim.clientId;
  if (named !== undefined && named !== id) {
    throw new OAuthError('invalid_request', 'The parameter client_id names another client than the authentication.');
  }
  return claim;
}

function readBasic(authorization: string): ClientCredentials {
  const [scheme, encoded] = authorization.split(' ', 2);
  if (scheme?.toLowerCase() !== 'basic') {
    throw new OAuthError('invalid_client', 'The Authorization header of a token request must use the scheme Basic.', {
      challenge: true,
    });
  }
  const credentials = parseBasicCredentials(encoded ?? '');
  if (credentials !== null) return credentials;
  throw new OAuthError('invalid_client', 'The Authorization header is not Base64 of clientId:clientSecret.', {
    challenge: true,
  });
}

function readAssertion(form: TokenForm): Claim {
  const assertion = required(form, 'client_assertion');
  if (required(form, 'client_assertion_type') !== ASSERTION_TYPE) {
    throw new OAuthError('invalid_request', `The parameter client_assertion_type must be ${ASSERTION_TYPE}.`);
  }
  return { method: 'assertion', assertion, clientId: clientIdOfAssertion(assertion) };
}

function readPublic(form: TokenForm): Claim {
  const clientId = form.get('client_id');
  if (clientId !== undefined) return { method: 'none', clientId };
  throw new OAuthError(
    'invalid_client',
    'The request has no client authentication. Send Authorization: Basic with clientId:clientSecret in Base64.',
    { challenge: true },
  );
}

async function isProven(
  services: OAuthServices,
  context: OAuthContext,
  claim: Claim,
  client: Client | null,
): Promise<boolean> {
  if (claim.method === 'none') {
    if (client === null || client.type === 'public') return client !== null;
    const { clientCertificate } = context;
    return clientCertificate ? await isCertificateOf(services.store, context, client, clientCertificate) : false;
  }
  if (claim.method === 'assertion') {
    if (client === null) return false;
    await verifyClientAssertion(services, context, client, claim.assertion);
    return true;
  }
  const hash = client?.secretHash ?? null;
  // All candidates are compared, so that time tells nothing about which one it was.
  return claim.credentials.secrets.filter((secret) => matchesClientSecret(hash, secret)).length > 0;
}
