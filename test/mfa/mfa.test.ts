import { constants, privateDecrypt } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { importCertificate } from '../oauth/token/assertion-fixture.ts';
import { certifiedKey } from '../support/certificates.ts';
import type { Answer } from '../support/emulator.ts';
import { type MfaUser, type MfaWorld, mfaWorld, NUMBER, SMS } from './mfa-fixture.ts';

const SEED = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const QUESTIONS = [
  { id: 'FavoriteToy', answer: 'toy123', hintText: 'a hint' },
  { id: 'FavoriteMovie', answer: 'moviemovie' },
  { id: 'FirstPet', answer: 'dogTessy' },
];

let world: MfaWorld;
let user: MfaUser;

beforeAll(async () => {
  world = await mfaWorld();
  await world.settings({
    smsEnabled: true,
    phoneCallEnabled: true,
    securityQuestionsEnabled: true,
    'endpointRestrictions.maxIncorrectAttempts': 10,
  });
});

const factors = (id = user.id) => `/mfa/v1/users/${id}/factors`;
const skip = { skipFactorVerification: 'true' };

async function ok(answer: Promise<Answer>): Promise<JsonObject & { factorId: string; requestId: string }> {
  const { status, text, body } = await answer;
  expect(status, text).toBe(200);
  return body;
}

const enroll = (body: JsonObject) => ok(world.call('POST', factors(), { ...body, ...skip }));
const enrollTotp = () => enroll({ method: 'TOTP', offlineTOTP: 'true', sharedSecret: SEED });
const start = (more: JsonObject = {}) =>
  ok(world.call('POST', '/mfa/v1/requests', { userId: user.id, userIdType: 'USER_GUID', ...more }));
const answer = ({ requestId, requestState }: JsonObject, more: JsonObject) =>
  world.call('PATCH', `/mfa/v1/requests/${requestId}`, { requestState: requestState!, ...more });

function refusal(answered: Answer, status: number, code: string, message?: string): void {
  expect(answered.status, answered.text).toBe(status);
  expect(answered.body).toMatchObject({ status: 'failed', cause: [{ code, ...(message && { message }) }] });
}

/** Another six digits. */
const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe('who may ask', () => {
  it('is a client with the AppRole MFA Client, or an administrator', async () => {
    user = await world.user();
    expect((await world.domain.send('GET', factors())).status).toBe(200);
    const authenticator = await world.tokenOf('authenticator', 'Authenticator Client');
    expect((await world.domain.send('GET', factors(), { token: authenticator })).status).toBe(200);
    const change = { body: SMS, token: authenticator };
    refusal(await world.domain.send('POST', factors(), change), 401, 'AUTH-1034');
    const stranger = await world.tokenOf('stranger');
    refusal(await world.domain.send('GET', factors(), { token: stranger }), 401, 'AUTH-1034');
    refusal(await world.domain.send('GET', factors(), { token: null }), 401, 'AUTH-1034');
    const garbled = await world.domain.send('GET', factors(), { token: 'garbled' });
    expect(garbled.headers.get('content-type')).toContain('text/html');
  });

  it('finds users by id, OCID and name', async () => {
    user = await world.user();
    expect((await ok(world.call('GET', factors(user.ocid))))['userGUID']).toBe(user.id);
    const byName = `/mfa/v1/users?userId=${user.userName}&userIdType=USER_NAME`;
    expect(await ok(world.call('GET', `${byName}&attributes=factors`))).toEqual({
      userGUID: user.id,
      status: 'success',
      factors: [{ factorId: 'BypassCode', methods: ['BYPASSCODE'] }],
    });
    expect(await ok(world.call('GET', byName))).toEqual({ userGUID: user.id, status: 'success' });
    refusal(await world.call('GET', factors('nobody')), 404, 'AUTH-3018', 'User not found.');
    refusal(await world.call('GET', '/mfa/v1/users?userId=x&userIdType=USER_NAME'), 404, 'AUTH-3018');
    refusal(await world.call('GET', '/mfa/v1/users?userId=x&userIdType=MAIL'), 400, 'AUTH-1111');
    refusal(await world.call('GET', '/mfa/v1/users?userIdType=USER_NAME'), 400, 'AUTH-1001');
    refusal(await world.call('GET', factors('%00')), 404, 'AUTH-3018');
  });
});

describe('an enrollment', () => {
  it('shows what a phone’s app reads', async () => {
    user = await world.user();
    const begun = await world.call('POST', factors(), { method: 'TOTP', offlineTOTP: true });
    expect(begun.headers.get('content-type')).toBe('application/json');
    const { qrCode, sharedSecret, factorId, requestState } = begun.body;
    const address = new URL(qrCode.content);
    expect(address.searchParams.get('secret')).toBe(sharedSecret);
    expect(address.searchParams.get('Deviceid')).toBe(factorId);
    const png = Buffer.from(qrCode.imageData, 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const totp = new TOTP({ secret: Secret.fromBase32(sharedSecret) });
    const path = `${factors()}/${factorId}`;
    const code = totp.generate();
    refusal(
      await world.call('PATCH', path, { otpCode: other(code), requestState }),
      401,
      'AUTH-1105',
      'Invalid passcode.',
    );
    expect(await ok(world.call('PATCH', path, { otpCode: code, requestState }))).toEqual({ status: 'success' });
    expect(await user.mfa()).toMatchObject({ mfaStatus: 'ENROLLED', preferredAuthenticationFactor: 'TOTP' });
    refusal(await world.call('PATCH', path, { otpCode: code, requestState }), 401, 'AUTH-1120');
  });

  it('takes an online phone by its QR code, and shows its own name', async () => {
    user = await world.user();
    const { factorId } = await ok(world.call('POST', factors(), { method: 'PUSH' }));
    const { enrollments } = (
      await world.domain.send('GET', `/_emulator/push?userName=${user.userName}`, { token: null })
    ).body;
    expect(enrollments).toEqual([
      {
        requestId: expect.any(String),
        deviceId: factorId,
        displayName: 'Given’s Phone'.replace('’', "'"),
        userName: user.userName,
      },
    ]);
    const path = `/_emulator/push/${enrollments[0].requestId}`;
    const scan = { token: null, body: { action: 'scan', displayName: 'My iPhone' } };
    expect((await world.domain.send('POST', path, scan)).body).toMatchObject({ deviceId: factorId });
    expect((await world.domain.send('POST', path, scan)).status).toBe(404);
    const listed = await ok(world.call('GET', factors()));
    expect(listed['factors']).toContainEqual({ factorId, methods: ['PUSH', 'TOTP'], displayName: 'My iPhone' });
    // The phone has both factors.
    const begun = await start({ factorId, method: 'TOTP' });
    expect(await ok(answer(begun, { otpCode: await user.code('TOTP') }))).toEqual({ status: 'success' });
  });

  it('of an online phone that nobody scans runs out', async () => {
    user = await world.user();
    const { factorId } = await ok(world.call('POST', factors(), { method: 'TOTP', offlineTOTP: 'false' }));
    await world.advance(301);
    refusal(await world.call('GET', `${factors()}/${factorId}`), 401, 'AUTH-1032');
  });

  it.each([
    ['a number that is none', { method: 'SMS', countryCode: '+44', mobileNumber: 'abc' }, 401, 'AUTH-1030'],
    ['no number', { method: 'SMS' }, 400, 'AUTH-1001'],
    ['a number that is no text', { method: 'SMS', mobileNumber: [1] }, 400, 'AUTH-1111'],
    ['no method', {}, 400, 'AUTH-1001'],
    ['an unknown method', { method: 'PIGEON' }, 400, 'AUTH-1111'],
    ['PUSH without verification', { method: 'PUSH', ...skip }, 401, 'AUTH-1004'],
    ['questions without verification', { method: 'SECURITY_QUESTIONS', ...skip }, 401, 'AUTH-1004'],
    ['a secret that is none', { method: 'TOTP', offlineTOTP: true, sharedSecret: 'a!', ...skip }, 401, 'AUTH-1004'],
  ])('is refused for %s', async (_what, body, status, code) => {
    user = await world.user();
    refusal(await world.call('POST', factors(), body), status, code);
  });

  it('is refused for a factor that is off, a number twice, and a body that is none', async () => {
    user = await world.user();
    await enroll(SMS);
    refusal(await world.call('POST', factors(), SMS), 401, 'AUTH-1031');
    await world.settings({ emailEnabled: false });
    const disabled = await world.call('POST', factors(), { method: 'EMAIL' });
    refusal(disabled, 401, 'AUTH-1125', 'The EMAIL factor has been disabled.');
    await world.settings({ emailEnabled: true });
    const send = (body: string) =>
      world.domain.send('POST', factors(), { body, headers: { 'content-type': 'application/json' } });
    refusal(await send('[]'), 400, 'AUTH-1033');
    refusal(await send('{'), 400, 'AUTH-1121');
  });

  it('goes by the id of another user’s factor nowhere', async () => {
    const owner = await world.user();
    user = owner;
    const { factorId } = await enroll({ method: 'EMAIL' });
    user = await world.user();
    refusal(await world.call('GET', `${factors()}/${factorId}`), 404, 'AUTH-1014');
    refusal(await world.call('DELETE', `${factors()}/${factorId}`), 404, 'AUTH-1014');
    const preferred = { preferredFactorId: factorId };
    refusal(await world.call('PATCH', `/mfa/v1/users/${user.id}`, preferred), 404, 'AUTH-1014');
    refusal(await world.call('DELETE', `${factors()}/%00`), 404, 'AUTH-1014');
  });
});

describe('security questions', () => {
  it('are offered in the client’s language', async () => {
    user = await world.user();
    const body = { method: 'SECURITY_QUESTIONS' };
    const { securityQuestions } = (
      await world.call('POST', factors(), body, { 'accept-language': 'xx, de-AT;q=0.9, en;q=0.1' })
    ).body;
    expect(securityQuestions).toHaveLength(15);
    expect(securityQuestions[0]).toEqual({ id: 'FavoriteBook', localizedText: 'Was ist Ihr Lieblingsbuch?' });
  });

  it('are set up, changed and asked for', async () => {
    user = await world.user();
    const path = `${factors()}/SecurityQuestions`;
    const set = (securityQuestions: readonly JsonObject[]) =>
      world.call('PATCH', path, { securityQuestions: [...securityQuestions] });
    refusal(await set(QUESTIONS.slice(1)), 401, 'AUTH-1022');
    refusal(await set(QUESTIONS.map((question) => ({ ...question, answer: 'the same' }))), 401, 'AUTH-1020');
    refusal(await set(QUESTIONS.map(({ id }, index) => ({ id, answer: `a${index}` }))), 401, 'AUTH-1021');
    refusal(await set([...QUESTIONS, { id: 'FirstPet', answer: 'another' }]), 401, 'AUTH-1024');
    refusal(
      await set(QUESTIONS.map(({ id, answer: hintText }) => ({ id, answer: hintText, hintText }))),
      401,
      'AUTH-1023',
    );
    refusal(await set([...QUESTIONS, { id: 'Nonsense', answer: 'nonsense' }]), 401, 'AUTH-1039');
    refusal(await set([...QUESTIONS, { id: 'FirstCar' }]), 401, 'AUTH-1038');
    expect(await ok(set(QUESTIONS))).toEqual({ status: 'success' });
    await ok(set([{ id: 'FirstCar', answer: 'a beetle', op: 'add' }]));
    await ok(set([{ id: 'FirstCar', answer: 'a beetle, red', op: 'replace' }]));
    await ok(set([{ id: 'FavoriteToy', op: 'remove' }]));
    refusal(await set([{ id: 'FavoriteMovie', op: 'remove' }]), 401, 'AUTH-1022');
    refusal(await set([{ id: 'FirstCar', op: 'burn' }]), 400, 'AUTH-1111');
    const known: { readonly [id: string]: string } = {
      FavoriteMovie: 'moviemovie',
      FirstPet: 'dogTessy',
      FirstCar: 'a beetle, red',
    };
    const begun = await start();
    const asked = begun['securityQuestions'] as { id: string }[];
    expect(asked).toHaveLength(1);
    const [{ id }] = asked as [{ id: string }];
    refusal(await answer(begun, { securityQuestions: [{ id, answer: 'wrong' }] }), 401, 'AUTH-1026');
    // Another question's right answer is none.
    const [wrong] = Object.keys(known).filter((one) => one !== id) as [string];
    refusal(await answer(begun, { securityQuestions: [{ id: wrong, answer: known[wrong]! }] }), 401, 'AUTH-1026');
    expect((await user.mfa())['loginAttempts']).toBe(2);
    await ok(answer(begun, { securityQuestions: [{ id, answer: known[id]! }] }));
    expect((await user.mfa())['loginAttempts']).toBe(0);
    await world.call('DELETE', path);
    expect(await user.mfa()).toMatchObject({ mfaStatus: 'UN_ENROLLED' });
  });
});

describe('an answer', () => {
  it('is of the device that was asked', async () => {
    user = await world.user();
    const { factorId } = await enroll(SMS);
    await enroll({ method: 'EMAIL' });
    const bySms = await start({ factorId, method: 'SMS' });
    const code = await user.code('SMS');
    const byMail = await start({ factorId: (await enrolled('EMAIL')).factorId, method: 'EMAIL' });
    const mailed = await user.code('EMAIL');
    if (mailed !== code) refusal(await answer(bySms, { otpCode: mailed }), 401, 'AUTH-1105');
    await ok(answer(bySms, { otpCode: code }));
    await ok(answer(byMail, { otpCode: mailed }));
  });

  async function enrolled(method: string): Promise<{ factorId: string }> {
    const { factors: listed } = (await world.call('GET', factors())).body;
    return listed.find(({ methods }: { methods: string[] }) => methods.includes(method));
  }

  it.each(['12345', '1234567', 'abcdef', ' 123456', '12 34 56', '１２３４５６', ''])('is not %j', async (otpCode) => {
    user = await world.user();
    await enrollTotp();
    refusal(await answer(await start(), { otpCode }), 401, 'AUTH-1105');
  });

  it('of an authenticator app is good for the steps that the settings allow, and once', async () => {
    await world.settings({ 'totpSettings.timeStepTolerance': 2 });
    for (const steps of [1, 2, 3]) {
      user = await world.user();
      await enrollTotp();
      const otpCode = await user.code('TOTP');
      await world.advance(30 * steps);
      if (steps > 2) {
        refusal(await answer(await start(), { otpCode }), 401, 'AUTH-1105');
        continue;
      }
      await ok(answer(await start(), { otpCode }));
      refusal(await answer(await start(), { otpCode }), 401, 'AUTH-1105');
      await ok(answer(await start(), { otpCode: await user.code('TOTP') }));
    }
    await world.settings({ 'totpSettings.timeStepTolerance': 3 });
  });

  it('is for the request, the client and the requestState that it was asked with', async () => {
    user = await world.user();
    await enroll({ method: 'EMAIL' });
    const begun = await start();
    const otpCode = await user.code('EMAIL');
    const { requestId, requestState } = begun;
    const path = `/mfa/v1/requests/${requestId}`;
    refusal(await world.call('PATCH', path, { otpCode }), 401, 'AUTH-1120');
    const altered = `A${String(requestState).slice(1)}`;
    refusal(await world.call('PATCH', path, { otpCode, requestState: altered }), 401, 'AUTH-1120');
    const elsewhere = '/mfa/v1/requests/00000000-0000-4000-8000-000000000000';
    refusal(await world.call('PATCH', elsewhere, { otpCode, requestState: requestState! }), 401, 'AUTH-1120');
    const body = { otpCode, requestState: requestState! };
    refusal(await world.domain.send('PATCH', path, { body }), 401, 'AUTH-1120');
    refusal(await world.call('PATCH', path, { requestState: requestState! }), 400, 'AUTH-1001');
    await ok(world.call('PATCH', path, body));
    refusal(await world.call('PATCH', path, body), 401, 'AUTH-1120');
  });

  it('of a code before the newest is wrong, and so is one that has run out', async () => {
    user = await world.user();
    await enroll({ method: 'EMAIL' });
    const begun = await start();
    const first = await user.code('EMAIL');
    const again = await ok(answer(begun, { resendOtp: true }));
    expect(again['requestId']).toBe(begun.requestId);
    expect(again['requestState']).not.toBe(begun['requestState']);
    const second = await user.code('EMAIL');
    if (first !== second) refusal(await answer(again, { otpCode: first }), 401, 'AUTH-1105');
    await world.advance(601);
    refusal(await answer(again, { otpCode: second }), 401, 'AUTH-1105');
  });

  it('to a push is the phone’s', async () => {
    user = await world.user();
    await ok(world.call('POST', factors(), { method: 'PUSH' }));
    await user.scan();
    const poll = ({ requestId }: { requestId: string }) => world.call('GET', `/mfa/v1/requests/${requestId}`);
    const denied = await start();
    expect((await ok(poll(denied)))['status']).toBe('pending');
    await user.answerPush('deny');
    refusal(await poll(denied), 401, 'AUTH-1007', 'Authentication failed.');
    refusal(await poll(denied), 401, 'AUTH-1120');
    const late = await start();
    await world.advance(121);
    refusal(await poll(late), 401, 'AUTH-1120');
    const { requestId } = late;
    const body = { action: 'approve' };
    expect((await world.domain.send('POST', `/_emulator/push/${requestId}`, { body, token: null })).status).toBe(404);
  });

  it('by bypass code counts once', async () => {
    user = await world.user();
    const bypassCode = await user.bypassCode();
    const begin = () => start({ factorId: 'BypassCode', method: 'BYPASSCODE' });
    refusal(await answer(await begin(), { bypassCode: '000000000000' }), 401, 'AUTH-1105');
    const tries = await Promise.all([begin(), begin()]);
    const answers = await Promise.all(tries.map((one) => answer(one, { bypassCode })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('is sent by the client itself where it says so', async () => {
    user = await world.user();
    await enroll({ method: 'EMAIL' });
    const key = await certifiedKey(1);
    await importCertificate(world.domain, 'OAuthPartnerCertificate', 'sender', key);
    const x5t = key.certificate.fingerprint.replaceAll(':', '').toLowerCase();
    const external = { userFlowControlledByExternalClient: true, x5t };
    const opened = ({ otp }: JsonObject) => {
      expect(otp).toMatchObject({ alg: 'RSAES-OAEP', x5t });
      const how = { key: key.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
      return privateDecrypt(how, Buffer.from((otp as { value: string }).value, 'base64')).toString();
    };
    const sent = await world.messages(user.email);
    const begun = await start(external);
    const first = opened(begun);
    const again = await ok(answer(begun, { resendOtp: true, ...external }));
    expect(await world.messages(user.email)).toBe(sent);
    if (first !== opened(again)) refusal(await answer(again, { otpCode: first }), 401, 'AUTH-1105');
    await ok(answer(again, { otpCode: opened(again) }));
    const wrong = { userId: user.id, userIdType: 'USER_GUID', userFlowControlledByExternalClient: 'true' };
    refusal(await world.call('POST', '/mfa/v1/requests', wrong), 400, 'AUTH-1001');
    refusal(await world.call('POST', '/mfa/v1/requests', { ...wrong, x5t: '0'.repeat(40) }), 400, 'AUTH-1111');
  });

  it('by phone call is as by SMS', async () => {
    user = await world.user();
    await enroll({ ...SMS, method: 'PHONE_CALL' });
    const begun = await start();
    expect(begun['method']).toBe('PHONE_CALL');
    expect(await world.message(NUMBER)).toMatchObject({ channel: 'sms', factor: 'PHONE_CALL' });
    await ok(answer(begun, { otpCode: await user.code('PHONE_CALL') }));
  });
});

describe('too many answers', () => {
  // A thousand, since a race shows only in a crowd; a hundred at a time, since more only wait for connections.
  it('are counted one by one, and end with the lock, also a thousand at once', async () => {
    user = await world.user();
    await enroll({ method: 'EMAIL' });
    const begun = await Promise.all(Array.from({ length: 20 }, () => start()));
    const right = await user.code('EMAIL');
    const wrong = other(right);
    const answers: Answer[] = [];
    const guess = async (index: number) => {
      for (let left = 10; left > 0; left--) {
        answers.push(await answer(begun[index % begun.length]!, { otpCode: wrong }));
      }
    };
    await Promise.all(Array.from({ length: 100 }, (_, index) => guess(index)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    const counts: { [code: string]: number } = {};
    for (const { body } of answers) counts[body.cause[0].code] = (counts[body.cause[0].code] ?? 0) + 1;
    expect(counts).toEqual({ 'AUTH-1105': 9, 'AUTH-1027': 1, 'AUTH-1010': 990 });
    expect((await user.mfa())['loginAttempts']).toBe(10);
    expect(await user.locked()).toMatchObject({ on: true, reason: 3 });
    refusal(await answer(begun[0]!, { otpCode: right }), 401, 'AUTH-1010');
    const again = { userId: user.id, userIdType: 'USER_GUID' };
    refusal(await world.call('POST', '/mfa/v1/requests', again), 401, 'AUTH-1010');
    refusal(await world.call('POST', factors(), SMS), 401, 'AUTH-1010');
  }, 120_000);

  it('lock until the lock runs out, which shows, and gives the full number back', async () => {
    const patient = await mfaWorld();
    await patient.settings({ 'endpointRestrictions.maxIncorrectAttempts': 10 });
    const tried = await patient.user();
    expect((await patient.call('POST', factors(tried.id), { method: 'EMAIL', ...skip })).status).toBe(200);
    const begin = () => ok(patient.call('POST', '/mfa/v1/requests', { userId: tried.id, userIdType: 'USER_GUID' }));
    const send = ({ requestId, requestState }: JsonObject, otpCode: string) =>
      patient.call('PATCH', `/mfa/v1/requests/${requestId}`, { requestState: requestState!, otpCode });
    const begun = await begin();
    const wrong = other(await tried.code('EMAIL'));
    for (let count = 10; count > 0; count--) await send(begun, wrong);
    expect(await tried.locked()).toMatchObject({ on: true, reason: 3 });
    await patient.advance(30 * 60 + 1);
    expect(await tried.locked()).toEqual({ on: false });
    const next = await begin();
    const right = await tried.code('EMAIL');
    refusal(await send(next, other(right)), 401, 'AUTH-1105');
    expect((await tried.mfa())['loginAttempts']).toBe(1);
    await ok(send(next, right));
    const filter = encodeURIComponent(`adminResourceId eq "${tried.id}"`);
    const events = await patient.domain.send('GET', `/admin/v1/AuditEvents?filter=${filter}&attributes=eventId`);
    expect(events.body.Resources.map(({ eventId }: JsonObject) => eventId)).toEqual(
      expect.arrayContaining(['admin.me.mfa.locked.success', 'admin.me.unocked.success']),
    );
  });

  it('of notifications lock the account where both limits are set', async () => {
    const limited = await mfaWorld();
    await limited.settings({
      'endpointRestrictions.maxMfaIncorrectValidationAttempts': 3,
      'endpointRestrictions.maxMfaNotificationAttempts': 2,
    });
    const tried = await limited.user();
    const email = { method: 'EMAIL', ...skip };
    expect((await limited.call('POST', factors(tried.id), email)).status).toBe(200);
    const begin = () => limited.call('POST', '/mfa/v1/requests', { userId: tried.id, userIdType: 'USER_GUID' });
    const first = await begin();
    const { requestId, requestState } = first.body;
    const otpCode = await tried.code('EMAIL');
    const path = `/mfa/v1/requests/${requestId}`;
    expect((await limited.call('PATCH', path, { otpCode, requestState })).status).toBe(200);
    // The right answer began the count anew.
    expect((await begin()).status).toBe(200);
    expect((await begin()).status).toBe(200);
    refusal(await begin(), 401, 'AUTH-1027');
    refusal(await begin(), 401, 'AUTH-1010');
    expect(await tried.locked()).toMatchObject({ on: true });
  });
});
