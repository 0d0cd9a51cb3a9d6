import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { eventsOf } from '../../audit/audit-world.ts';
import { MY_SCOPES, newClient, type TestClient } from '../../oauth/token/assertion-fixture.ts';
import { advanceClock } from '../../support/domain-clock.ts';
import {
  type Answer,
  clientFor,
  startTestEmulator,
  type TestDomain,
  testDatabaseUrl,
  testDomain,
} from '../../support/emulator.ts';
import { lastMail, mailsTo } from '../../support/mailbox.ts';
import { newUser } from '../../support/new-user.ts';
import { recordStatements } from '../../support/statements.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const QUESTIONS = `${IDCS}extension:securityQuestions:User:secQuestions`;
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const OLD = 'Correct-Horse-42';
const NEW = 'Better-Battery-43';
const REQUESTED = 'admin.me.password.reset.request.success';

let domain: TestDomain;
let client: TestClient;

beforeAll(async () => {
  domain = await testDomain();
  client = await newClient(domain, 'cli');
  await allowAllFactors(domain);
});

async function allowAllFactors(on: TestDomain): Promise<void> {
  await on.send('PATCH', '/admin/v1/AccountRecoverySettings/AccountRecoverySettings', {
    body: {
      schemas: [PATCH],
      Operations: [{ op: 'replace', path: 'factors', value: ['email', 'sms', 'secquestions'] }],
    },
  });
}

const post = (type: string, body: JsonObject, on = domain) =>
  on.send('POST', `/admin/v1/${type}`, { body: { schemas: [IDCS + type], ...body } });
const options = (userName: string) => post('MePasswordRecoveryOptionRetriever', { userName });
const request = (userName: string, notificationType: string, more: JsonObject = {}) =>
  post('MePasswordResetRequestor', { userName, notificationType, ...more });
const validate = (type: string, more: JsonObject) => post('MePasswordRecoveryFactorValidator', { type, ...more });
const reset = (token: string, password = NEW) => post('MePasswordResetter', { token, password });
const signIn = (username: string, password: string) =>
  domain.tokenRequest({ grant_type: 'password', username, password, scope: MY_SCOPES }, client);
const messageId = ({ body }: Answer) =>
  body['urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error']?.messageId;

async function forgetful(name: string, more: JsonObject = {}): Promise<{ id: string; email: string }> {
  const { id } = await newUser(domain, name, OLD, more);
  return { id, email: `${name}@example.com` };
}

describe('by mail (C5)', () => {
  test('the mailed token becomes one for a new password', async () => {
    const { id, email } = await forgetful('ann');
    const { body } = await options('ann');
    expect(body.options).toEqual([{ type: 'email', value: '****@example.com' }]);
    const asked = await request('ANN', 'email', { notificationEmailAddress: body.options[0].value });
    expect(asked.status, asked.text).toBe(201);
    expect(asked.body).toMatchObject({
      userName: 'ANN',
      notificationType: 'email',
      notificationEmailAddress: '****@example.com',
    });
    expect(asked.text).not.toContain('token');
    const mail = await lastMail(domain, email, REQUESTED);
    expect(mail.link).toContain(`${domain.url}/ui/v1/resetpwd?token=`);
    const { token } = mail;
    const validated = await validate('email', { emailToken: token });
    expect(validated.status, validated.text).toBe(201);
    expect(messageId(await validate('email', { emailToken: token }))).toBe('error.identity.passwordmgmt.invalidToken');
    expect(messageId(await reset(token))).toBe('error.identity.passwordmgmt.invalidToken');
    expect((await post('UserTokenValidator', { token: validated.body.token })).body.userId).toBe(id);
    expect(messageId(await reset(validated.body.token, 'short'))).toBe(
      'error.identity.passwordmgmt.pwdpolicyViolation',
    );
    const done = await reset(validated.body.token);
    expect([done.status, done.body.id]).toEqual([201, id]);
    expect(messageId(await reset(validated.body.token))).toBe('error.identity.passwordmgmt.invalidToken');
    expect([(await signIn('ann', OLD)).status, (await signIn('ann', NEW)).status]).toEqual([400, 200]);
    // The mail came there: the address is the user's.
    const { body: user } = await domain.send('GET', `/admin/v1/Users/${id}`);
    expect(user.emails.map((each: JsonObject) => each['verified'])).toEqual([true, true]);
  });

  test('an application that writes the mail itself finds the token (main-0432)', async () => {
    const { id, email } = await forgetful('ben');
    expect((await request('ben', 'email', { userFlowControlledByExternalClient: true })).status).toBe(201);
    expect(await mailsTo(domain, email, REQUESTED)).toEqual([]);
    const filter = encodeURIComponent(`userId co "${id}"`);
    const { body } = await domain.send('GET', `/admin/v1/UserTokens?filter=${filter}`);
    expect(body.Resources).toMatchObject([{ tokenType: 'passwordReset', data: email }]);
    expect((await reset(body.Resources[0].token)).status).toBe(201);
  });

  test('tokens of others, cut off and expired are refused; a new password ends the others', async () => {
    const { email } = await forgetful('cid');
    await forgetful('dee');
    await request('cid', 'email');
    const { token } = await lastMail(domain, email, REQUESTED);
    for (const wrong of [{ emailToken: token, userName: 'dee' }, { emailToken: token.slice(1) }, { emailToken: 'x' }]) {
      expect(messageId(await validate('email', wrong))).toBe('error.identity.passwordmgmt.invalidToken');
    }
    expect(messageId(await validate('email', {}))).toBe('error.common.validation.missingReqAttributes');
    expect(messageId(await post('MeEmailVerified', { token }))).toBe('error.identity.passwordmgmt.invalidToken');
    const two = await Promise.all([reset(token), reset(token, 'Third-Password-44')]);
    expect(two.map(({ status }) => status).sort()).toEqual([201, 400]);
  });

  test('nobody learns whether there is a user, and no address but the user’s own is written to', async () => {
    const { email } = await forgetful('eli');
    await request('eli', 'email', { notificationEmailAddress: 'thief@example.net' });
    await request('eli', 'email', { notificationEmailAddress: '****@example.net' });
    expect(await mailsTo(domain, email, REQUESTED)).toEqual([]);
    expect(await mailsTo(domain, 'thief@example.net')).toEqual([]);
    expect((await request('eli', 'email', { notificationEmailAddress: 'no address' })).status).toBe(400);
    const shapeOf = ({ status, body }: Answer) => [status, Object.keys(body).sort()];
    for (const type of ['email', 'sms', 'secquestions']) {
      expect(shapeOf(await request('nobody', type)), type).toEqual(shapeOf(await request('eli', type)));
    }
    expect((await options('nobody')).body.options).toEqual([{ type: 'email', value: '****@example.com' }]);
    expect((await options('nobody@corp.example')).body.options[0].value).toBe('****@corp.example');
    const gone = await forgetful('flo');
    const off = { schemas: [`${IDCS}UserStatusChanger`], active: false };
    await domain.send('PUT', `/admin/v1/UserStatusChanger/${gone.id}`, { body: off });
    expect(shapeOf(await request('flo', 'email'))).toEqual(shapeOf(await request('nobody', 'email')));
    expect(await mailsTo(domain, gone.email, REQUESTED)).toEqual([]);
  });

  test('a name that nobody has takes the same statements, by mail and by SMS', async () => {
    const name = 'password-recovery';
    const server = await startTestEmulator({ databaseUrl: testDatabaseUrl(name) });
    onTestFinished(() => server.stop());
    const own = await testDomain(server);
    await allowAllFactors(own);
    const phoneNumbers = [{ type: 'recovery', value: '+15550177' }];
    await newUser(own, 'flo', OLD, { phoneNumbers });
    const ask = (userName: string, notificationType: string, more: JsonObject = {}) =>
      post('MePasswordResetRequestor', { userName, notificationType, ...more }, own);
    const statementsOf = async (...request: Parameters<typeof ask>) => {
      const { statements } = await recordStatements(name, () => ask(...request));
      // A new server makes its domains' keys beside the requests.
      const asked = statements.filter((text) => !text.includes('signing_key'));
      return asked.map((text) =>
        text
          .replaceAll(/\s+/g, ' ')
          .slice(0, 60)
          .replace(/^COMMIT|^ROLLBACK/, 'END'),
      );
    };
    // What is read once is kept.
    for (const type of ['email', 'sms']) await ask('flo', type);
    for (const [type, more] of [
      ['email', {}],
      ['email', { notificationEmailAddress: '****@example.net' }],
      ['email', { userFlowControlledByExternalClient: true }],
      ['sms', {}],
    ] as const) {
      const known = await statementsOf('flo', type, more);
      expect(known.length).toBeGreaterThan(0);
      expect(await statementsOf('nobody', type, more), type).toEqual(known);
    }
    const events = await eventsOf(own, 'eventId sw "admin.me.password.reset.request."');
    expect(new Set(events.map(({ eventId, message }) => [eventId, message].join(' ')))).toContain(
      'admin.me.password.reset.request.failure No user nobody can be sent a mail to this address.',
    );
  });

  test('a way that the settings lack is refused', async () => {
    const other = await testDomain();
    const body = { userName: 'x', notificationType: 'sms' };
    const refused = await post('MePasswordResetRequestor', body, other);
    expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('notificationType')]);
    const validator = await post('MePasswordRecoveryFactorValidator', { type: 'secquestions', userName: 'x' }, other);
    expect(validator.status).toBe(400);
    expect((await request('x', 'pigeon')).status).toBe(400);
  });
});

describe('by SMS', () => {
  const phone = (value: string) => ({ phoneNumbers: [{ type: 'recovery', value }] });

  test('the code becomes a token, once', async () => {
    await forgetful('gus', phone('+15550100'));
    expect((await options('gus')).body.options).toContainEqual({ type: 'sms', value: '+15XXX100' });
    const { body, text } = await request('gus', 'sms');
    expect(text).not.toContain('5550100');
    const { code = '' } = await lastMail(domain, '+15550100');
    const proof = { userName: 'gus', deviceId: body.deviceId, requestId: body.requestId };
    expect(messageId(await validate('sms', { ...proof, otpCode: code, deviceId: 'x' }))).toBe(
      'error.identity.accrec.invalidOTP',
    );
    const right = await validate('sms', { ...proof, otpCode: code });
    expect(right.status, right.text).toBe(201);
    expect(right.text).not.toContain(code);
    expect(messageId(await validate('sms', { ...proof, otpCode: code }))).toBe('error.identity.accrec.invalidOTP');
    expect((await reset(right.body.token)).status).toBe(201);
  });

  test('too many wrong codes close the way for a while, at once too', async () => {
    await forgetful('hal', phone('+15550101'));
    const { body } = await request('hal', 'sms');
    const { code = '' } = await lastMail(domain, '+15550101');
    const proof = { userName: 'hal', deviceId: body.deviceId, requestId: body.requestId };
    const wrong = code === '000000' ? '111111' : '000000';
    const tries = Array.from({ length: 12 }, () => validate('sms', { ...proof, otpCode: wrong }));
    expect(new Set((await Promise.all(tries)).map(({ status }) => status))).toEqual(new Set([400]));
    expect((await validate('sms', { ...proof, otpCode: code })).status).toBe(400);
    // While it is closed, nothing is sent.
    await request('hal', 'email');
    expect(await mailsTo(domain, 'hal@example.com', REQUESTED)).toEqual([]);
    await advanceClock(domain, 31 * 60);
    const again = await request('hal', 'sms');
    const sent = await lastMail(domain, '+15550101');
    const { deviceId, requestId } = again.body;
    const right = await validate('sms', { userName: 'hal', deviceId, requestId, otpCode: sent.code! });
    expect(right.status, right.text).toBe(201);
  });
});

describe('by security questions', () => {
  test('right answers become a token', async () => {
    const { id } = await forgetful('ida');
    const { body } = await domain.send('GET', '/admin/v1/SecurityQuestions?count=3');
    const value = body.Resources.map(({ id: question }: { id: string }, index: number) => ({
      value: question,
      answer: `answer ${index}`,
    }));
    const set = await domain.send('PATCH', `/admin/v1/Users/${id}`, {
      body: { schemas: [PATCH], Operations: [{ op: 'add', path: QUESTIONS, value }] },
    });
    expect(set.status, set.text).toBe(200);
    expect((await options('ida')).body.options).toContainEqual({ type: 'secquestions' });
    const asked = await request('ida', 'secquestions');
    const [first] = asked.body.secquestions as { questionId: string }[];
    expect(first, asked.text).toMatchObject({ questionId: value[0].value });
    const answered = (securityAnswer: string) =>
      validate('secquestions', {
        userName: 'ida',
        securityQuestions: [{ questionId: first!.questionId, securityAnswer }],
      });
    expect(messageId(await answered('wrong answer'))).toBe('error.identity.passwordmgmt.invalidSecurityQuestionAnswer');
    const right = await answered('answer 0');
    expect(right.status, right.text).toBe(201);
    expect(right.text).not.toContain('answer 0');
    expect((await reset(right.body.token)).status).toBe(201);
    const events = await eventsOf(domain, `adminResourceId eq "${id}" and eventId co ".recovery."`);
    expect(events.map(({ eventId }) => eventId)).toEqual([
      'admin.me.password.recovery.validate.failure',
      'admin.me.password.recovery.validate.success',
    ]);
  });

  test('a way that is closed stays closed to right answers, is mailed, and opens by the clock', async () => {
    const { id } = await forgetful('joe');
    const { body } = await domain.send('GET', '/admin/v1/SecurityQuestions?count=3');
    const value = body.Resources.map(({ id: question }: { id: string }, index: number) => ({
      value: question,
      answer: `right answer ${index}`,
    }));
    const Operations = [{ op: 'add', path: QUESTIONS, value }];
    const set = await domain.send('PATCH', `/admin/v1/Users/${id}`, { body: { schemas: [PATCH], Operations } });
    expect(set.status, set.text).toBe(200);
    const questionId = value[0].value;
    const answered = (securityAnswer: string) =>
      validate('secquestions', { userName: 'joe', securityQuestions: [{ questionId, securityAnswer }] });
    for (let left = 5; left > 0; left--) expect((await answered('no')).status).toBe(400);
    const mail = await lastMail(domain, 'joe@example.com', 'admin.me.passwordrecoverylocked.success');
    expect(mail.subject).not.toBe('');
    expect((await answered('right answer 0')).status).toBe(400);
    expect((await request('joe', 'secquestions')).body.secquestions).toEqual([]);
    const closed = await domain.send('GET', `/admin/v1/Users/${id}?attributeSets=all`);
    expect(closed.body[`${IDCS}extension:userState:User`].recoveryLocked).toMatchObject({ on: true });
    // Signing in is another matter.
    expect((await signIn('joe', OLD)).status).toBe(200);
    await advanceClock(domain, 31 * 60);
    domain = await clientFor(domain.name, domain.url);
    const right = await answered('right answer 0');
    expect(right.status, right.text).toBe(201);
    expect((await reset(right.body.token)).status).toBe(201);
  });
});
