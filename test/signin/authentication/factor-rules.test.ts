import { beforeAll, describe, expect, it } from 'vitest';
import { type AuthenticationWorld, authenticationWorld, type SignIn } from './authentication-world.ts';
import { type EnrolledUser, enrolledUser } from './enrolled-user.ts';

/*
 * What the sign-on rule and AuthenticationFactorSettings say about a sign-in, beyond which factor is asked.
 */

const TWO = { authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'true' };
const USER_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';

let world: AuthenticationWorld;
let joe: EnrolledUser;

beforeAll(async () => {
  world = await authenticationWorld();
  await world.signOnRule(TWO);
  joe = await enrolledUser(world, 'joe', ['EMAIL', 'TOTP']);
});

async function asked(
  more = {},
): Promise<{ readonly signIn: SignIn; readonly answer: Awaited<ReturnType<SignIn['start']>> }> {
  const signIn = world.signIn();
  await signIn.start();
  return { signIn, answer: await signIn.password('joe', more) };
}

describe('backup factors', () => {
  it('are neither offered nor listed where hideBackupFactorEnabled is on', async () => {
    await world.settings('AuthenticationFactorSettings', { hideBackupFactorEnabled: true });
    const { signIn, answer } = await asked();
    expect(answer.body.nextOp).toEqual(['credSubmit', 'resendCode']);
    const refused = await signIn.step({ op: 'getBackupFactors' });
    expect(refused.status).toBe(401);
    expect(refused.body).toMatchObject({
      cause: [
        {
          code: 'AUTH-1116',
          message: 'The op passed in the request is not supported. Supported operations are credSubmit, resendCode.',
        },
      ],
      nextOp: ['credSubmit', 'resendCode'],
    });
    const right = await signIn.step({ op: 'credSubmit', credentials: { otpCode: await world.code(joe.mail) } });
    expect(right.body.authnToken, right.text).toEqual(expect.any(String));
    await world.settings('AuthenticationFactorSettings', { hideBackupFactorEnabled: false });
    const shown = await asked();
    expect((await shown.signIn.step({ op: 'getBackupFactors' })).body.nextAuthFactors).toContain('TOTP');
  });

  it('refuse a passkey, which is for pages', async () => {
    await world.settings('AuthenticationFactorSettings', { fidoAuthenticatorEnabled: true });
    const { signIn } = await asked();
    const refused = await signIn.step({ op: 'credSubmit', authFactor: 'FIDO_AUTHENTICATOR', credentials: {} });
    expect(refused.body.cause[0].code).toBe('AUTH-1115');
    await world.settings('AuthenticationFactorSettings', { fidoAuthenticatorEnabled: false });
  });
});

describe('a trusted device', () => {
  const trust = { trustedDevice: true, trustedDeviceDisplayName: 'Firefox' };
  const prove = async (signIn: SignIn) =>
    signIn.step({ op: 'credSubmit', credentials: { otpCode: await world.code(joe.mail) }, ...trust });

  it('spares the second factor for the days of the rule, as many as the settings allow', async () => {
    await world.signOnRule({ ...TWO, trustedDevice2FAFrequency: '7' });
    const first = await asked();
    expect(first.answer.body.trustedDeviceSettings).toEqual({ trustDurationInDays: 7 });
    const { trustToken } = (await prove(first.signIn)).body;
    expect((await asked({ trustToken })).answer.body.authnToken).toEqual(expect.any(String));
    await world.signOnRule({ ...TWO, trustedDevice2FAFrequency: '40' });
    expect((await asked()).answer.body.trustedDeviceSettings).toEqual({ trustDurationInDays: 15 });
  });

  it('is trusted for 0 days where the rule asks every time, whatever it was trusted before', async () => {
    await world.signOnRule(TWO);
    const { trustToken } = (await prove((await asked()).signIn)).body;
    await world.signOnRule({ ...TWO, '2FAFrequency': 'EVERYTIME' });
    const { signIn, answer } = await asked({ trustToken });
    expect(answer.body).toMatchObject({
      nextAuthFactors: ['EMAIL'],
      trustedDeviceSettings: { trustDurationInDays: 0 },
    });
    const proved = await prove(signIn);
    expect(proved.body.authnToken).toEqual(expect.any(String));
    expect(proved.body.trustToken).toBeUndefined();
    await world.signOnRule(TWO);
    expect((await asked({ trustToken })).answer.body.authnToken).toEqual(expect.any(String));
  });

  it('is not asked for where the domain has turned that off', async () => {
    await world.settings('AuthenticationFactorSettings', { 'endpointRestrictions.trustedEndpointsEnabled': false });
    const { signIn, answer } = await asked();
    expect(answer.body.trustedDeviceSettings).toBeUndefined();
    expect((await prove(signIn)).body.trustToken).toBeUndefined();
    await world.settings('AuthenticationFactorSettings', { 'endpointRestrictions.trustedEndpointsEnabled': true });
  });
});

describe('isAccountRecoveryEnrolled', () => {
  const enrolled = async (id: string) =>
    (await world.domain.send('GET', `/admin/v1/Users/${id}?attributes=${USER_URN}:isAccountRecoveryEnrolled`)).body[
      USER_URN
    ].isAccountRecoveryEnrolled;

  it('says whether a way of AccountRecoverySettings is there', async () => {
    await world.settings('AuthenticationFactorSettings', { smsEnabled: true });
    await world.settings('AccountRecoverySettings', { factors: ['sms'] });
    const { id } = await world.user('ann', { [USER_URN]: { accountRecoveryRequired: true } });
    expect(await enrolled(id)).toBe(false);
    const signIn = world.signIn();
    await signIn.start();
    expect((await signIn.password('ann')).body.accRecEnrollmentRequired).toBe(true);
    const phone = { phoneNumber: '5551234', countryCode: '+1' };
    await signIn.step({ op: 'enrollment', authFactor: 'SMS', credentials: phone });
    expect(await enrolled(id)).toBe(false);
    const done = await signIn.step({ op: 'credSubmit', credentials: { otpCode: await world.code('+15551234') } });
    expect(done.body.accRecEnrollmentRequired, done.text).toBe(false);
    expect(await enrolled(id)).toBe(true);
    await world.settings('AccountRecoverySettings', { factors: ['secquestions'] });
    expect(await enrolled(id)).toBe(false);
    await world.settings('AccountRecoverySettings', { factors: ['sms'] });
    await world.domain.send('POST', '/admin/v1/AuthenticationFactorsRemover', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:AuthenticationFactorsRemover'],
        user: { value: id },
        type: 'ACCOUNTRECOVERY',
      },
    });
    expect(await enrolled(id)).toBe(false);
  });
});
