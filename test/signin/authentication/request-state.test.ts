import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { clientFor, emulator } from '../../support/emulator.ts';
import {
  AUTHENTICATE,
  type AuthenticationWorld,
  authenticationWorld,
  PASSWORD,
  type SignIn,
} from './authentication-world.ts';
import { enrolledUser } from './enrolled-user.ts';

let world: AuthenticationWorld;
const OPTIONAL = { authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'true' };
const INVALID = 'The requestState provided is either invalid or expired. Please provide a valid requestState.';

beforeAll(async () => {
  world = await authenticationWorld();
  await world.settings('AuthenticationFactorSettings', { smsEnabled: true });
  await world.user('joe');
});

const send = (body: JsonObject | string, token = world.token) =>
  world.domain.send('POST', AUTHENTICATE, { token, body });
const credentials = { username: 'joe', password: PASSWORD };

async function freshState(): Promise<string> {
  const signIn = world.signIn();
  await signIn.start();
  return signIn.requestState;
}

describe('requestState', () => {
  it('is one line of at most 4 KB that shows nothing', async () => {
    const state = await freshState();
    expect(state).toMatch(/^[A-Za-z0-9_-]{200,4096}$/);
    expect(Buffer.from(state, 'base64url').toString('latin1')).not.toMatch(/identify|clientId/);
  });

  it.each([
    ['nothing', () => ''],
    ['another text', () => 'x'.repeat(400)],
    [
      'one character of it changed',
      (state: string) => `${state.slice(0, 50)}${state[50] === 'A' ? 'B' : 'A'}${state.slice(51)}`,
    ],
    ['cut off', (state: string) => state.slice(0, -4)],
    ['longer', (state: string) => `${state}AAAA`],
    ['far too long', (state: string) => state.repeat(40)],
    ['with a line break', (state: string) => `${state.slice(0, 60)}\n${state.slice(60)}`],
  ])('is refused: %s', async (_how, change) => {
    const answer = await send({ op: 'credSubmit', credentials, requestState: change(await freshState()) });
    expect(answer.body, answer.text).toMatchObject({
      status: 'failed',
      cause: [{ code: 'AUTH-1120', message: INVALID }],
    });
    expect(answer.status).toBe(401);
  });

  it('is good for one step, of many at once too', async () => {
    const requestState = await freshState();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send({ op: 'credSubmit', credentials, requestState })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 401)]);
    const late = await send({ op: 'credSubmit', credentials, requestState });
    expect(late.body.cause[0].code).toBe('AUTH-1120');
  });

  it('belongs to the client that began', async () => {
    const { token } = await world.anotherClient('other_page');
    const answer = await send({ op: 'credSubmit', credentials, requestState: await freshState() }, token);
    expect(answer.body.cause[0].code).toBe('AUTH-1120');
  });

  it('belongs to its domain', async () => {
    const other = await authenticationWorld();
    const answer = await other.domain.send('POST', AUTHENTICATE, {
      token: other.token,
      body: { op: 'credSubmit', credentials, requestState: await freshState() },
    });
    expect(answer.body.cause[0].code).toBe('AUTH-1120');
  });

  it('runs out after 15 minutes of the domain', async () => {
    const requestState = await freshState();
    await world.advance(14 * 60);
    const wrong = await send({ op: 'credSubmit', credentials: { ...credentials, password: 'no' }, requestState });
    await world.advance(14 * 60);
    const right = await send({ op: 'credSubmit', credentials, requestState: wrong.body.requestState });
    expect(right.status, right.text).toBe(200);
    const old = await freshState();
    await world.advance(15 * 60);
    expect((await send({ op: 'credSubmit', credentials, requestState: old })).body.cause[0].code).toBe('AUTH-1120');
  });
});

describe('bad requests', () => {
  it.each([
    ['no JSON', '{"op":', 400, 'AUTH-1121'],
    ['a list', '[]', 400, 'AUTH-1121'],
    ['nothing', '', 400, 'AUTH-1033'],
    ['an unknown op', '{"op":"fly"}', 400, 'AUTH-1111'],
    ['an op that is none', '{"op":7}', 400, 'AUTH-1111'],
    ['an unknown factor', '{"op":"credSubmit","authFactor":"EMAILS"}', 400, 'AUTH-1111'],
    ['credentials that are none', '{"op":"credSubmit","credentials":[]}', 400, 'AUTH-1111'],
    ['a NUL character', '{"op":"credSubmit","credentials":{"username":"a\\u0000"}}', 400, 'AUTH-1111'],
    ['no requestState', '{"op":"credSubmit"}', 401, 'AUTH-1120'],
  ])('%s', async (_what, body, status, code) => {
    const answer = await world.domain.send('POST', AUTHENTICATE, {
      token: world.token,
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status, answer.text).toBe(status);
    expect(answer.body.cause[0].code).toBe(code);
    expect(answer.headers.get('content-type')).toBe('application/json;charset=utf-8');
  });

  it('names the allowed factors, as recorded', async () => {
    const answer = await send({ op: 'credSubmit', authFactor: 'EMAILS', requestState: await freshState() });
    expect(answer.body.cause[0].message).toMatch(
      /^Invalid value \[EMAILS\] for attribute authFactor\. One of \[USERNAME_PASSWORD,PUSH,TOTP/,
    );
    expect(answer.body.ecid).toEqual(expect.any(String));
  });

  it('answers a missing op with 422, and offers the same again', async () => {
    const answer = await send({ credentials, requestState: await freshState() });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      cause: [{ code: 'AUTH-1111', message: 'Your input request is missing the op attribute, which is mandatory.' }],
      nextOp: ['credSubmit'],
      USERNAME_PASSWORD: { credentials: ['username', 'password'] },
    });
    const next = await send({ op: 'credSubmit', credentials, requestState: answer.body.requestState });
    expect(next.body.authnToken).toEqual(expect.any(String));
  });

  it.each([
    ['resendCode', 'AUTH-1116'],
    ['createToken', 'AUTH-1116'],
    ['acceptTOU', 'AUTH-1116'],
    ['createSession', 'AUTH-1119'],
    ['chooseIDP', 'AUTH-1119'],
  ])('refuses %s where it is not offered', async (op, code) => {
    const answer = await send({ op, requestState: await freshState() });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ cause: [{ code }], nextOp: ['credSubmit'], requestState: expect.any(String) });
  });

  it('refuses an appName that is none, or of an App that is not active', async () => {
    expect((await world.signIn().start('No such app')).body.cause[0].code).toBe('AUTH-1118');
    const { domain } = world;
    const body = {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName: 'Sleeping',
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    };
    await domain.send('POST', '/admin/v1/Apps', { body });
    expect((await world.signIn().start('Sleeping')).body.cause[0].code).toBe('AUTH-1122');
  });

  it('refuses tokens without the right to sign users in, and callers without a token', async () => {
    const none = await world.domain.send('GET', AUTHENTICATE, { token: null });
    expect([none.status, none.body.cause[0].code]).toEqual([401, 'AUTH-1034']);
    const garbled = await world.domain.send('GET', AUTHENTICATE, { token: 'a.b.c' });
    expect([garbled.status, garbled.headers.get('content-type')]).toEqual([401, 'text/html']);
    const on = await clientFor(world.domain.name, (await (await emulator()).domain(world.domain.name)).url);
    expect((await on.send('GET', AUTHENTICATE)).status).toBe(200);
  });
});

describe('wrong codes', () => {
  it('are counted exactly, though 200 come at once, and lock the account for right ones, too', async () => {
    await world.signOnRule(OPTIONAL);
    await world.settings('AuthenticationFactorSettings', {
      'endpointRestrictions.maxMfaIncorrectValidationAttempts': 3,
      'endpointRestrictions.maxMfaNotificationAttempts': 50,
    });
    const user = await enrolledUser(world, 'racer', ['SMS']);
    const begun = await Promise.all(
      Array.from({ length: 21 }, async () => {
        const signIn = world.signIn();
        await signIn.start();
        await signIn.password(user.name);
        return signIn;
      }),
    );
    const [last, ...others] = begun as [SignIn, ...SignIn[]];
    await last.step({ op: 'resendCode' });
    const otpCode = await world.code(user.phone);
    const wrong = otpCode === '000000' ? '111111' : '000000';
    // Each requestState ten times at once: it is good for one step.
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const { requestState } = others[index % others.length]!;
        return send({ op: 'credSubmit', credentials: { otpCode: wrong }, requestState });
      }),
    );
    const counts: { [code: string]: number } = {};
    for (const { body } of answers) counts[body.cause[0].code] = (counts[body.cause[0].code] ?? 0) + 1;
    const { 'AUTH-1010': locked = 0, 'AUTH-3002': ended = 0, ...judged } = counts;
    expect(judged).toEqual({ 'AUTH-1105': 2, 'AUTH-1027': 1, 'AUTH-1120': 180 });
    // Told by the judge, or before anything is judged.
    expect(locked + ended).toBe(17);
    const mfa = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:mfa:User';
    const row = await world.domain.send('GET', `/admin/v1/Users/${user.id}?attributes=${mfa}:loginAttempts`);
    expect(row.body[mfa].loginAttempts).toBe(3);
    const right = await last.step({ op: 'credSubmit', credentials: { otpCode } });
    expect(right.body.cause[0].code).toBe('AUTH-3002');
    const signIn = world.signIn();
    await signIn.start();
    expect((await signIn.password(user.name)).body.cause[0].code).toBe('AUTH-3002');
  });

  it.each(['12 34 56', 'abcdef', '1234567', ''])('%o is none', async (otpCode) => {
    await world.signOnRule(OPTIONAL);
    const user = await enrolledUser(world, `typer${otpCode.length}${otpCode.slice(0, 1)}`, ['SMS']);
    const signIn = world.signIn();
    await signIn.start();
    await signIn.password(user.name);
    const answer = await signIn.step({ op: 'credSubmit', credentials: { otpCode } });
    expect(answer.body.cause[0].code).toBe(otpCode === '' ? 'AUTH-1001' : 'AUTH-1105');
    const right = await signIn.step({ op: 'credSubmit', credentials: { otpCode: await world.code(user.phone) } });
    expect(right.body.authnToken, right.text).toEqual(expect.any(String));
  });

  it('a phone number that is none can not be enrolled', async () => {
    await world.signOnRule(OPTIONAL);
    await world.user('caller');
    const signIn = world.signIn();
    await signIn.start();
    await signIn.password('caller');
    const answer = await signIn.step({ op: 'enrollment', authFactor: 'SMS', credentials: { phoneNumber: 'call me' } });
    expect(answer.body).toMatchObject({
      status: 'failed',
      cause: [{ code: 'AUTH-1030' }],
      requestState: expect.any(String),
    });
    expect((await signIn.step({ op: 'createToken' })).body.authnToken).toEqual(expect.any(String));
  });
});
