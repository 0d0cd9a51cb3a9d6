import { beforeAll, describe, expect, test } from 'vitest';
import { resourceType, resourceTypeNames } from '../../src/schemas/registry.ts';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { grantRole } from '../signin/authentication/authentication-world.ts';
import { newBrowser } from '../support/browser.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';
import { grantUser } from './administrator.ts';

/*
 * Rubbish in every attribute of every function of the SCIM API, and of the Authentication API, on-demand MFA, the pages and the
 * control plane: never a 5xx, and every refusal in the form of its API. The caller may do everything, so that rights stop nothing.
 */

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PASSWORD = 'Correct-Horse-42';

const RUBBISH: readonly JsonValue[] = [
  'a\0b',
  '\ud800',
  'x'.repeat(70_000),
  '',
  'a\r\nSet-Cookie: x=y',
  "' or 1=1 --",
  '__proto__',
  '-1',
  -1,
  1e308,
  0.5,
  2 ** 53,
  true,
  null,
  [],
  [[]],
  [null],
  ['a\0b'],
  {},
  { value: 'a\0b' },
  { value: { value: [] } },
  [{ value: 'x', questionId: 'a\0b', answer: 'a\0b' }],
  { constructor: { prototype: 'x' } },
];
/** Each attribute meets these many in a run; which ones moves on with each attribute. RUBBISH_EACH=23 is all of them. */
const EACH = Number(process.env['RUBBISH_EACH'] ?? 1);

let domain: TestDomain;
let token: string;
let userId: string;

beforeAll(async () => {
  domain = await testDomain();
  const client = await newClient(domain, 'cli');
  await grantRole(domain, client.appId, 'Identity Domain Administrator');
  ({ id: userId } = await newUser(domain, 'root', PASSWORD));
  await grantUser(domain, userId, 'Identity Domain Administrator');
  await newUser(domain, 'vera', PASSWORD);
  const form = { grant_type: 'password', username: 'root', password: PASSWORD, scope: MY_SCOPES };
  token = (await domain.tokenRequest(form, client)).body.access_token;
  expect(token).toEqual(expect.any(String));
});

let turn = 0;
/** The next values, another start each time. */
function rubbish(times = 1): readonly JsonValue[] {
  return Array.from({ length: Math.min(RUBBISH.length, EACH * times) }, () => RUBBISH[turn++ % RUBBISH.length]!);
}

async function expectRefused(sent: string, answer: Promise<Answer>): Promise<void> {
  const { status, text, body } = await answer;
  const what = `${sent.slice(0, 300)}: ${status} ${text.slice(0, 300)}`;
  // What the real service has and we have not is a 501.
  if (status === 501) return;
  expect(status, what).toBeLessThan(500);
  if (status >= 400)
    expect(typeof (body.detail ?? body.cause ?? body.error ?? body.errorCode), what).not.toBe('undefined');
}

/** Runs a few at a time. */
async function all(works: readonly (() => Promise<void>)[]): Promise<void> {
  const rest = [...works];
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let work = rest.pop(); work !== undefined; work = rest.pop()) await work();
    }),
  );
}

/** What is plausible, so that one wrong attribute is met after the others. */
const PLAUSIBLE: Readonly<Record<string, JsonValue>> = {
  userName: 'vera',
  mappingAttribute: 'userName',
  mappingAttributeValue: 'vera',
  password: 'Better-Horse-43',
  oldPassword: PASSWORD,
  notificationType: 'email',
  type: 'email',
  token: 'x',
  emailToken: 'x',
  email: 'vera@example.com',
  otpCode: '000000',
  deviceId: 'x',
  requestId: 'x',
  authFactor: 'EMAIL',
  authnFactors: ['EMAIL'],
  scenario: 'AUTHENTICATION',
  locked: false,
  active: true,
  securityQuestions: [{ questionId: 'FirstPet', securityAnswer: 'x' }],
};
const SKIPPED = new Set(['id', 'ocid', 'schemas', 'meta']);

/** Functions, and the types of accounts and factors that are new among the others. */
const FUNCTIONS = resourceTypeNames().filter((name) =>
  /(er|or|Changer|Me|Verified|Retriever|Factors?Remover|BypassCode|SelfRegistrationProfile|UserToken|Device|Favorite\w*|RestoreOciConsolePolicy|OciConsoleSignOnPolicyConsent|AuthenticationFactorSettings|NotificationSettings|KmsiSettings|AccountRecoverySettings|SecurityQuestion\w*|TermsOfUse\w*)$/.test(
    name,
  ),
);

describe('in the SCIM API', () => {
  test.each(FUNCTIONS)('%s', async (name) => {
    const type = resourceType(name);
    const attributes = type.attributes.filter((each) => !SKIPPED.has(each.name) && each.mutability !== 'readOnly');
    const base: JsonObject = { schemas: [type.schema] };
    for (const { path } of attributes) if (path in PLAUSIBLE) base[path] = PLAUSIBLE[path]!;
    if (attributes.some(({ path }) => path === 'user')) base['user'] = { value: userId };
    if (attributes.some(({ path }) => path === 'userId')) base['userId'] = userId;
    const ways: (readonly [string, string])[] = [];
    if (type.operations.has('create')) ways.push(['POST', `/admin/v1${type.endpoint}`]);
    if (type.operations.has('put')) ways.push(['PUT', `/admin/v1${type.endpoint}/${userId}`]);
    const works = ways.flatMap(([method, path]) =>
      attributes.flatMap(({ path: attribute }) =>
        rubbish().map((value) => () => {
          const body = { ...base, [attribute]: value };
          const sent = `${method} ${path} ${attribute}=${JSON.stringify(value)}`;
          return expectRefused(sent, domain.send(method, path, { token, body }));
        }),
      ),
    );
    const whole = ['null', '[]', '""', '{}', '{"schemas":"x"}', '{"schemas":[{}]}', `{"schemas":["${IDCS}Nothing"]}`];
    for (const [method, path] of ways)
      works.push(
        ...whole.map(
          (body) => () => expectRefused(`${method} ${path} ${body}`, domain.send(method, path, { token, body })),
        ),
      );
    await all(works);
  });

  test.each(FUNCTIONS)('%s by a strange id', async (name) => {
    const type = resourceType(name);
    const works = ['a%00b', '%ff', 'x'.repeat(999)].flatMap((id) =>
      ['GET', 'PUT', 'DELETE'].map((method) => () => {
        const path = `/admin/v1${type.endpoint}/${id}`;
        const body = method === 'PUT' || method === 'PATCH' ? { body: { schemas: [type.schema] } } : {};
        return expectRefused(`${method} ${path.slice(0, 100)}`, domain.send(method, path, { token, ...body }));
      }),
    );
    await all(works);
  });
});

const JSON_APIS: readonly (readonly [string, string, JsonObject])[] = [
  [
    'POST',
    '/sso/v1/sdk/authenticate',
    {
      op: 'credSubmit',
      requestState: 'x',
      authFactor: 'USERNAME_PASSWORD',
      credentials: { username: 'vera', password: 'x', otpCode: '000000', questions: [], deviceId: 'x' },
      appName: 'cli',
      trustToken: 'x',
      kmsiToken: 'x',
      trustedDevice: true,
      trustedDeviceDisplayName: 'x',
      keepMeSignedIn: true,
      kmsiDeviceDisplayName: 'x',
      x5t: 'x',
      userFlowControlledByExternalClient: false,
    },
  ],
  ['POST', '/sso/v1/sdk/authenticate', { op: 'credSubmit', authFactor: 'KMSI', kmsiToken: 'x', appName: 'cli' }],
  [
    'POST',
    '/mfa/v1/requests',
    { userId: 'vera', userIdType: 'USER_NAME', method: 'EMAIL', factorId: 'x', x5t: 'x', requestState: 'x' },
  ],
  ['PATCH', '/mfa/v1/requests/x', { requestState: 'x', otpCode: '000000', method: 'EMAIL', securityQuestions: [] }],
  [
    'POST',
    '/mfa/v1/users/USER/factors',
    {
      method: 'SMS',
      mobileNumber: '1122334455',
      countryCode: '+44',
      displayName: 'x',
      offlineTOTP: 'true',
      sharedSecret: 'x',
      skipFactorVerification: true,
    },
  ],
  ['PATCH', '/mfa/v1/users/USER/factors/x', { requestState: 'x', otpCode: '000000', resendOtp: true }],
  [
    'PATCH',
    '/mfa/v1/users/USER/factors/SecurityQuestions',
    { securityQuestions: [{ id: 'FirstPet', answer: 'x', hintText: 'x', op: 'add' }] },
  ],
  ['PATCH', '/mfa/v1/users/USER', { preferredFactorId: 'x', preferredMethod: 'EMAIL', factors: [] }],
  ['POST', '/_emulator/policies/evaluate', { policy: 'DefaultSignOnPolicy', user: 'USER', app: 'x', ip: '10.0.0.1' }],
  ['POST', '/_emulator/push/x', { action: 'approve', displayName: 'x', platform: 'IOS' }],
];

test.each(JSON_APIS)('in %s %s', async (method, path, base) => {
  const filled = JSON.parse(JSON.stringify(base).replaceAll('USER"', `${userId}"`)) as JsonObject;
  const address = path.replace('USER', userId);
  const isControl = path.startsWith('/_emulator');
  const inner = filled['credentials'] as JsonObject | undefined;
  const bodies = [
    ...Object.keys(filled).flatMap((name) => rubbish(3).map((value) => ({ ...filled, [name]: value }))),
    ...Object.keys(inner ?? {}).flatMap((name) =>
      rubbish(3).map((value) => ({ ...filled, credentials: { ...inner, [name]: value } })),
    ),
    ...(filled['securityQuestions'] === undefined
      ? []
      : RUBBISH.map((value) => ({ ...filled, securityQuestions: [value] }))),
  ];
  await all(
    bodies.map(
      (body) => () =>
        expectRefused(
          `${method} ${path} ${JSON.stringify(body)}`,
          domain.send(method, address, { token: isControl ? null : token, body: JSON.stringify(body) }),
        ),
    ),
  );
  for (const body of ['null', '[]', '"x"', '7', '{', '{"a":1,"a":2}'])
    await expectRefused(body, domain.send(method, address, { token: isControl ? null : token, body }));
});

test.each([
  'GET /sso/v1/sdk/authenticate?appName=',
  'GET /mfa/v1/users?userIdType=USER_NAME&attributes=factors&userId=',
  'GET /mfa/v1/users?userId=vera&userIdType=',
  'GET /mfa/v1/requests/',
  'GET /_emulator/totp?userName=',
  'GET /_emulator/totp?userId=',
  'GET /_emulator/push?userName=',
])('in %s', async (request) => {
  const [method, path] = request.split(' ') as [string, string];
  for (const text of ['%00', 'a%00b', '%ff', '%zz', 'x'.repeat(5000), '%0d%0aX:%20y', '..%2f', '%27%20or%201=1']) {
    const caller = path.startsWith('/_emulator') ? null : token;
    await expectRefused(`${path}${text}`, domain.send(method, `${path}${text}`, { token: caller }));
  }
  if (path.includes('?'))
    await expectRefused(path, domain.send(method, `${path}x&${path.split(/[?&]/).at(-1)}y`, { token }));
});

describe('in a form', () => {
  const TEXTS = ['a\0b', 'x'.repeat(70_000), 'a\r\nSet-Cookie: x=y', '\u2028', '💣', "' or 1=1 --", '<script>'];

  test.each([
    ['/ui/v1/signin', ['username', 'password', 'request', 'csrf']],
    ['/ui/v1/forgotpwd', ['username', 'csrf']],
    ['/ui/v1/resetpwd?token=x', ['token', 'password', 'confirmation', 'csrf']],
    ['/ui/v1/activate?token=x', ['token', 'password', 'confirmation', 'csrf']],
    ['/ui/v1/verifyemail?token=x', ['token', 'csrf']],
    [
      '/ui/v1/signup?profile=x',
      ['profile', 'emails.value', 'name.familyName', 'password', 'confirmation', 'consent', 'csrf'],
    ],
    ['/sso/v1/sdk/secure/session', ['authorization', 'authnToken', 'requestState', 'kmsiToken']],
    ['/sso/v1/sdk/session', ['authorization', 'authnToken', 'requestState', 'kmsiToken']],
    ['/sso/v1/sdk/secure/idp', ['authorization', 'requestState', 'idpId', 'appName', 'clientId']],
  ] as const)('%s', async (path, names) => {
    const browser = newBrowser(domain.url);
    await browser.get(path);
    for (const name of names) {
      for (const text of Array.from({ length: 3 }, () => TEXTS[turn++ % TEXTS.length]!)) {
        const fields = { ...Object.fromEntries(names.map((each) => [each, 'x'])), authorization: token, [name]: text };
        const answer = await browser.post(path, fields);
        expect(
          answer.status,
          `${path} ${name}=${JSON.stringify(text.slice(0, 30))} ${answer.text.slice(0, 200)}`,
        ).toBeLessThan(500);
        expect(answer.headers.get('set-cookie') ?? '').not.toContain('x=y');
        expect(answer.text).not.toContain('<script>alert');
      }
      for (const body of [`${name}=1&${name}=2`, `${name}=%zz%ff`]) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const { status, text } = await domain.send('POST', path, { token: null, body, headers });
        expect(status, `${path} ${body} ${text.slice(0, 200)}`).toBeLessThan(500);
      }
    }
    for (const query of [
      'token=%00',
      'token=a&token=b',
      'profile=%00',
      'profile=%ff',
      'request=%00',
      `token=${'x'.repeat(9000)}`,
    ])
      expect((await browser.get(`${path.split('?')[0]}?${query}`)).status, `${path} ${query}`).toBeLessThan(500);
  });
});
