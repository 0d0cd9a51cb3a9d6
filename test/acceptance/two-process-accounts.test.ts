import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Emulator } from '../../src/index.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { newBrowser } from '../support/browser.ts';
import { type Answer, clientFor, startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';
import { lastMail } from '../support/mailbox.ts';
import { newUser } from '../support/new-user.ts';

/*
 * Two processes on one database: activation, recovery and the enrollment of a factor, every step on the other one.
 */

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const [FIRST, SECOND] = ['Correct-Horse-41', 'Correct-Horse-42'];

let second: Emulator;
let here: TestDomain;
let there: TestDomain;
let client: TestClient;

beforeAll(async () => {
  here = await testDomain();
  second = await startTestEmulator();
  there = await clientFor(here.name, (await second.domain(here.name)).url);
  client = await newClient(here, 'cli');
});
afterAll(() => second.stop());

const post = (domain: TestDomain, type: string, body: JsonObject): Promise<Answer> =>
  domain.send('POST', `/admin/v1/${type}`, { body: { schemas: [IDCS + type], ...body } });
const signIn = (domain: TestDomain, username: string, password: string) =>
  domain.tokenRequest({ grant_type: 'password', username, password, scope: MY_SCOPES }, client);
test('an invitation is taken up', async () => {
  await here.createUser('invited');
  const { link } = await lastMail(there, 'invited@example.com', 'admin.user.create.success');
  const browser = newBrowser(here.url, there.url);
  const page = await browser.get(link);
  expect(page.status, page.text).toBe(200);
  const done = await browser.submit(page, { password: FIRST!, confirmation: FIRST! });
  expect(done.status, done.text).toBe(303);
  expect((await browser.get(link)).status).toBe(400);
  expect((await signIn(there, 'invited', FIRST!)).status).toBe(200);
});

test('a forgotten password is replaced, and of two who use a token at once one does', async () => {
  await newUser(here, 'forgetful', FIRST!);
  expect((await signIn(there, 'forgetful', FIRST!)).status).toBe(200);
  await post(there, 'MePasswordResetRequestor', { userName: 'forgetful', notificationType: 'email' });
  const mail = await lastMail(here, 'forgetful@example.com', 'admin.me.password.reset.request.success');
  const proof = { type: 'email', emailToken: mail.token };
  const proofs = await Promise.all([here, there].map((on) => post(on, 'MePasswordRecoveryFactorValidator', proof)));
  expect(proofs.map(({ status }) => status).sort()).toEqual([201, 400]);
  const { token } = proofs.find(({ status }) => status === 201)!.body;
  const resets = await Promise.all(
    [here, there].map((on) => post(on, 'MePasswordResetter', { token, password: SECOND! })),
  );
  expect(resets.map(({ status }) => status).sort()).toEqual([201, 400]);
  for (const on of [here, there]) {
    expect((await signIn(on, 'forgetful', SECOND!)).status).toBe(200);
    expect((await signIn(on, 'forgetful', FIRST!)).status).toBe(400);
  }
});

test('a factor is enrolled, and its code is good once', async () => {
  const { id } = await newUser(here, 'phoned', FIRST!);
  const token = (await signIn(here, 'phoned', FIRST!)).body.access_token as string;
  const my = (on: TestDomain, type: string, body: JsonObject) =>
    on.send('POST', `/admin/v1/My${type}`, { token, body: { schemas: [IDCS + type], ...body } });
  const begun = await my(here, 'AuthenticationFactorEnroller', { user: { value: id }, authnFactors: ['EMAIL'] });
  expect(begun.status, begun.text).toBe(201);
  const { deviceId, requestId } = begun.body;
  const asked = await my(there, 'AuthenticationFactorInitiator', {
    deviceId,
    requestId,
    userName: 'phoned',
    authFactor: 'EMAIL',
  });
  expect(asked.status, asked.text).toBe(201);
  const { code = '' } = await lastMail(here, 'phoned@example.com');
  const proof = { deviceId, requestId, otpCode: code, authFactor: 'EMAIL', scenario: 'ENROLLMENT' };
  const answers = await Promise.all([here, there].map((on) => my(on, 'AuthenticationFactorValidator', proof)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.find(({ status }) => status === 201)!.body.mfaStatus).toBe('ENROLLED');
  expect((await there.send('GET', '/admin/v1/MyDevices', { token })).body.totalResults).toBe(1);
});
