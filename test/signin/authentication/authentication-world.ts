import type { Emulator } from '../../../src/index.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { MY_SCOPES, newClient, type TestClient } from '../../oauth/token/assertion-fixture.ts';
import { advanceClock } from '../../support/domain-clock.ts';
import { type Answer, clientFor, type TestDomain, testDomain } from '../../support/emulator.ts';
import { newUser } from '../../support/new-user.ts';

/*
 * A domain with a client that signs users in by the Authentication API, and users with a password.
 */

export const PASSWORD = 'Correct-Horse-42';
export const AUTHENTICATE = '/sso/v1/sdk/authenticate';
const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** One sign-in: each step takes the newest requestState along. */
export interface SignIn {
  /** The newest answer's. */
  requestState: string;
  start(appName?: string): Promise<Answer>;
  step(body: JsonObject, headers?: Record<string, string>): Promise<Answer>;
  password(userName: string, more?: JsonObject): Promise<Answer>;
}

export interface AuthenticationWorld {
  readonly domain: TestDomain;
  readonly client: TestClient;
  /** The client's access token. */
  readonly token: string;
  signIn(on?: TestDomain, token?: string): SignIn;
  user(userName: string, more?: JsonObject): Promise<{ readonly id: string }>;
  patch(path: string, ...operations: readonly JsonObject[]): Promise<Answer>;
  /** Changes a singleton's attributes, by path. */
  settings(type: string, changes: JsonObject): Promise<void>;
  /** What the default sign-on rule returns. */
  signOnRule(returns: Readonly<Record<string, string>>): Promise<void>;
  /** Another client that may sign users in. */
  anotherClient(name: string): Promise<{ readonly client: TestClient; readonly token: string }>;
  /** The access token that the authnToken of an answer gives. */
  exchange(answer: Answer): Promise<Answer>;
  advance(seconds: number): Promise<void>;
  /** The code in the newest message to somebody. */
  code(to: string): Promise<string>;
}

export async function authenticationWorld(on?: Emulator): Promise<AuthenticationWorld> {
  const domain = await testDomain(on);
  const patch: AuthenticationWorld['patch'] = async (path, ...operations) => {
    const answer = await domain.send('PATCH', `/admin/v1/${path}`, {
      body: { schemas: [PATCH_OP], Operations: [...operations] },
    });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer;
  };
  const anotherClient: AuthenticationWorld['anotherClient'] = async (name) => {
    const client = await newClient(domain, name);
    await grantRole(domain, client.appId, 'Signin');
    const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
    return { client, token: (await domain.tokenRequest(form, client)).body.access_token as string };
  };
  const { client, token } = await anotherClient('login_page');
  return {
    domain,
    client,
    token,
    patch,
    anotherClient,
    signIn: (to = domain, as = token) => newSignIn(to, as),
    user: (userName, more) => newUser(domain, userName, PASSWORD, more),
    async settings(type, changes) {
      await patch(
        `${type}/${type}`,
        ...Object.entries(changes).map(([path, value]) => ({ op: 'replace', path, value })),
      );
    },
    async signOnRule(returns) {
      const value = Object.entries({ effect: 'ALLOW', ...returns }).map(([name, text]) => ({ name, value: text }));
      await patch('Rules/DefaultSignOnRule', { op: 'replace', path: 'return', value });
    },
    exchange: ({ body }) =>
      domain.tokenRequest(
        {
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          assertion: String(body.authnToken),
          scope: MY_SCOPES,
        },
        client,
      ),
    advance: (seconds) => advanceClock(domain, seconds),
    async code(to) {
      const answer = await domain.send('GET', `/_emulator/messages?to=${encodeURIComponent(to)}`, { token: null });
      return String(answer.body.messages[0].code);
    },
  };
}

/** A world's domain on another process. */
export async function onProcess(world: AuthenticationWorld, process: Emulator): Promise<TestDomain> {
  return clientFor(world.domain.name, (await process.domain(world.domain.name)).url);
}

function newSignIn(domain: TestDomain, token: string): SignIn {
  const noted = (answer: Answer): Answer => {
    if (typeof answer.body.requestState === 'string') signIn.requestState = answer.body.requestState;
    return answer;
  };
  const signIn: SignIn = {
    requestState: '',
    start: async (appName) =>
      noted(
        await domain.send(
          'GET',
          `${AUTHENTICATE}${appName === undefined ? '' : `?appName=${encodeURIComponent(appName)}`}`,
          {
            token,
          },
        ),
      ),
    step: async (body, headers = {}) =>
      noted(
        await domain.send('POST', AUTHENTICATE, {
          token,
          headers,
          body: { requestState: signIn.requestState, ...body },
        }),
      ),
    password: (username, more = {}) =>
      signIn.step({ op: 'credSubmit', credentials: { username, password: PASSWORD }, ...more }),
  };
  return signIn;
}

/** Gives an AppRole of the domain to an App. */
export async function grantRole(domain: TestDomain, appId: string, role: string): Promise<void> {
  const filter = encodeURIComponent(`displayName eq "${role}" and app.value eq "IDCSAppId"`);
  const roles = await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`);
  const body = {
    schemas: [`${IDCS}Grant`],
    grantee: { type: 'App', value: appId },
    app: { value: 'IDCSAppId' },
    entitlement: { attributeName: 'appRoles', attributeValue: roles.body.Resources[0].id },
    grantMechanism: 'ADMINISTRATOR_TO_APP',
  };
  const granted = await domain.send('POST', '/admin/v1/Grants', { body });
  if (granted.status !== 201) throw new Error(granted.text);
}
