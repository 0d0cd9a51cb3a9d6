import { request } from 'node:https';
import type { Emulator } from '../../src/index.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { type CertifiedKey, certifiedKey } from '../support/certificates.ts';
import type { Answer } from '../support/emulator.ts';
import {
  ADMIN,
  type AuthorizeWorld,
  answerOf,
  authorizeWorld,
  REDIRECT_URI,
  signIn,
} from './authorize/authorize-world.ts';
import { create, importCertificate, MY_SCOPES, signJwt } from './token/assertion-fixture.ts';
import { assertionParts, assertionXml, bearerSubject, encoded, signXml } from './token/saml-fixture.ts';

/*
 * A client of each type with every grant allowed, and what each grant needs to be asked for by each of them, by every way of
 * client authentication. Behind docs/oauth.md's table of grants.
 */

export const CLIENT_TYPES = ['confidential', 'trusted', 'public'] as const;
export type ClientType = (typeof CLIENT_TYPES)[number];

/** Ways of client authentication, in the order of the table's columns. */
export const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'certificate', 'none'] as const;
export type Method = (typeof METHODS)[number];

const URN = 'urn:ietf:params:oauth:grant-type:';
export const GRANTS = [
  'authorization_code',
  'implicit',
  'client_credentials',
  'password',
  'refresh_token',
  `${URN}device_code`,
  `${URN}jwt-bearer`,
  `${URN}saml2-bearer`,
  'tls_client_auth',
  `${URN}token-exchange`,
] as const;
export type Grant = (typeof GRANTS)[number];

/** What a request came to: `tokens`, or an error code. */
export type Outcome = string;

interface Client {
  readonly type: ClientType;
  readonly appId: string;
  readonly id: string;
  readonly secret: string;
}

const JWT_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ALIAS = 'matrix-client';
const TRUST_ISSUER = 'https://issuer.example.com';

export class GrantMatrixWorld {
  readonly #world: AuthorizeWorld;
  readonly #secureUrl: string;
  readonly #serverCa: string;
  readonly #key: CertifiedKey;
  readonly #clients: ReadonlyMap<ClientType, Client>;
  readonly #browser: ReturnType<AuthorizeWorld['browser']>;
  #serial = 0;

  private constructor(
    world: AuthorizeWorld,
    secure: { url: string; ca: string },
    key: CertifiedKey,
    clients: readonly Client[],
    browser: ReturnType<AuthorizeWorld['browser']>,
  ) {
    this.#world = world;
    this.#secureUrl = secure.url;
    this.#serverCa = secure.ca;
    this.#key = key;
    this.#clients = new Map(clients.map((client) => [client.type, client]));
    this.#browser = browser;
  }

  /** @param emulator one with a port for client certificates */
  static async make(emulator: Emulator): Promise<GrantMatrixWorld> {
    const world = await authorizeWorld(emulator);
    const key = await certifiedKey(0);
    await importCertificate(world, 'OAuthClientCertificate', ALIAS, key);
    await importCertificate(world, 'OAuthPartnerCertificate', 'acme-idp', key);
    const clients: Client[] = [];
    for (const type of CLIENT_TYPES) clients.push(await newClient(world, type));
    await create(world, 'IdentityPropagationTrust', 'IdentityPropagationTrusts', {
      name: 'matrix',
      type: 'JWT',
      issuer: TRUST_ISSUER,
      active: true,
      subjectClaimName: 'sub',
      subjectMappingAttribute: 'userName',
      subjectType: 'User',
      publicCertificate: key.base64,
      oauthClients: clients.map((client) => client.id),
    });
    const browser = world.browser();
    const [any] = clients;
    await signIn(browser, world.authorizeUrl({ id: any!.appId, clientId: any!.id, secret: '' }));
    const url = `${emulator.mtlsUrl}/_domains/${world.name}`;
    const ca = await (await fetch(`${emulator.url}/_emulator/ca.pem`)).text();
    return new GrantMatrixWorld(world, { url, ca }, key, clients, browser);
  }

  /** Asks for tokens by a grant, everything but the client authentication being right. */
  async ask(grant: Grant, type: ClientType, method: Method): Promise<Outcome> {
    const client = this.#clients.get(type)!;
    if (grant === 'implicit') return outcomeOf(await this.#authorize(client, { response_type: 'token' }));
    const form = { grant_type: grant, ...(await this.#parameters(grant, client)) };
    const { body } = await this.#send(client, method, form);
    return outcomeOf(body);
  }

  async #authorize(client: Client, parameters: Record<string, string>): Promise<Record<string, string>> {
    const app = { id: client.appId, clientId: client.id, secret: client.secret };
    return answerOf(await this.#browser.get(this.#world.authorizeUrl(app, { scope: 'openid', ...parameters })));
  }

  async #parameters(grant: Grant, client: Client): Promise<Record<string, string>> {
    switch (grant) {
      case 'authorization_code':
        return { code: (await this.#authorize(client, {}))['code']! };
      case 'password':
        return { ...ADMIN, scope: MY_SCOPES };
      case 'refresh_token':
        return { refresh_token: String((await this.#tokens(client))['refresh_token']) };
      case `${URN}device_code`:
        return { device_code: await this.#deviceCode(client) };
      case `${URN}jwt-bearer`:
        return { scope: MY_SCOPES, assertion: String((await this.#tokens(client))['id_token']) };
      case `${URN}saml2-bearer`:
        return { scope: MY_SCOPES, assertion: this.#samlAssertion() };
      case `${URN}token-exchange`:
        return await this.#exchange();
      default:
        return { scope: MY_SCOPES };
    }
  }

  /** Tokens that the client got for the signed-in user, authenticated as its type does. */
  async #tokens(client: Client): Promise<JsonObject> {
    const { code } = await this.#authorize(client, { scope: 'openid offline_access' });
    const method = client.type === 'public' ? 'none' : 'client_secret_basic';
    return (await this.#send(client, method, { grant_type: 'authorization_code', code: code! })).body;
  }

  async #deviceCode(client: Client): Promise<string> {
    const form = { response_type: 'device_code', client_id: client.id, scope: 'openid' };
    const { body } = await this.#world.send('POST', '/oauth2/v1/device', {
      token: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
    const codePage = await this.#browser.get('/ui/v1/device');
    const confirmPage = await this.#browser.follow(await this.#browser.submit(codePage, { user_code: body.user_code }));
    await this.#browser.follow(await this.#browser.submit(confirmPage, { decision: 'allow' }));
    return body.device_code;
  }

  #samlAssertion(): string {
    const now = Math.floor(Date.now() / 1000);
    const { url } = this.#world;
    const parts = assertionParts(url, now, { subject: bearerSubject(ADMIN.username, `${url}/`, now) });
    return encoded(signXml(assertionXml(parts), this.#key));
  }

  async #exchange(): Promise<Record<string, string>> {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: TRUST_ISSUER, sub: ADMIN.username, aud: this.#world.url, iat: now, exp: now + 300 };
    return {
      requested_token_type: 'urn:oci:token-type:oci-upst',
      public_key: this.#key.certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      subject_token: await signJwt(this.#key, claims, { kid: 'matrix' }),
      subject_token_type: 'jwt',
    };
  }

  async #send(client: Client, method: Method, form: Record<string, string>): Promise<{ body: JsonObject }> {
    const { id, secret } = client;
    const ownSecret = secret === '' ? 'no-secret' : secret;
    if (method === 'client_secret_basic') return await this.#post(form, { id, secret: ownSecret });
    if (method === 'client_secret_post') return await this.#post({ ...form, client_id: id, client_secret: ownSecret });
    if (method === 'certificate') return await this.#postWithCertificate({ ...form, client_id: id });
    if (method === 'none') return await this.#post({ ...form, client_id: id });
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: id, iss: id, aud: `${this.#world.url}/`, iat: now, exp: now + 60, jti: `m${++this.#serial}` };
    const client_assertion = await signJwt(this.#key, claims, { kid: ALIAS });
    return await this.#post({ ...form, client_id: id, client_assertion_type: JWT_ASSERTION, client_assertion });
  }

  #post(form: Record<string, string>, basic: { id: string; secret: string } | null = null): Promise<Answer> {
    return this.#world.tokenRequest(form, basic);
  }

  #postWithCertificate(form: Record<string, string>): Promise<{ body: JsonObject }> {
    const key = this.#key.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const options = { method: 'POST', ca: this.#serverCa, agent: false, cert: this.#key.pem, key, headers } as const;
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#secureUrl}/oauth2/v1/token`, options, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as JsonObject });
      });
      sent.on('error', reject);
      sent.end(new URLSearchParams(form).toString());
    });
  }
}

async function newClient(world: AuthorizeWorld, type: ClientType): Promise<Client> {
  const name = `matrix_${type}`;
  const template = type === 'public' ? 'CustomBrowserMobileTemplateId' : 'CustomWebAppTemplateId';
  const { id, clientSecret } = await create(world, 'App', 'Apps', {
    displayName: name,
    name,
    active: true,
    basedOnTemplate: { value: template },
    isOAuthClient: true,
    clientType: type,
    bypassConsent: true,
    allowedGrants: [...GRANTS],
    redirectUris: [REDIRECT_URI],
    certificates: [{ certAlias: ALIAS }],
  });
  return { type, appId: id, id: name, secret: clientSecret ?? '' };
}

function outcomeOf(body: JsonObject): Outcome {
  if (typeof body['access_token'] === 'string' || typeof body['token'] === 'string') return 'tokens';
  if (typeof body['error'] === 'string') return body['error'];
  throw new Error(`neither tokens nor an error: ${JSON.stringify(body)}`);
}
