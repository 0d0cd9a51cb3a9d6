import { beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { type FactorUser, type FactorWorld, factorWorld, IDCS, MFA } from '../resources/factors/factor-fixture.ts';
import type { Answer } from '../support/emulator.ts';

/*
 * The recorded requests of the collection's folder MFA, as chains: a later request uses what an earlier answer gave. Statuses as
 * recorded; where none is, those of the kind of request.
 */

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SEARCH = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] };
const DEVICE = 'urn:ietf:params:scim:schemas:oracle:idcs:Device';

let world: FactorWorld;
let joe: FactorUser;
const passed: string[] = [];

beforeAll(async () => {
  world = await factorWorld();
  await world.settings({ smsEnabled: true, securityQuestionsEnabled: true });
  joe = await world.user('joe.bloggs');
});

/** Counts a request that was answered as recorded. */
async function step(id: string, status: number, sent: Promise<Answer>): Promise<JsonObject> {
  const answer = await sent;
  expect(answer.status, `${id}: ${answer.text}`).toBe(status);
  passed.push(id);
  return answer.body;
}

const enroll = (id: string, more: JsonObject) =>
  step(id, 201, joe.call('AuthenticationFactorEnroller', { user: { value: joe.id }, ...more }));
const initiate = (id: string, authFactor: string, of: JsonObject) =>
  step(id, 201, joe.call('AuthenticationFactorInitiator', { ...idsOf(of), userName: joe.userName, authFactor }));
const validate = (id: string, status: number, authFactor: string, of: JsonObject, more: JsonObject = {}) =>
  step(
    id,
    status,
    joe.call('AuthenticationFactorValidator', { ...idsOf(of), authFactor, scenario: 'ENROLLMENT', ...more }),
  );

const admin = (method: string, path: string, body?: JsonObject) =>
  world.domain.send(method, `/admin/v1/${path}`, body === undefined ? {} : { body });

function idsOf({ deviceId, requestId }: JsonObject): JsonObject {
  return { deviceId: deviceId!, requestId: requestId! };
}

it('enrolls by mail and SMS', async () => {
  const mail = await enroll('main-0294', { authnFactors: ['EMAIL'] });
  await initiate('main-0295', 'EMAIL', mail);
  await validate('main-0296', 201, 'EMAIL', mail, { otpCode: (await world.message('joe.bloggs@example.com')).code });
  const phone = await enroll('main-0297', {
    displayName: "Joes's Personal Phone",
    countryCode: '+44',
    phoneNumber: '1122334455',
    authnFactors: ['SMS'],
  });
  await initiate('main-0298', 'SMS', phone);
  const { code } = await world.message('+441122334455');
  await validate('main-0299', 401, 'SMS', phone, { otpCode: code === '191224' ? '191225' : '191224' });
  await validate('main-0299', 201, 'SMS', phone, { otpCode: code });
});

it('enrolls security questions', async () => {
  const given: [string, string, string][] = [
    ['FavoriteMovie', 'Harry Potter', 'wizard'],
    ['FavoriteFood', 'Chinese', 'noodles'],
    ['FirstPet', 'Bouncer', 'dog'],
  ];
  const value = given.map(([question, answer, hintText]) => ({ value: question, answer, hintText }));
  const path = `${IDCS}extension:securityQuestions:User:secQuestions`;
  await step(
    'main-0300',
    200,
    joe.send('PATCH', 'Me/', { schemas: [PATCH_OP], Operations: [{ op: 'add', path, value }] }),
  );
  const securityQuestions = given.map(([id, answer]) => ({ id, answer }));
  await step(
    'main-0301',
    201,
    joe.call('AuthenticationFactorValidator', {
      authFactor: 'SECURITY_QUESTIONS',
      scenario: 'ENROLLMENT',
      securityQuestions,
    }),
  );
  const all = await step('main-0302', 200, joe.send('GET', 'SecurityQuestions?count=48&startIndex=1'));
  expect(Number(all['totalResults'])).toBeGreaterThan(3);
  await step('main-0303', 200, joe.send('GET', 'SecurityQuestionSettings/SecurityQuestionSettings'));
  // Whoever has forgotten the password has no token: an application asks.
  const check = (securityAnswer: string) =>
    admin('POST', 'MeSecurityQuestionAnswerValidator', {
      userName: joe.userName,
      securityQuestions: given.map(([questionId, answer], at) => ({
        questionId,
        securityAnswer: at === 0 ? securityAnswer : answer,
      })),
      schemas: [`${IDCS}MeSecurityQuestionAnswerValidator`],
    });
  await step('main-0304', 201, check('Harry Potter'));
  await step('main-0304', 400, check('Star Wars'));
  const body = { userName: joe.userName, schemas: [`${IDCS}MeSecurityQuestionsRetriever`] };
  await step('main-0305', 201, admin('POST', 'MeSecurityQuestionsRetriever', body));
});

it('enrolls an authenticator app and a phone for pushes', async () => {
  const app = await enroll('main-0306', { authnFactors: ['TOTP'], isDeviceOffline: true });
  const shown = await world.domain.send('GET', '/_emulator/totp?userName=joe.bloggs', { token: null });
  await validate('main-0307', 201, 'TOTP', app, { otpCode: shown.body.codes.at(-1).code });
  const phone = await enroll('main-0308', { authnFactors: ['PUSH'] });
  await validate('main-0309', 404, 'PUSH', phone);
  const scan = { token: null, body: { action: 'scan' } };
  await world.domain.send('POST', `/_emulator/push/${String(phone['requestId'])}`, scan);
  await validate('main-0309', 201, 'PUSH', phone);
  const preferred = { value: String(app['deviceId']) };
  for (const id of ['main-0324', 'main-0328']) {
    const me = await step(
      id,
      200,
      joe.send('PATCH', 'Me', {
        schemas: [PATCH_OP],
        Operations: [
          { op: 'replace', path: `${MFA}:preferredAuthenticationFactor`, value: 'TOTP' },
          { op: 'replace', path: `${MFA}:preferredDevice`, value: preferred },
        ],
      }),
    );
    expect(me[MFA]).toMatchObject({ preferredAuthenticationFactor: 'TOTP', preferredDevice: preferred });
  }
});

it('lists, renames and removes what was enrolled', async () => {
  const made = await step('main-0310', 201, joe.send('POST', 'MyBypassCodes', { schemas: [`${IDCS}BypassCode`] }));
  const code = `MyBypassCodes/${String(made['id'])}`;
  expect((await step('main-0311', 200, joe.send('GET', code)))['code']).toBe(made['code']);
  await step('main-0312', 200, joe.send('GET', 'MyBypassCodes'));
  await step('main-0313', 200, joe.send('POST', 'MyBypassCodes/.search', SEARCH));
  await step('main-0314', 204, joe.send('DELETE', code));
  const { Resources } = await step('main-0315', 200, joe.send('GET', 'MyDevices'));
  const devices = (Resources as JsonObject[]).map(({ id }) => `MyDevices/${String(id)}`);
  expect(devices).toHaveLength(4);
  await step('main-0316', 200, joe.send('GET', devices[0]!));
  const rename = { op: 'replace', path: `${DEVICE}:displayName`, value: "Joe's iPhone 7" };
  await step('main-0317', 200, joe.send('PATCH', devices[0]!, { schemas: [PATCH_OP], Operations: [rename] }));
  for (const device of devices.slice(1)) await step('main-0318', 204, joe.send('DELETE', device));
});

it('trusts the program that has proved a factor', async () => {
  const { Resources } = (await joe.send('GET', 'MyDevices')).body;
  const [device] = Resources as { id: string; authenticationFactors: { type: string }[] }[];
  const authFactor = device!.authenticationFactors[0]!.type;
  expect(authFactor).toBe('EMAIL');
  const asked = await initiate('main-0295', authFactor, { deviceId: device!.id, requestId: null });
  const { code } = await world.message('joe.bloggs@example.com');
  const proof = { scenario: 'AUTHENTICATION', otpCode: code, createTrustedAgent: true, name: 'Browser' };
  await validate('main-0296', 201, authFactor, { deviceId: device!.id, requestId: asked['requestId']! }, proof);
  const list = await step('main-0319', 200, joe.send('GET', 'MyTrustedUserAgents'));
  const path = `MyTrustedUserAgents/${String((list['Resources'] as JsonObject[])[0]!['id'])}`;
  await step('main-0320', 200, joe.send('GET', path));
  await step('main-0321', 204, joe.send('DELETE', path));
});

it('gives help desk codes', async () => {
  const user = { user: { value: joe.id }, schemas: [`${IDCS}BypassCode`] };
  const made = await step('main-0284', 201, admin('POST', 'BypassCodes', user));
  const paging = { sortOrder: 'ASCENDING', pagingCount: 20, pagingStartIndex: 1, ...SEARCH };
  await step('main-0285', 200, admin('POST', 'BypassCodes/.search', paging));
  await step('main-0286', 200, admin('GET', `BypassCodes/${String(made['id'])}`));
  await step('main-0287', 200, admin('GET', 'BypassCodes'));
  await step('main-0288', 204, admin('DELETE', `BypassCodes/${String(made['id'])}`));
});

it('has made all of the recorded requests', () => {
  const ids = [...new Set(passed)].sort();
  process.stdout.write(`MFA: ${passed.length} steps of ${ids.length} recorded requests\n`);
  const number = (id: string) => Number(id.slice(5));
  const wanted = [...range(284, 288), ...range(294, 321), 324, 328];
  expect(ids.map(number)).toEqual(wanted);
});

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
