import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../../src/index.ts';
import {
  AUTHENTICATE,
  type AuthenticationWorld,
  authenticationWorld,
  onProcess,
  PASSWORD,
} from '../signin/authentication/authentication-world.ts';
import { enrolledUser, otp } from '../signin/authentication/enrolled-user.ts';
import { newBrowser } from '../support/browser.ts';
import { type Answer, startTestEmulator, type TestDomain, testDatabaseUrl } from '../support/emulator.ts';
import { startProcess } from '../support/emulator-process.ts';

/*
 * Two processes on one database, every step of a sign-in by the Authentication API on the other one; and one that is killed between
 * two steps.
 */

const OPTIONAL = { authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'true' };
let second: Emulator;
let world: AuthenticationWorld;
let there: TestDomain;

beforeAll(async () => {
  world = await authenticationWorld();
  second = await startTestEmulator();
  there = await onProcess(world, second);
  await world.settings('AuthenticationFactorSettings', { smsEnabled: true });
  await world.signOnRule(OPTIONAL);
});

afterAll(() => second.stop());

/** Makes steps, each on the next of these processes. */
function alternating(...domains: readonly TestDomain[]) {
  let requestState = '';
  let steps = 0;
  return async (body: Record<string, unknown> | null): Promise<Answer> => {
    const domain = domains[steps++ % domains.length]!;
    const answer = await (body === null
      ? domain.send('GET', AUTHENTICATE, { token: world.token })
      : domain.send('POST', AUTHENTICATE, { token: world.token, body: JSON.stringify({ requestState, ...body }) }));
    requestState = answer.body.requestState ?? requestState;
    return answer;
  };
}

describe('with every step on the other process', () => {
  test.each([0, 1])(
    'a user enrolls a phone, and signs in with another factor (first step on process %d)',
    async (index) => {
      const domains = index === 0 ? [world.domain, there] : [there, world.domain];
      const name = `walker${index}`;
      await world.user(name);
      const phone = `1555000000${index}`;
      const password = { op: 'credSubmit', credentials: { username: name, password: PASSWORD } };
      const enroll = alternating(...domains);
      await enroll(null);
      await enroll(password);
      await enroll({ op: 'enrollment', authFactor: 'SMS', credentials: { phoneNumber: phone } });
      await enroll({ op: 'resendCode' });
      await enroll({ op: 'credSubmit', credentials: { otpCode: await world.code(phone) } });
      await enroll({ op: 'enrollment', authFactor: 'TOTP', credentials: { offlineTotp: true } });
      await enroll({ op: 'credSubmit', credentials: { otpCode: await otp(world, name) } });
      expect((await enroll({ op: 'createToken' })).body.authnToken).toEqual(expect.any(String));

      await world.advance(60);
      const prove = alternating(...domains);
      await prove(null);
      expect((await prove(password)).body.nextAuthFactors).toEqual(['SMS']);
      const listed = await prove({ op: 'getBackupFactors' });
      const { deviceId } = listed.body.TOTP.enrolledDevices[0];
      const code = { op: 'credSubmit', authFactor: 'TOTP', credentials: { deviceId, otpCode: '000000' } };
      expect((await prove(code)).body.cause[0].code).toBe('AUTH-1105');
      const right = await prove({ ...code, credentials: { deviceId, otpCode: await otp(world, name) } });
      expect(right.body.authnToken, right.text).toEqual(expect.any(String));
      expect((await world.exchange(right)).status).toBe(200);
    },
  );

  test('a state that one process has used is used on the other one, too', async () => {
    await world.user('replayed');
    const signIn = world.signIn();
    await signIn.start();
    const { requestState } = signIn;
    const credentials = { username: 'replayed', password: PASSWORD };
    const body = { op: 'credSubmit', credentials, requestState };
    const answers = await Promise.all(
      [world.domain, there, world.domain, there].map((domain) =>
        domain.send('POST', AUTHENTICATE, { token: world.token, body }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });
});

test('a process is killed between two steps, and another one finishes the sign-in', async () => {
  const user = await enrolledUser(world, 'survivor', ['SMS']);
  const doomed = await startProcess({ DATABASE_URL: testDatabaseUrl() });
  const body = (more: object, requestState: string) => ({
    method: 'POST',
    headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ requestState, ...more }),
  });
  const url = `${doomed.url}/_domains/${world.domain.name}${AUTHENTICATE}`;
  const begun = (await (await fetch(url, { headers: { authorization: `Bearer ${world.token}` } })).json()) as {
    requestState: string;
  };
  const credentials = { username: user.name, password: PASSWORD };
  const asked = await fetch(url, body({ op: 'credSubmit', credentials }, begun.requestState));
  const { requestState } = (await asked.json()) as { requestState: string };
  await doomed.end('SIGKILL');
  const answer = await there.send('POST', AUTHENTICATE, {
    token: world.token,
    body: { op: 'credSubmit', credentials: { otpCode: await world.code(user.phone) }, requestState },
  });
  expect(answer.body.authnToken, answer.text).toEqual(expect.any(String));
});

test('the sign-in pages go on with every request on the other process', async () => {
  const user = await enrolledUser(world, 'paged', ['SMS', 'TOTP']);
  const browser = newBrowser(world.domain.url, there.url);
  let page = await browser.follow(await browser.get('/ui/v1/signin'));
  page = await browser.follow(await browser.submit(page, { username: user.name, password: PASSWORD }));
  page = await browser.follow(await browser.submit(page, { code: '000000' }));
  page = await browser.follow(await browser.submit(page, { action: 'resend' }));
  page = await browser.follow(await browser.submit(page, { action: 'others' }));
  const totp = /value="(choose:TOTP\/[^"]*)"/.exec(page.text)![1]!;
  page = await browser.follow(await browser.submit(page, { action: totp }));
  page = await browser.follow(await browser.submit(page, { code: await otp(world, user.name), trust: 'true' }));
  expect([page.status, new URL(page.url).pathname.endsWith('/ui/v1/myconsole')]).toEqual([200, true]);
});
