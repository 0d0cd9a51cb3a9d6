import { Secret, TOTP } from 'otpauth';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type FactorUser, type FactorWorld, factorWorld, IDCS, MFA } from './factor-fixture.ts';

const ENROLLER = 'AuthenticationFactorEnroller';
const INITIATOR = 'AuthenticationFactorInitiator';
const VALIDATOR = 'AuthenticationFactorValidator';
const SMS = {
  displayName: "Joe's Personal Phone",
  countryCode: '+44',
  phoneNumber: '1122334455',
  authnFactors: ['SMS'],
};

let world: FactorWorld;
let user: FactorUser;

beforeEach(async () => {
  world = await factorWorld();
  user = await world.user('jbloggs');
  await world.settings({ smsEnabled: true, securityQuestionsEnabled: true });
});

const enroll = (body: JsonObject) => user.call(ENROLLER, { user: { value: user.id }, ...body });

async function sent(to: string): Promise<string> {
  return (await world.message(to)).code;
}

/** Begins an enrollment by SMS or mail and sends its code. */
async function begin(body: JsonObject, to: string): Promise<JsonObject & { otpCode: string }> {
  const enrolled = await enroll(body);
  expect(enrolled.status, enrolled.text).toBe(201);
  const { deviceId, requestId } = enrolled.body;
  const authFactor = (body['authnFactors'] as string[])[0]!;
  const initiated = await user.call(INITIATOR, { deviceId, requestId, userName: user.userName, authFactor });
  expect(initiated.status, initiated.text).toBe(201);
  return { deviceId, requestId, authFactor, scenario: 'ENROLLMENT', otpCode: await sent(to) };
}

const validate = (body: JsonObject) => user.call(VALIDATOR, body);

async function enrollEmail(): Promise<string> {
  const request = await begin({ authnFactors: ['EMAIL'] }, 'jbloggs@example.com');
  expect((await validate(request)).status).toBe(201);
  return request['deviceId'] as string;
}

async function enrollTotp() {
  const enrolled = await enroll({ authnFactors: ['TOTP'], isDeviceOffline: true });
  const address = new URL(Buffer.from(enrolled.body.qrCodeContent, 'base64').toString());
  const secret = Secret.fromBase32(address.searchParams.get('secret')!);
  const totp = new TOTP({ secret, algorithm: 'SHA1', digits: 6, period: 30 });
  const { deviceId, requestId } = enrolled.body;
  return { enrolled, address, totp, request: { deviceId, requestId, authFactor: 'TOTP', scenario: 'ENROLLMENT' } };
}

const me = async () => (await user.send('GET', `Me?attributes=${MFA}`)).body[MFA];

describe('SMS', () => {
  it('enrolls a phone with the code that it gets', async () => {
    const enrolled = await enroll(SMS);
    expect(enrolled.status, enrolled.text).toBe(201);
    expect(enrolled.body).toMatchObject({
      ...SMS,
      schemas: [`${IDCS}${ENROLLER}`],
      phoneNumber: 'XXXXXXX455',
      user: { value: user.id, $ref: `${world.domain.url}/admin/v1/Users/${user.id}` },
      meta: {
        resourceType: `My${ENROLLER}`,
        location: `${world.domain.url}/admin/v1/My${ENROLLER}`,
      },
      deviceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}o-o[0-9]{10}$/),
    });
    const { deviceId, requestId } = enrolled.body;
    expect(await world.messages('+441122334455')).toBe(0);
    const initiate = { deviceId, requestId, userName: user.userName, authFactor: 'SMS' };
    const initiated = await user.call(INITIATOR, initiate);
    expect(initiated.status, initiated.text).toBe(201);
    expect(initiated.body).toMatchObject({ ...initiate, displayName: SMS.displayName });
    const first = await sent('+441122334455');
    await user.call(INITIATOR, initiate);
    const second = await sent('+441122334455');
    expect(second).toMatch(/^[0-9]{6}$/);
    const request = { deviceId, requestId, authFactor: 'SMS', scenario: 'ENROLLMENT' };
    if (first !== second) expect((await validate({ ...request, otpCode: first })).status).toBe(401);
    const validated = await validate({ ...request, otpCode: second });
    expect(validated.status, validated.text).toBe(201);
    expect(validated.body).toMatchObject({
      ...request,
      otpCode: second,
      schemas: [`${IDCS}${VALIDATOR}`],
      meta: { resourceType: `My${VALIDATOR}`, location: `${world.domain.url}/admin/v1/My${VALIDATOR}` },
      status: 'SUCCESS',
      displayName: SMS.displayName,
      mfaStatus: 'ENROLLED',
      mfaPreferredDevice: deviceId,
      mfaPreferredAuthenticationFactor: 'SMS',
      securityQuestionsPresent: false,
      devicesCount: 1,
    });
    expect(validated.body).not.toHaveProperty('emailFactorEnrolled');
    expect((await validate({ ...request, otpCode: second })).status).toBe(404);
    expect(await me()).toEqual({
      mfaStatus: 'ENROLLED',
      loginAttempts: 0,
      preferredAuthenticationFactor: 'SMS',
      preferredDevice: expect.objectContaining({
        value: deviceId,
        $ref: `${world.domain.url}/admin/v1/Devices/${deviceId}`,
      }),
    });
    const device = await user.send('GET', `MyDevices/${deviceId}`);
    expect(device.body).toMatchObject({
      schemas: [`${IDCS}Device`],
      meta: { resourceType: 'MyDevice' },
      status: 'ENROLLED',
      phoneNumber: '1122334455',
      countryCode: '+44',
      isAccRecEnabled: false,
      authenticationFactors: [{ type: 'SMS', status: 'ENROLLED' }],
    });
    const again = await enroll(SMS);
    expect(again.status).toBe(400);
    expect(again.body.detail).toContain('already enrolled');
  });

  it('answers wrong codes as recorded, and ends after too many', async () => {
    await world.settings({
      'endpointRestrictions.maxMfaIncorrectValidationAttempts': 3,
      'endpointRestrictions.maxMfaNotificationAttempts': 2,
    });
    const request = await begin(SMS, '+441122334455');
    const wrong = { ...request, otpCode: request.otpCode === '000000' ? '000001' : '000000' };
    const refused = await validate(wrong);
    expect(refused.status).toBe(401);
    expect(refused.body).toEqual({
      schemas: [
        'urn:ietf:params:scim:api:messages:2.0:Error',
        'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error',
      ],
      detail: 'Invalid passcode.',
      status: '401',
      'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error': {
        messageId: 'error.ssocommon.auth.invalidPasscode',
      },
    });
    const { deviceId, requestId } = request;
    const more = { deviceId: deviceId!, requestId: requestId!, authFactor: 'SMS' };
    expect((await user.call(INITIATOR, more)).status).toBe(201);
    expect((await user.call(INITIATOR, more)).status).toBe(400);
    expect((await validate(wrong)).status).toBe(401);
    expect((await validate(wrong)).status).toBe(401);
    expect((await validate({ ...request, otpCode: await sent('+441122334455') })).status).toBe(404);
  });

  it('takes a code once, for as long as the settings say', async () => {
    const request = await begin(SMS, '+441122334455');
    await world.advance(10 * 60 + 1);
    expect((await validate(request)).status).toBe(401);
    const { deviceId, requestId, authFactor } = request;
    await user.call(INITIATOR, { deviceId: deviceId!, requestId: requestId!, authFactor: authFactor! });
    const fresh = { ...request, otpCode: await sent('+441122334455') };
    const tries = await Promise.all([validate(fresh), validate(fresh), validate(fresh)]);
    expect(tries.map(({ status }) => status).sort()).toEqual([201, 404, 404]);
  });

  it.each([
    ['+44', 'abc'],
    ['44', '1122334455'],
    ['+44', ''],
    ['+44', '1'.repeat(40)],
  ])('refuses the number %s %s', async (countryCode, phoneNumber) => {
    const refused = await enroll({ ...SMS, countryCode, phoneNumber });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('error.ssocommon.auth.invalidPhoneNumber');
  });

  it('is for the user who asks', async () => {
    const other = await world.user('other');
    expect((await other.call(ENROLLER, { user: { value: user.id }, ...SMS })).status).toBe(401);
    const unknown = await user.call(ENROLLER, { user: { value: 'nobody' }, ...SMS });
    expect(unknown.body).toMatchObject({ status: '400', detail: expect.stringContaining('nobody') });
    const body = { schemas: [`${IDCS}${ENROLLER}`], user: { value: user.id }, ...SMS };
    expect((await world.domain.send('POST', `/admin/v1/My${ENROLLER}`, { body })).status).toBe(401);
    const request = await begin(SMS, '+441122334455');
    expect((await other.call(VALIDATOR, request)).status).toBe(404);
    expect((await other.send('GET', `MyDevices/${String(request['deviceId'])}`)).status).toBe(404);
  });

  it('is refused when the factor is disabled, or there are devices enough', async () => {
    await world.settings({ smsEnabled: false });
    expect((await enroll(SMS)).body.detail).toContain('The SMS factor has been disabled.');
    await world.settings({ smsEnabled: true, 'endpointRestrictions.maxEnrolledDevices': 1 });
    await enrollEmail();
    expect((await enroll(SMS)).body.detail).toContain('maxEnrolledDevices');
  });
});

describe('EMAIL', () => {
  it('sends the code to the primary address, which the device shows masked', async () => {
    const request = await begin({ authnFactors: ['EMAIL'] }, 'jbloggs@example.com');
    const validated = await validate(request);
    expect(validated.body).toMatchObject({ displayName: 'jbloggs@example.com', devicesCount: 1, status: 'SUCCESS' });
    const device = await user.send('GET', `MyDevices/${String(request['deviceId'])}`);
    expect(device.body).toMatchObject({
      displayName: 'jbloXXX@example.com'.replace('jbloXXX', 'jblXXXX'),
      phoneNumber: 'null',
    });
    const phone = await begin(SMS, '+441122334455');
    expect((await validate(phone)).body).toMatchObject({
      emailFactorEnrolled: true,
      devicesCount: 2,
      mfaPreferredDevice: request['deviceId'],
      mfaPreferredAuthenticationFactor: 'EMAIL',
    });
  });

  it('proves a factor that is enrolled, and locks the account after too many wrong codes', async () => {
    const deviceId = await enrollEmail();
    const initiated = await user.call(INITIATOR, { deviceId, authFactor: 'EMAIL' });
    const { requestId } = initiated.body;
    const request = { deviceId, requestId, authFactor: 'EMAIL', scenario: 'AUTHENTICATION' };
    const right = await sent('jbloggs@example.com');
    expect((await validate({ ...request, otpCode: right === '000000' ? '000001' : '000000' })).status).toBe(401);
    expect((await me()).loginAttempts).toBe(1);
    expect((await validate({ ...request, scenario: 'ENROLLMENT', otpCode: right })).status).toBe(400);
    expect((await validate({ ...request, otpCode: right })).status).toBe(201);
    expect((await me()).loginAttempts).toBe(0);
    const code = { authFactor: 'BYPASSCODE', scenario: 'AUTHENTICATION', otpCode: 'nonsense' };
    for (let count = 0; count < 10; count++) expect((await validate(code)).status).toBe(401);
    const locked = await world.domain.send(
      'GET',
      `/admin/v1/Users/${user.id}?attributes=${IDCS}extension:userState:User`,
    );
    expect(locked.body[`${IDCS}extension:userState:User`].locked).toMatchObject({ on: true, reason: 3 });
    expect((await validate(code)).body.detail).toContain('locked');
  });

  it('lets a bypass code by, once', async () => {
    const { code } = (await user.send('POST', 'MyBypassCodes', { schemas: [`${IDCS}BypassCode`] })).body;
    const request = { authFactor: 'BYPASSCODE', scenario: 'AUTHENTICATION', otpCode: code };
    const tries = await Promise.all([validate(request), validate(request)]);
    expect(tries.map(({ status }) => status).sort()).toEqual([201, 401]);
    expect((await user.send('GET', 'MyBypassCodes')).body.Resources[0].actualUsageCount).toBe(1);
    expect((await validate({ ...request, scenario: 'ENROLLMENT' })).status).toBe(400);
  });
});

describe('TOTP', () => {
  it('enrolls an authenticator app by its QR code', async () => {
    const { enrolled, address, totp, request } = await enrollTotp();
    expect(enrolled.body).toMatchObject({
      authnFactors: ['TOTP'],
      isDeviceOffline: true,
      displayName: "Given's Phone",
      qrCodeImgType: 'PNG',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(address.href).toMatch(/^otpauth:\/\/totp\/jbloggs\?issuer=/);
    expect([...address.searchParams.keys()]).toEqual([
      ...['issuer', 'period', 'algorithm', 'digits', 'RSA', 'Deviceid', 'RequestId', 'secret'],
      ...['ServiceType', 'KeyPairLength', 'SSE'],
    ]);
    expect(address.searchParams.get('Deviceid')).toBe(enrolled.body.deviceId);
    const png = Buffer.from(Buffer.from(enrolled.body.qrCodeImgContent, 'base64').toString(), 'base64');
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    const otpCode = totp.generate();
    expect((await validate({ ...request, otpCode })).body).toMatchObject({ otpCode, mfaStatus: 'ENROLLED' });
    const listed = await user.send('GET', 'MyDevices');
    expect(listed.body).toMatchObject({ totalResults: 1, itemsPerPage: 50 });
    expect(listed.text).not.toContain(address.searchParams.get('secret'));
    const next = await user.call(INITIATOR, { deviceId: request.deviceId, authFactor: 'TOTP' });
    const proof = { ...request, requestId: next.body.requestId, scenario: 'AUTHENTICATION' };
    expect((await validate({ ...proof, otpCode })).status).toBe(401);
    const later = totp.generate({ timestamp: Date.now() + 30_000 });
    expect((await validate({ ...proof, otpCode: later })).status).toBe(201);
  });

  it('refuses what is no code', async () => {
    const { request } = await enrollTotp();
    for (const otpCode of ['', 'abcdef', '1234567', '１２３４５６']) {
      expect([400, 401]).toContain((await validate({ ...request, otpCode })).status);
    }
    expect((await validate({ ...request, otpCode: '000000', requestId: 'other' })).status).toBe(404);
  });
});

describe('PUSH', () => {
  it('stays pending, and runs out', async () => {
    const enrolled = await enroll({ authnFactors: ['PUSH'] });
    expect(enrolled.status, enrolled.text).toBe(201);
    expect(enrolled.body).toMatchObject({ authnFactors: ['PUSH', 'TOTP'], isDeviceOffline: false });
    const address = Buffer.from(enrolled.body.qrCodeContent, 'base64').toString();
    expect(address).toMatch(/^oraclemobileauthenticator:\/\/totp\/jbloggs\?.*&ServiceType=TOTP%2BPUSH&/);
    expect(address).not.toContain('secret=');
    const { deviceId, requestId } = enrolled.body;
    const poll = { deviceId, requestId, authFactor: 'PUSH', scenario: 'ENROLLMENT' };
    const pending = await validate(poll);
    expect(pending.status).toBe(404);
    expect(pending.body.detail).toBe('The device status was not found. Contact your system administrator.');
    expect((await user.send('GET', `MyDevices/${deviceId}`)).body.status).toBe('INITIATED');
    await enroll({ authnFactors: ['PUSH'] });
    expect((await user.send('GET', 'MyDevices')).body.totalResults).toBe(1);
  });
});

describe('devices', () => {
  it('are renamed, but not proved, by a PATCH', async () => {
    const id = await enrollEmail();
    const patch = (path: string, value: string) =>
      user.send('PATCH', `MyDevices/${id}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path, value }],
      });
    const renamed = await patch(`${IDCS}Device:displayName`, "Joe's iPhone 7");
    expect(renamed.status, renamed.text).toBe(200);
    expect(renamed.body.displayName).toBe("Joe's iPhone 7");
    expect((await patch('status', 'LOCKED')).status).toBe(400);
    expect((await patch('phoneNumber', '1')).status).toBe(400);
  });

  it('can be deleted but for the last one', async () => {
    const email = await enrollEmail();
    const refused = await user.send('DELETE', `MyDevices/${email}`);
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({
      detail: 'You cannot delete the device. At least one device is required for 2-Step Verification.',
      'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error': {
        messageId: 'error.ssocommon.ssoadmin.mfa.cannotDeleteOnlyExistingDevice',
      },
    });
    const { totp, request } = await enrollTotp();
    await validate({ ...request, otpCode: totp.generate() });
    const removals = await Promise.all([email, request.deviceId].map((id) => user.send('DELETE', `MyDevices/${id}`)));
    expect(removals.map(({ status }) => status).sort()).toEqual([204, 400]);
    const [{ id }] = (await user.send('GET', 'MyDevices')).body.Resources;
    expect((await me()).preferredDevice.value).toBe(id);
    const shown = await world.domain.send('GET', `/admin/v1/Users/${user.id}?attributes=${MFA}:devices`);
    expect(shown.body[MFA].devices).toMatchObject([{ value: id, status: 'ENROLLED', factorStatus: 'ENROLLED' }]);
  });

  it('are preferred only when they are the user’s own', async () => {
    const email = await enrollEmail();
    const phone = await begin(SMS, '+441122334455');
    await validate(phone);
    const prefer = (factor: string, value: unknown) =>
      user.send('PATCH', 'Me', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [
          { op: 'replace', path: `${MFA}:preferredAuthenticationFactor`, value: factor },
          { op: 'replace', path: `${MFA}:preferredDevice`, value: { value: String(value) } },
        ],
      });
    const changed = await prefer('SMS', phone['deviceId']);
    expect(changed.status, changed.text).toBe(200);
    expect(changed.body[MFA]).toMatchObject({
      preferredAuthenticationFactor: 'SMS',
      preferredDevice: { value: phone['deviceId'] },
    });
    expect((await prefer('SMS', 'nobodys')).status).toBe(400);
    expect((await prefer('TOTP', email)).status).toBe(400);
  });
});

describe('security questions', () => {
  const URN = `${IDCS}extension:securityQuestions:User`;
  const QUESTIONS = [
    { value: 'FavoriteMovie', answer: 'Harry Potter', hintText: 'wizard' },
    { value: 'FavoriteFood', answer: 'Chinese', hintText: 'springrolls' },
    { value: 'FirstPet', answer: 'Bouncer', hintText: 'dog' },
  ];
  const add = (value: JsonObject[]) =>
    user.send('PATCH', 'Me/', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'add', path: `${URN}:secQuestions`, value }],
    });
  const answers = QUESTIONS.map(({ value, answer }) => ({ id: value, answer }));
  const check = (securityQuestions: JsonObject[], scenario = 'ENROLLMENT') =>
    validate({ authFactor: 'SECURITY_QUESTIONS', scenario, securityQuestions });

  it('are answered once, kept hashed, and prove a factor', async () => {
    const added = await add(QUESTIONS);
    expect(added.status, added.text).toBe(200);
    expect(added.body).not.toHaveProperty([URN]);
    const shown = await world.domain.send('GET', `/admin/v1/Users/${user.id}?attributes=${URN}:secQuestions`);
    expect(shown.body[URN].secQuestions).toHaveLength(3);
    expect(shown.text).not.toContain('Bouncer');
    const enrolled = await check(answers);
    expect(enrolled.status, enrolled.text).toBe(201);
    expect(enrolled.body).toMatchObject({
      securityQuestions: answers,
      userName: 'jbloggs',
      status: 'SUCCESS',
      mfaStatus: 'ENROLLED',
      mfaPreferredAuthenticationFactor: 'SECURITY_QUESTIONS',
      securityQuestionsPresent: true,
      devicesCount: 0,
    });
    expect((await check([answers[1]!], 'AUTHENTICATION')).status).toBe(201);
    const wrong = await check([{ id: 'FavoriteMovie', answer: 'arry Potter' }], 'AUTHENTICATION');
    expect(wrong.status).toBe(400);
    expect(wrong.body.detail).toBe("Your answer didn't match. Please try again.");
    expect((await check([{ id: 'constructor', answer: 'Bouncer' }], 'AUTHENTICATION')).status).toBe(400);
    expect((await check([], 'AUTHENTICATION')).status).toBe(400);
  });

  it('are held to the settings', async () => {
    expect((await add(QUESTIONS.slice(1))).body.detail).toContain('3 questions');
    const same = QUESTIONS.map((question) => ({ ...question, answer: 'the same' }));
    expect((await add(same)).body.detail).toContain('already provided this answer');
    const short = QUESTIONS.map((question, index) => ({ ...question, answer: `a${index}` }));
    expect((await add(short)).body.detail).toContain('6 to 100 characters');
    const unknown = QUESTIONS.map((question) => ({ ...question, value: `No${question.value}` }));
    expect((await add(unknown)).status).toBe(400);
  });

  it.each(['AuthenticationFactorsRemover', 'MyAuthenticationFactorsRemover'])(
    'go with all factors by %s',
    async (type) => {
      await enrollEmail();
      await user.send('POST', 'MyBypassCodes', { schemas: [`${IDCS}BypassCode`] });
      await add(QUESTIONS);
      const body = { schemas: [`${IDCS}AuthenticationFactorsRemover`], user: { value: user.id } };
      const other = await world.user('other');
      expect((await other.send('POST', type, body)).status).toBe(401);
      const removed =
        type === 'AuthenticationFactorsRemover'
          ? await world.domain.send('POST', `/admin/v1/${type}`, { body })
          : await user.send('POST', type, body);
      expect(removed.status, removed.text).toBe(201);
      expect(removed.body).toMatchObject({ meta: { resourceType: type }, user: { value: user.id } });
      expect((await user.send('GET', 'MyDevices')).body.totalResults).toBe(0);
      expect((await user.send('GET', 'MyBypassCodes')).body.totalResults).toBe(0);
      expect(await me()).toEqual({ mfaStatus: 'UN_ENROLLED', loginAttempts: 0 });
      expect((await check(answers)).status).toBe(400);
    },
  );

  it('stay when only something else is removed', async () => {
    await enrollEmail();
    const body = {
      schemas: [`${IDCS}AuthenticationFactorsRemover`],
      user: { value: user.id },
      type: 'ACCOUNTRECOVERY',
    };
    expect((await user.send('POST', 'MyAuthenticationFactorsRemover', body)).status).toBe(201);
    expect((await user.send('GET', 'MyDevices')).body.totalResults).toBe(1);
    expect((await user.send('POST', 'MyAuthenticationFactorsRemover', { ...body, type: 'NONE' })).status).toBe(400);
    expect((await user.send('POST', 'MyAuthenticationFactorsRemover', { ...body, user: { value: 'x' } })).status).toBe(
      400,
    );
  });
});
