import { constants, privateDecrypt } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { importCertificate } from '../../oauth/token/assertion-fixture.ts';
import { certifiedKey } from '../../support/certificates.ts';
import type { Answer } from '../../support/emulator.ts';
import { claimsOf } from '../../support/token-claims.ts';
import { type AuthenticationWorld, authenticationWorld, PASSWORD } from './authentication-world.ts';
import { enrolledUser, otp, phoneAnswers, type TestFactor } from './enrolled-user.ts';

/*
 * The user name first, and what stands for the password: the recorded requests of the seven passwordless collections, each to the end.
 */

const PASSWORDLESS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordless:User';
const OPTIONAL = { authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'true' };
const PASSWORD_ONLY = { authenticationFactor: 'IDP', allowUserToSkip2FAEnrolment: 'false' };
let world: AuthenticationWorld;
let users = 0;

beforeAll(async () => {
  world = await authenticationWorld();
  await world.settings('AuthenticationFactorSettings', { smsEnabled: true, securityQuestionsEnabled: true });
});

/** A user whom a factor lets in without a password. */
async function passwordlessUser(
  factorType: string,
  factors: readonly TestFactor[],
  rule: Record<string, string> = PASSWORD_ONLY,
) {
  await world.signOnRule(OPTIONAL);
  const user = await enrolledUser(world, `first${++users}`, factors);
  await world.patch(`Users/${user.id}`, { op: 'add', path: `${PASSWORDLESS}:factorType`, value: factorType });
  await world.signOnRule(rule);
  const signIn = world.signIn();
  await signIn.start('login_page');
  return { user, signIn, asked: await signIn.step({ op: 'credSubmit', credentials: { username: user.name } }) };
}

/** The authnToken gives an access token that reads Me. */
async function readsMe(answer: Answer, userName: string): Promise<void> {
  expect(answer.body.authnToken, answer.text).toEqual(expect.any(String));
  const { body } = await world.exchange(answer);
  const me = await world.domain.send('GET', '/admin/v1/Me', { token: body.access_token });
  expect(me.body, me.text).toMatchObject({ userName, meta: { resourceType: 'Me' } });
}

describe('the user name first', () => {
  it('asks for the password of who has nothing else, and of nobody (pl-password)', async () => {
    await world.signOnRule(PASSWORD_ONLY);
    await world.user('plain');
    for (const username of ['plain', 'nobody']) {
      const signIn = world.signIn();
      await signIn.start();
      const asked = await signIn.step({ op: 'credSubmit', credentials: { username } });
      expect(asked.body).toEqual({
        status: 'success',
        ecId: expect.any(String),
        nextOp: ['credSubmit'],
        nextAuthFactors: ['USERNAME_PASSWORD'],
        USERNAME_PASSWORD: { credentials: ['username', 'password'] },
        requestState: expect.any(String),
      });
      const answer = await signIn.step({ op: 'credSubmit', credentials: { username, password: PASSWORD } });
      if (username === 'plain') await readsMe(answer, 'plain');
      else expect(answer.body.cause[0].code).toBe('AUTH-3001');
    }
  });

  it('then a passcode by mail (pl-email)', async () => {
    const { user, signIn, asked } = await passwordlessUser('EMAIL', ['EMAIL']);
    expect(asked.body).toMatchObject({ nextAuthFactors: ['EMAIL'], EMAIL: { credentials: ['otpCode'] } });
    const answer = await signIn.step({ op: 'credSubmit', credentials: { otpCode: await world.code(user.mail) } });
    expect(claimsOf(answer.body.authnToken)['amr']).toEqual(['EMAIL']);
    await readsMe(answer, user.name);
  });

  it('then a passcode by SMS (pl-sms)', async () => {
    const { user, signIn } = await passwordlessUser('SMS', ['SMS']);
    await readsMe(
      await signIn.step({ op: 'credSubmit', credentials: { otpCode: await world.code(user.phone) } }),
      user.name,
    );
  });

  it('then a passcode of an app (pl-totp)', async () => {
    const { user, signIn } = await passwordlessUser('TOTP', ['TOTP']);
    await readsMe(
      await signIn.step({ op: 'credSubmit', credentials: { otpCode: await otp(world, user.name) } }),
      user.name,
    );
  });

  it('then a push (pl-push)', async () => {
    const { user, signIn, asked } = await passwordlessUser('PUSH', ['PUSH']);
    expect(asked.body).toMatchObject({ status: 'pending', cause: [{ code: 'AUTH-1108' }] });
    expect((await signIn.step({ op: 'credSubmit' })).body.status).toBe('pending');
    await phoneAnswers(world, user.name, 'approve');
    await readsMe(await signIn.step({ op: 'credSubmit' }), user.name);
  });

  it('then a passcode by SMS, and a push as the second factor (pl-sms-push)', async () => {
    const { user, signIn } = await passwordlessUser('SMS', ['PUSH', 'SMS'], OPTIONAL);
    const next = await signIn.step({ op: 'credSubmit', credentials: { otpCode: await world.code(user.phone) } });
    expect(next.body, next.text).toMatchObject({ status: 'pending', nextAuthFactors: ['PUSH'] });
    await phoneAnswers(world, user.name, 'approve');
    await readsMe(await signIn.step({ op: 'credSubmit' }), user.name);
  });

  it('then another factor, which becomes the preferred one (pl-backup-sms)', async () => {
    const { user, signIn } = await passwordlessUser('TOTP', ['TOTP', 'SMS']);
    const listed = await signIn.step({ op: 'getBackupFactors' });
    const { deviceId } = listed.body.SMS.enrolledDevices[0];
    await signIn.step({ op: 'credSubmit', authFactor: 'SMS', credentials: { deviceId, preferred: true } });
    const credentials = { otpCode: await world.code(user.phone), preferred: true };
    await readsMe(await signIn.step({ op: 'credSubmit', credentials }), user.name);
    const mfa = await world.domain.send(
      'GET',
      `/admin/v1/Users/${user.id}?attributes=urn:ietf:params:scim:schemas:oracle:idcs:extension:mfa:User`,
    );
    expect(mfa.text).toContain('"preferredAuthenticationFactor":"SMS"');
  });
});

describe('what stands for a password', () => {
  it('is no bypass code and no security question, and trusts no device', async () => {
    const { user, signIn } = await passwordlessUser('SMS', ['SMS', 'SECURITY_QUESTIONS']);
    expect((await signIn.step({ op: 'getBackupFactors' })).body.nextAuthFactors).toEqual(['SMS']);
    const bypass = { op: 'credSubmit', authFactor: 'BYPASSCODE', credentials: { bypassCode: await user.bypassCode() } };
    expect((await signIn.step(bypass)).body.cause[0].code).toBe('AUTH-1115');
    const credentials = { otpCode: await world.code(user.phone) };
    const answer = await signIn.step({ op: 'credSubmit', credentials, trustedDevice: true });
    expect(Object.keys(answer.body).sort(), answer.text).toEqual(['authnToken', 'ecId', 'status']);
  });
});

describe('userFlowControlledByExternalClient', () => {
  it('returns the passcode encrypted for the certificate, and sends none (pl-passcode)', async () => {
    const { user } = await passwordlessUser('SMS', ['SMS']);
    const key = await certifiedKey(1);
    await importCertificate(world.domain, 'OAuthPartnerCertificate', 'sender', key);
    const x5t = key.certificate.fingerprint.replaceAll(':', '').toLowerCase();
    const external = { userFlowControlledByExternalClient: true, x5t };
    const messages = async () =>
      (await world.domain.send('GET', `/_emulator/messages?to=${user.phone}`, { token: null })).body.total;
    const before = await messages();
    const opened = ({ body }: Answer) => {
      expect(body.otp, JSON.stringify(body)).toMatchObject({ alg: 'RSAES-OAEP', x5t });
      const how = { key: key.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
      return privateDecrypt(how, Buffer.from(body.otp.value, 'base64')).toString();
    };
    const signIn = world.signIn();
    await signIn.start();
    const first = opened(await signIn.step({ op: 'credSubmit', credentials: { username: user.name }, ...external }));
    const second = opened(await signIn.step({ op: 'resendCode', ...external }));
    expect(await messages()).toBe(before);
    expect((await signIn.step({ op: 'credSubmit', credentials: { otpCode: first } })).body.cause?.[0].code).toBe(
      'AUTH-1105',
    );
    await readsMe(await signIn.step({ op: 'credSubmit', credentials: { otpCode: second } }), user.name);
  });

  it('needs a certificate of the client or of a trusted partner', async () => {
    const { user } = await passwordlessUser('SMS', ['SMS']);
    const signIn = world.signIn();
    await signIn.start();
    const step = { op: 'credSubmit', credentials: { username: user.name }, userFlowControlledByExternalClient: true };
    expect((await signIn.step(step)).body.cause[0].code).toBe('AUTH-1001');
    expect((await signIn.step({ ...step, x5t: '0'.repeat(40) })).body.cause[0].code).toBe('AUTH-1111');
  });
});
