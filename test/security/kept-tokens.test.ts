import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import {
  AUTHENTICATE,
  type AuthenticationWorld,
  authenticationWorld,
  PASSWORD,
} from '../signin/authentication/authentication-world.ts';
import { type EnrolledUser, enrolledUser } from '../signin/authentication/enrolled-user.ts';
import { newBrowser } from '../support/browser.ts';
import type { Answer } from '../support/emulator.ts';

/*
 * Tokens that a device keeps (trust, "keep me signed in"), tokens of sign-ins, and bypass codes, in the hands of somebody else, for
 * something else, twice, or at once.
 */

let world: AuthenticationWorld;
let other: AuthenticationWorld;
let joe: EnrolledUser;
let ann: EnrolledUser;

beforeAll(async () => {
  world = await authenticationWorld();
  other = await authenticationWorld();
  for (const each of [world, other]) {
    await each.settings('KmsiSettings', { kmsiFeatureEnabled: true });
    await each.settings('AuthenticationFactorSettings', { smsEnabled: true });
    await each.signOnRule({ authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'true' });
  }
  joe = await enrolledUser(world, 'joe', ['SMS']);
  ann = await enrolledUser(world, 'ann', ['SMS']);
});

/** A whole sign-in with the second factor. */
async function signIn(user: EnrolledUser, more: JsonObject = {}): Promise<Answer> {
  const steps = world.signIn();
  await steps.start();
  const asked = await steps.password(user.name);
  expect(asked.body.nextOp, asked.text).toContain('credSubmit');
  const otpCode = await world.code(user.phone);
  const done = await steps.step({ op: 'credSubmit', authFactor: 'SMS', credentials: { otpCode }, ...more });
  expect(done.body.authnToken, done.text).toEqual(expect.any(String));
  return done;
}

/** Password and a trust token: what is asked then. */
async function withTrust(where: AuthenticationWorld, userName: string, trustToken: string): Promise<Answer> {
  const steps = where.signIn();
  await steps.start();
  return steps.step({ op: 'credSubmit', credentials: { username: userName, password: PASSWORD }, trustToken });
}

const byKmsi = (kmsiToken: string, where = world, token = where.token) =>
  where.domain.send('POST', AUTHENTICATE, {
    token,
    body: { op: 'credSubmit', authFactor: 'KMSI', appName: 'login_page', kmsiToken },
  });
const isIn = ({ body }: Answer) => typeof body.authnToken === 'string';

describe('A trust token', () => {
  test('is its user’s, of its domain, whole, and no KMSI token', async () => {
    const { body } = await signIn(joe, { trustedDevice: true, trustedDeviceDisplayName: 'Firefox' });
    const { trustToken } = body;
    expect(trustToken).toEqual(expect.any(String));
    expect(isIn(await withTrust(world, 'joe', trustToken))).toBe(true);
    expect(isIn(await withTrust(world, 'ann', trustToken))).toBe(false);
    await enrolledUser(other, 'joe', ['SMS']);
    expect(isIn(await withTrust(other, 'joe', trustToken))).toBe(false);
    for (const text of [trustToken.slice(0, -1), `${trustToken}x`, '', 'v1.', 'x'.repeat(4000)])
      expect(isIn(await withTrust(world, 'joe', text)), text.slice(0, 20)).toBe(false);
    expect(isIn(await byKmsi(trustToken))).toBe(false);
    // Without the password it is nothing.
    const steps = world.signIn();
    await steps.start();
    const wrong = { op: 'credSubmit', credentials: { username: 'joe', password: 'Wrong-Horse-42' }, trustToken };
    expect((await steps.step(wrong)).status).toBe(401);
  });
});

describe('A KMSI token', () => {
  const keep = { keepMeSignedIn: true, kmsiDeviceDisplayName: 'Firefox' };
  async function kept(userName: string): Promise<string> {
    const steps = world.signIn();
    await steps.start();
    await steps.password(userName, keep);
    const { body, text } = await steps.step({ op: 'createToken' });
    expect(body.kmsiToken, text).toEqual(expect.any(String));
    return body.kmsiToken;
  }

  test('is good once, of several at once too, and in its domain', async () => {
    await world.user('kim');
    const token = await kept('kim');
    expect(isIn(await byKmsi(token, other))).toBe(false);
    expect(isIn(await withTrust(world, 'ann', token))).toBe(false);
    const answers = await Promise.all(Array.from({ length: 5 }, () => byKmsi(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('ends with its user', async () => {
    const { id } = await world.user('leo');
    const token = await kept('leo');
    await world.patch(`Users/${id}`, { op: 'replace', path: 'active', value: false });
    const refused = await byKmsi(token);
    expect([refused.status, isIn(refused)], refused.text).toEqual([401, false]);
  });
});

describe('The token of a sign-in', () => {
  const session = (authnToken: string, where = world) =>
    newBrowser(where.domain.url).post('/sso/v1/sdk/secure/session', { authnToken });

  test('begins one session, in its domain, and is no bearer token', async () => {
    const { authnToken } = (await signIn(joe)).body;
    expect((await session(authnToken, other)).status).toBe(401);
    expect((await session(`${authnToken}x`)).status).toBe(401);
    expect((await world.domain.send('GET', '/admin/v1/Me', { token: authnToken })).status).toBe(401);
    const userInfo = await world.domain.send('GET', '/oauth2/v1/userinfo', { token: authnToken });
    expect(userInfo.status).toBe(401);
    const access = (await world.exchange({ body: { authnToken } } as Answer)).body.access_token as string;
    expect((await session(access)).status).toBe(401);
    const answers = await Promise.all(Array.from({ length: 4 }, () => session(authnToken)));
    expect(answers.filter(({ status }) => status < 400)).toHaveLength(1);
  });
});

test('A bypass code is good once, of several sign-ins at once too, and for its user', async () => {
  const code = await joe.bypassCode();
  const attempt = async (user: EnrolledUser) => {
    const steps = world.signIn();
    await steps.start();
    await steps.password(user.name);
    return () => steps.step({ op: 'credSubmit', authFactor: 'BYPASSCODE', credentials: { bypassCode: code } });
  };
  expect(isIn(await (await attempt(ann))())).toBe(false);
  const attempts = await Promise.all([joe, joe, joe].map(attempt));
  const answers = await Promise.all(attempts.map((make) => make()));
  expect(answers.filter(isIn), answers.map(({ text }) => text).join('\n')).toHaveLength(1);
});
