import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { isObject, type JsonObject, type JsonValue } from '../../src/scim/json.ts';
import { ended, upload } from '../jobs/job-client.ts';
import { newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { type FactorUser, type FactorWorld, factorWorld, PASSWORD } from '../resources/factors/factor-fixture.ts';
import { certifiedKey } from '../support/certificates.ts';
import type { Answer } from '../support/emulator.ts';
import { identityProviderMetadata } from '../support/saml-metadata.ts';

/*
 * Folders of Oracle's collection of REST requests whose requests follow one another: what one answers is a variable of the next.
 * The table recorded-sequences.json has each request and what must come of it; where the whole recording is at hand, the table
 * is checked against it. Free text of the recording is "text" in the table. A status that was not recorded is that of the
 * documentation's description of the operation.
 */

interface Step {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject;
  readonly status: number;
  /** Sent with a user's own token. */
  readonly as?: 'me';
  /** Replacements in path and body: names of the recording's own world. */
  readonly where?: { readonly [text: string]: string };
  /** Variables that the answer gives, by path. */
  readonly keep?: { readonly [variable: string]: string };
  readonly values?: JsonObject;
  readonly hasKeys?: readonly string[];
  readonly lacks?: readonly string[];
  /** Members of the recorded answer by path, and what newer releases add. */
  readonly shape?: { readonly [path: string]: readonly string[] };
  readonly newer?: readonly string[];
  /** Lists: ids among the elements, members of each, itemsPerPage, totalResults, values of the first. */
  readonly listed?: readonly string[];
  /** Of MyApps and MyAccesses: values of `app` among the elements. */
  readonly apps?: readonly string[];
  readonly itemHas?: readonly string[];
  readonly page?: number;
  readonly total?: number;
  readonly item?: JsonObject;
  /** The answer is a schedule: waited for until its job has ended. */
  readonly ends?: true;
  /** The answer is a file of comma-separated values: titles that it has, and in `lacks` those it must not have. */
  readonly csv?: readonly string[];
}

interface Recorded {
  readonly id: string;
  readonly folder: string;
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | string | null;
  readonly responses: readonly { readonly status: number; readonly body: JsonObject }[];
}

const FOLDERS =
  /^(SAML\/.*|RADIUS Proxy\/.*|Bulk\/.+|Self Service(\/.*)?|Generate Access Token Using Auth API|MFA\/Self Service|MFA)$/;
/** Of these folders, but in chains of other tests: mfa-self-service.test.ts. */
const ELSEWHERE = /^main-032[48]$/;
const USER_NAME = 'jsaladna@example.com';
const NEW_PASSWORD = 'Better-Battery-43';
/** What the files that imports read have in them. */
const FILES: { readonly [name: string]: string } = {
  'AppRoleMembershipImp1.csv': 'Display Name,Member,Member Type\nReader,jsaladna@example.com,User\n',
  'Groups.csv': 'Display Name,User Members\nReaders,jsaladna@example.com\n',
  'Users.csv':
    'User ID,Last Name,First Name,Work Email,ByPass Notification\nann@example.com,Lee,Ann,ann@example.com,true\n',
};

const sequences = JSON.parse(readFileSync(new URL('recorded-sequences.json', import.meta.url), 'utf8')) as {
  folder: string;
  steps: Step[];
}[];
const recorded = readRecording();

function readRecording(): ReadonlyMap<string, Recorded> {
  const file = new URL('../../../shared/reference/requests.jsonl', import.meta.url);
  if (!existsSync(file)) return new Map();
  const all = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded);
  const ours = all.filter(({ id, folder }) => FOLDERS.test(folder) && !ELSEWHERE.test(id));
  return new Map(ours.map((request) => [request.id, request]));
}

describe.runIf(recorded.size > 0)('the table of recorded sequences', () => {
  const steps = sequences.flatMap((each) => each.steps);

  test('has every request of its folders', () => {
    expect(steps.map(({ id }) => id).sort()).toEqual([...recorded.keys()].sort());
  });

  test('agrees with the recording of each', () => {
    for (const step of steps) {
      const { method, path, body, responses } = recorded.get(step.id)!;
      const sent = { method: step.method, path: step.path, body: step.body ?? null };
      expect(sent, step.id).toEqual({ method, path, body: withoutFreeText(parsed(body)) });
      const [response] = responses;
      if (response === undefined) continue;
      expect(step.status, step.id).toBe(response.status);
      expect(step.shape, step.id).toEqual(shapeOf(response.body));
    }
  });
});

let world: FactorWorld;
let me: FactorUser;
let client: TestClient;
const variables = new Map<string, JsonValue>();

beforeAll(async () => {
  world = await factorWorld();
  me = await world.user(USER_NAME);
  client = await newClient(world.domain, 'caller');
  const admin = async (method: string, path: string, body?: JsonObject) => {
    const answer = await world.domain.send(method, `/admin/v1/${path}`, body === undefined ? {} : { body });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const idp = await admin('POST', 'IdentityProviders', {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:IdentityProvider'],
    partnerName: 'Partner',
    enabled: false,
    metadata: identityProviderMetadata((await certifiedKey()).base64),
  });
  const App = 'urn:ietf:params:scim:schemas:oracle:idcs:App';
  const template = { schemas: [App], basedOnTemplate: { value: 'CustomWebAppTemplateId' }, active: true };
  const app = await admin('POST', 'Apps', { ...template, displayName: 'MyApp', showInMyApps: true });
  const server = await admin('POST', 'Apps', { ...template, displayName: 'mydbserver1' });
  const role = await admin('POST', 'AppRoles', {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:AppRole'],
    displayName: 'Reader',
    app: { value: app.id },
    availableToUsers: true,
  });
  await admin('POST', 'Grants', {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
    grantee: { type: 'User', value: me.id },
    app: { value: app.id },
    entitlement: { attributeName: 'appRoles', attributeValue: role.id },
    grantMechanism: 'ADMINISTRATOR_TO_USER',
  });
  await enrollByMail();
  for (const [name, value] of Object.entries({
    idpid: idp.id,
    dbserverid: server.id,
    appID: app.id,
    app_name: 'MyApp',
    userId: me.id,
    USER_LOGIN: 'admin@example.com',
    USER_PW: 'Idcs-Emulator-2026',
    PASSWORD: 'Idcs-Emulator-2026',
    password: PASSWORD,
    'old password': PASSWORD,
    'new password': NEW_PASSWORD,
    'newest password': 'Third-Cable-44',
    email: 'john@example.com',
    'email to verify': 'john@example.com',
    'email type work or home': 'work',
    'true or false': true,
  })) {
    variables.set(name, value);
  }
});

/** The recorded Me has a second factor. */
async function enrollByMail(): Promise<void> {
  const enrolled = await me.call('AuthenticationFactorEnroller', { user: { value: me.id }, authnFactors: ['EMAIL'] });
  const { deviceId, requestId } = enrolled.body;
  const device = { deviceId, requestId, authFactor: 'EMAIL' };
  await me.call('AuthenticationFactorInitiator', { ...device, userName: USER_NAME });
  const { code } = await world.message(USER_NAME);
  const checked = await me.call('AuthenticationFactorValidator', { ...device, scenario: 'ENROLLMENT', otpCode: code });
  if (checked.status !== 201) throw new Error(checked.text);
}

for (const { folder, steps } of sequences) {
  describe(folder, () => {
    test.each(steps.map((step) => [`${step.id}: ${step.method} ${step.path.slice(0, 100)}`, step] as const))(
      '%s',
      async (_name, step) => {
        await before[step.id]?.();
        const path = fill(replaced(step.path, step.where)) as string;
        const answer = await play(step, path);
        expect(answer.status, answer.text).toBe(step.status);
        expectAnswer(answer, fill(step as unknown as JsonValue) as unknown as Step);
        for (const [variable, at] of Object.entries(step.keep ?? {})) variables.set(variable, valueAt(answer.body, at));
        if (step.ends) await ended(world.domain, answer.body.id);
        if (step.method !== 'DELETE') return;
        expect((await world.domain.send('GET', path.split('?')[0]!)).status).toBe(404);
      },
    );
  });
}

/** What has to be there, or known, and no recorded request makes. */
const before: { readonly [id: string]: () => Promise<unknown> } = {
  'radius-10': learnProxyClient,
  // The collection replaces an address that its user has.
  'main-0424': () => {
    const work = { type: 'work', country: 'GB', locality: 'Reading' };
    const Operations = [{ op: 'add', path: 'addresses', value: [work] }];
    return me.send('PATCH', 'Me', { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations });
  },
};

/** radius-10 and radius-11 speak of the client that a RADIUS proxy is made with. */
async function learnProxyClient(): Promise<void> {
  const path = fill('/admin/v1/RadiusProxies/{{RPid}}?attributes=oauthClient') as string;
  const { oauthClient } = (await world.domain.send('GET', path)).body;
  variables.set('RPOAuthClientClientId', oauthClient.clientId).set('RPOAuthClientAppId', oauthClient.value);
}

async function play({ method, body, where, as }: Step, path: string): Promise<Answer> {
  const filled = body === undefined ? undefined : (fill(replaced(body, where)) as JsonObject);
  if (path === '/oauth2/v1/token') return world.domain.tokenRequest(filled as Record<string, string>, client);
  if (filled?.['file'] === '<file>') return uploaded(String(filled['fileName']));
  if (as === 'me') return me.send(method, path.slice('/admin/v1/'.length), filled);
  return world.domain.send(method, path, filled === undefined ? {} : { body: filled });
}

/** Sends a file. @throws Error unless it is taken with 201 */
async function uploaded(name: string): Promise<Answer> {
  const fileName = await upload(world.domain, FILES[name]!, name);
  return { status: 201, headers: new Headers(), text: '', body: { fileName } };
}

function expectAnswer({ body, text, headers }: Answer, expected: Step): void {
  if (expected.csv) {
    expect(headers.get('content-type')).toMatch(/^text\/csv/);
    const titles = text.split('\n')[0]!.split(',');
    expect(titles).toEqual(expect.arrayContaining([...expected.csv]));
    for (const title of expected.lacks ?? []) expect(titles).not.toContain(title);
    return;
  }
  if (expected.values) expect(body).toMatchObject(expected.values);
  for (const key of expected.hasKeys ?? []) expect(body).toHaveProperty([key]);
  for (const key of expected.lacks ?? []) expect(body).not.toHaveProperty([key]);
  if (expected.shape) expectShape(body, expected.shape, expected.newer ?? []);
  if (expected.listed ?? expected.apps ?? expected.item ?? expected.total) expectList(body, expected);
}

function expectList(body: JsonObject, expected: Step): void {
  const { schemas, startIndex, itemsPerPage, totalResults, Resources } = body;
  expect(schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:ListResponse']);
  expect({ startIndex, itemsPerPage }).toEqual({ startIndex: 1, itemsPerPage: expected.page ?? 50 });
  const rows = Resources as JsonObject[];
  expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([...(expected.listed ?? [])]));
  const apps = rows.map(({ app }) => (app as JsonObject | undefined)?.['value']);
  expect(apps).toEqual(expect.arrayContaining([...(expected.apps ?? [])]));
  if (expected.total !== undefined) expect(totalResults).toBe(expected.total);
  if (expected.item) expect(rows[0]).toMatchObject(expected.item);
  for (const key of expected.itemHas ?? []) {
    for (const row of rows) expect(row).toHaveProperty([key]);
  }
}

function expectShape(body: JsonObject, wanted: NonNullable<Step['shape']>, newer: readonly string[]): void {
  const shape = shapeOf(body);
  for (const [path, keys] of Object.entries(wanted)) {
    const prefix = path === '' ? '' : `${path}.`;
    const added = newer.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    const all = [...keys, ...added.filter((name) => !name.includes('.'))].sort();
    expect(shape[path], `members of ${path === '' ? 'the body' : path}`).toEqual(all);
  }
}

/** Fills the variables of a JSON value; one that is all of a text gives its value, of whichever type. */
function fill(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(fill);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fill(part)]));
  if (typeof value !== 'string') return value;
  const whole = /^\{\{([^{}]+)\}\}$/.exec(value);
  if (whole !== null) return variables.get(whole[1]!) ?? value;
  return value.replace(/\{\{([^{}]+)\}\}/g, (text, name: string) => String(variables.get(name) ?? text));
}

function valueAt(body: JsonValue, path: string): JsonValue {
  let value: JsonValue | undefined = body;
  for (const name of path.split('.')) value = (value as JsonObject | undefined)?.[name];
  if (value === undefined) throw new Error(`the answer has no ${path}: ${JSON.stringify(body)}`);
  return value;
}

function replaced<T>(value: T, where: Step['where'] = {}): T {
  let text = JSON.stringify(value);
  for (const [from, to] of Object.entries(where)) text = text.replaceAll(from, to);
  return JSON.parse(text) as T;
}

/** One body of the recording is a template of JSON, with variables that are not quoted. */
function parsed(body: Recorded['body']): JsonValue {
  return typeof body === 'string' ? JSON.parse(body.replace(/: (\{\{[^}]+\}\})/g, ': "$1"')) : body;
}

/** Members of an answer and of its parts; of a list of objects, those of the first. */
function shapeOf(value: JsonValue, path = ''): Record<string, string[]> {
  if (Array.isArray(value)) return isObject(value[0]) ? shapeOf(value[0], `${path}.0`) : {};
  if (!isObject(value)) return {};
  const parts = Object.entries(value)
    // The last change is made by whoever runs the request.
    .filter(([name]) => name !== 'idcsLastModifiedBy')
    .map(([name, part]) => shapeOf(part, path === '' ? name : `${path}.${name}`));
  return Object.assign({ [path]: Object.keys(value).sort() }, ...parts);
}

/** The recording's descriptions are prose; the table says "text" instead. */
function withoutFreeText(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutFreeText);
  if (!isObject(value)) return value;
  const describes = String(value['path'] ?? '').endsWith('description');
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const isText = typeof part === 'string' && (name === 'description' || (name === 'value' && describes));
      return [name, isText ? 'text' : withoutFreeText(part)];
    }),
  );
}
