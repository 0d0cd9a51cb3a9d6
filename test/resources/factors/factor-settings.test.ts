import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type FactorUser, type FactorWorld, factorWorld, IDCS } from './factor-fixture.ts';

/*
 * AuthenticationFactorSettings in force for users who enroll by themselves.
 */

let world: FactorWorld;

beforeAll(async () => {
  world = await factorWorld();
  await world.settings({ smsEnabled: true, phoneCallEnabled: true });
});

async function begin(user: FactorUser, more: JsonObject): Promise<JsonObject> {
  const enrolled = await user.call('AuthenticationFactorEnroller', { user: { value: user.id }, ...more });
  expect(enrolled.status, enrolled.text).toBe(201);
  return enrolled.body;
}

async function sendCode(user: FactorUser, authFactor: string, { deviceId, requestId }: JsonObject) {
  const { userName } = user;
  const sent = await user.call('AuthenticationFactorInitiator', {
    authFactor,
    deviceId,
    requestId,
    userName,
  } as JsonObject);
  expect(sent.status, sent.text).toBe(201);
}

const validate = (user: FactorUser, authFactor: string, { deviceId, requestId }: JsonObject, otpCode: string) =>
  user.call('AuthenticationFactorValidator', {
    authFactor,
    deviceId,
    requestId,
    otpCode,
    scenario: 'ENROLLMENT',
  } as JsonObject);

const SMS = { authnFactors: ['SMS'], countryCode: '+44', phoneNumber: '1122334455' };

describe('totpSettings and clientAppSettings', () => {
  it('are what an authenticator app reads in the QR code, and what its codes are judged by', async () => {
    await world.settings({
      'totpSettings.hashingAlgorithm': 'SHA256',
      'totpSettings.passcodeLength': 8,
      'totpSettings.timeStepInSecs': 60,
      'clientAppSettings.requestSigningAlgo': 'SHA512withRSA',
      'clientAppSettings.keyPairLength': 4000,
    });
    const user = await world.user('app');
    const begun = await begin(user, { authnFactors: ['TOTP'], isDeviceOffline: true });
    const { searchParams: read } = new URL(Buffer.from(String(begun['qrCodeContent']), 'base64').toString());
    expect(Object.fromEntries(read)).toMatchObject({
      algorithm: 'SHA256',
      digits: '8',
      period: '60',
      RSA: 'SHA512withRSA',
      KeyPairLength: '4000',
    });
    const { body: clock } = await world.domain.send('GET', '/_emulator/clock', { token: null });
    const secret = Secret.fromBase32(read.get('secret')!);
    const code = (digits: number) =>
      new TOTP({ secret, algorithm: 'SHA256', digits, period: 60 }).generate({ timestamp: Date.parse(clock.now) });
    expect((await validate(user, 'TOTP', begun, code(6))).status).toBe(401);
    expect((await validate(user, 'TOTP', begun, code(8))).status).toBe(201);
  });

  it.each([
    ['SMS', 'sms', 4, '+441122334455', SMS],
    ['EMAIL', 'email', 10, 'coded-EMAIL@example.com', { authnFactors: ['EMAIL'] }],
  ] as const)('say how long a code by %s is, and how long it is good', async (factor, name, length, to, more) => {
    await world.settings({
      [`totpSettings.${name}PasscodeLength`]: length,
      [`totpSettings.${name}OtpValidityDurationInMins`]: 2,
    });
    const user = await world.user(`coded-${factor}`);
    const begun = await begin(user, { ...more, authnFactors: [...more.authnFactors] });
    await sendCode(user, factor, begun);
    const { code: late } = await world.message(to);
    expect(late).toMatch(new RegExp(`^\\d{${length}}$`));
    await world.advance(121);
    expect((await validate(user, factor, begun, late)).status).toBe(401);
    await sendCode(user, factor, begun);
    await world.advance(110);
    expect((await validate(user, factor, begun, (await world.message(to)).code)).status).toBe(201);
  });

  it('say until when a phone can scan the code of an online enrollment', async () => {
    await world.settings({ 'totpSettings.jwtValidityDurationInSecs': 30 });
    const user = await world.user('slow');
    const scan = async ({ requestId }: JsonObject) =>
      (
        await world.domain.send('POST', `/_emulator/push/${String(requestId)}`, {
          token: null,
          body: { action: 'scan' },
        })
      ).status;
    const late = await begin(user, { authnFactors: ['PUSH'] });
    await world.advance(31);
    expect(await scan(late)).toBe(404);
    expect(await scan(await begin(user, { authnFactors: ['PUSH'] }))).toBe(200);
  });
});

describe('userEnrollmentDisabledFactors', () => {
  it('are enrolled by nobody for themselves, and go on where they are enrolled', async () => {
    const user = await world.user('closed');
    await world.settings({ userEnrollmentDisabledFactors: ['SMS', 'OFFLINETOTP', 'VOICE'] });
    for (const wish of [
      SMS,
      { ...SMS, authnFactors: ['PHONE_CALL'] },
      { authnFactors: ['TOTP'], isDeviceOffline: true },
    ]) {
      const body = { schemas: [`${IDCS}AuthenticationFactorEnroller`], user: { value: user.id }, ...wish };
      const refused = await user.send('POST', 'MyAuthenticationFactorEnroller', body);
      expect(refused.status).toBe(400);
      expect(refused.body.detail).toContain('userEnrollmentDisabledFactors');
    }
    await begin(user, { authnFactors: ['TOTP'], isDeviceOffline: false });
    await world.settings({ userEnrollmentDisabledFactors: [] });
  });
});

describe('bypassCodeSettings', () => {
  it('say how many bypass codes a user can have, and how often one of the help desk is good', async () => {
    await world.settings({ 'bypassCodeSettings.maxActive': 1, 'bypassCodeSettings.helpDeskMaxUsage': 2 });
    const user = await world.user('bypasser');
    const helpDesk = (maxUsageCount: number) =>
      world.domain.send('POST', '/admin/v1/BypassCodes', {
        body: { schemas: [`${IDCS}BypassCode`], user: { value: user.id }, maxUsageCount },
      });
    expect((await helpDesk(3)).body.detail).toContain('at most 2');
    expect((await helpDesk(2)).status).toBe(201);
    expect((await user.send('POST', 'MyBypassCodes', { schemas: [`${IDCS}BypassCode`] })).body.detail).toContain(
      'maxActive',
    );
  });
});
