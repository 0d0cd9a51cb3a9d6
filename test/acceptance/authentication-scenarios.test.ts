import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { create } from '../oauth/token/assertion-fixture.ts';
import {
  type AuthenticationWorld,
  authenticationWorld,
  PASSWORD,
  type SignIn,
} from '../signin/authentication/authentication-world.ts';
import { enrolledUser, otp, phoneAnswers, scan } from '../signin/authentication/enrolled-user.ts';
import type { Answer } from '../support/emulator.ts';

/*
 * The recorded scenarios of the Authentication API, each as a chain: what a step sends is what the steps before it gave. Statuses, key
 * sets, operations, factors, credentials, codes and their texts are as recorded (authentication-answers.json).
 */

interface Recorded {
  readonly status: number;
  readonly body: JsonObject;
}

const { starts, scenarios } = JSON.parse(
  readFileSync(new URL('authentication-answers.json', import.meta.url), 'utf8'),
) as {
  starts: Record<string, Recorded[]>;
  scenarios: Record<string, Record<string, Recorded[] | string>>;
};

/** Where a recording is no rule: edited by hand (shapes.md §14), or of an older release than another one of the same answer. */
const KNOWN_DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  // Later recordings of the same refusal have them (authn-0140).
  'authn-0002/401': ['nextOp', 'nextAuthFactors', 'USERNAME_PASSWORD', 'IDP'],
  // Says that enrollment is required in a scenario in which it is not.
  'authn-0017/200': ['mfaSettings.enrollmentRequired'],
  'authn-0059/200': ['mfaSettings.enrollmentRequired'],
};
/** The older release has none. */
const NEWER = ['ecId'];

const report: { scenario: string; steps: number; passed: number }[] = [];
let plain: AuthenticationWorld;
let withGoogle: AuthenticationWorld;

const OPTIONAL = { authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'true', '2FAFrequency': 'SESSION' };
const REQUIRED = { ...OPTIONAL, allowUserToSkip2FAEnrolment: 'false' };
const PASSWORD_ONLY = { authenticationFactor: 'IDP', allowUserToSkip2FAEnrolment: 'false' };

const ALL_FACTORS = {
  emailEnabled: true,
  smsEnabled: true,
  totpEnabled: true,
  pushEnabled: true,
  securityQuestionsEnabled: true,
};

beforeAll(async () => {
  [plain, withGoogle] = await Promise.all([authenticationWorld(), authenticationWorld()]);
  await Promise.all([plain, withGoogle].map((world) => world.settings('AuthenticationFactorSettings', ALL_FACTORS)));
  await create(withGoogle.domain, 'SocialIdentityProvider', 'SocialIdentityProviders', {
    name: 'Google',
    serviceProviderName: 'Google',
    consumerKey: 'key',
    consumerSecret: 'secret',
    enabled: true,
    showOnLogin: true,
    accountLinkingEnabled: true,
    registrationEnabled: false,
  });
});

afterAll(() => {
  const rows = report.map(
    ({ scenario, steps, passed }) => `${String(passed).padStart(3)} of ${String(steps).padStart(2)}  ${scenario}`,
  );
  const [steps, passed] = [
    report.reduce((sum, row) => sum + row.steps, 0),
    report.reduce((sum, row) => sum + row.passed, 0),
  ];
  console.log(
    `Authentication API, steps passed by scenario:\n${rows.join('\n')}\n${passed} of ${steps} steps in ${report.length} scenarios`,
  );
});

/** One run of a scenario. */
interface Run {
  readonly world: AuthenticationWorld;
  readonly signIn: SignIn;
  /** Starts the sign-in: the scenario's first recording. */
  start(id: string): Promise<void>;
  /** Compares an answer with a recording. */
  is(
    id: string,
    status: number,
    answer: Answer | Promise<Answer>,
    which?: (body: JsonObject) => boolean,
  ): Promise<Answer>;
  password(userName: string): Promise<Answer>;
  step(body: JsonObject): Promise<Answer>;
  submit(credentials: JsonObject, more?: JsonObject): Promise<Answer>;
}

let users = 0;
const newName = () => `user${++users}`;

/** A scenario: its folder's last part, or more of it where that is not enough. */
function scenario(
  folder: string,
  how: { google?: boolean; rule: Record<string, string> },
  work: (run: Run) => Promise<void>,
): void {
  it(folder.replace(/^Authentication Using User Name\/Password \+ /, ''), async () => {
    const recorded = scenarios[folder]!;
    const world = how.google === true ? withGoogle : plain;
    await world.signOnRule(how.rule);
    await world.settings('AuthenticationFactorSettings', ALL_FACTORS);
    const signIn = world.signIn();
    const row = { scenario: folder, steps: 0, passed: 0 };
    report.push(row);
    const run: Run = {
      world,
      signIn,
      async start(id) {
        await run.is(id, 200, signIn.start('login_page'));
      },
      async is(id, status, given, which = () => true) {
        const answer = await given;
        row.steps += 1;
        const entry = recorded[id];
        const all = typeof entry === 'string' ? starts[entry]! : (entry ?? []);
        const wanted = all.find((one) => one.status === status && which(one.body));
        expect(wanted, `${id} has an answer with ${status}`).toBeDefined();
        expect(answer.status, `${id}: ${answer.text}`).toBe(status);
        const known = [...(KNOWN_DIFFERENCES[`${id}/${status}`] ?? []), ...NEWER];
        expect(differences(wanted!.body, answer.body as JsonObject, '', known), `${id}: ${answer.text}`).toEqual([]);
        row.passed += 1;
        return answer;
      },
      password: (userName) => signIn.password(userName),
      step: (body) => signIn.step(body),
      submit: (credentials, more = {}) => signIn.step({ op: 'credSubmit', credentials, ...more }),
    };
    await work(run);
  });
}

/** Where an answer is not as recorded. */
function differences(
  wanted: JsonValue,
  given: JsonValue | undefined,
  path: string,
  known: readonly string[],
): string[] {
  if (known.includes(path)) return [];
  if (wanted === '*') return typeof given === 'string' && given !== '' ? [] : [`${path} is no text`];
  if (Array.isArray(wanted)) {
    if (!Array.isArray(given)) return [`${path} is no list`];
    if (typeof wanted[0] === 'object')
      return wanted.flatMap((one, at) => differences(one, given[at], `${path}[${at}]`, known));
    return JSON.stringify(wanted) === JSON.stringify(given)
      ? []
      : [`${path} is ${JSON.stringify(given)}, not ${JSON.stringify(wanted)}`];
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return [`${path} is no object`];
    const names = new Set([...Object.keys(wanted), ...Object.keys(given)]);
    return [...names].flatMap((name) => {
      const inner = path === '' ? name : `${path}.${name}`;
      if (known.includes(inner)) return [];
      const value = wanted[name];
      if (value === undefined) return [`${inner} is too much`];
      return given[name] === undefined ? [`${inner} is missing`] : differences(value, given[name], inner, known);
    });
  }
  return wanted === given ? [] : [`${path} is ${JSON.stringify(given)}, not ${JSON.stringify(wanted)}`];
}

const isPending = ({ status }: JsonObject) => status === 'pending';
const isSuccess = ({ status }: JsonObject) => status === 'success';
const ENROLL = 'Authentication Using User Name/Password + MFA Enrollment/';
const PROVE = 'Authentication Using User Name/Password + MFA Authentication/';
const PHONE = '15555555555';

const QUESTIONS = [
  { questionId: 'FavoriteFood', answer: 'Mexican', hint: 'Cinco' },
  { questionId: 'FirstPet', answer: 'dogTessy', hint: 'dog and name' },
  { questionId: 'FavoriteMovie', answer: 'When Harry Met Sally', hint: 'Meg Ryan and Billy Crystal' },
];
const answersTo = (answer: Answer) =>
  (answer.body.SECURITY_QUESTIONS.questions as { questionId: string }[]).map(({ questionId }) => ({
    questionId,
    answer: QUESTIONS.find((question) => question.questionId === questionId)!.answer,
  }));

describe('the recorded scenarios', () => {
  scenario('Authentication Without MFA', { google: true, rule: PASSWORD_ONLY }, async (run) => {
    const name = newName();
    await run.world.user(name);
    await run.start('authn-0001');
    await run.is('authn-0002', 401, run.submit({ username: name, password: 'wrong' }));
    await run.is('authn-0002', 200, run.password(name));
  });

  scenario(
    `${ENROLL}Offline Time-Based One-Time Passcode (TOTP) Enrollment`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const name = newName();
      await run.world.user(name);
      await run.start('authn-0003');
      await run.is('authn-0004', 200, run.password(name));
      await run.is(
        'authn-0005',
        200,
        run.step({ op: 'enrollment', authFactor: 'TOTP', credentials: { offlineTotp: true } }),
      );
      expect((await run.submit({ otpCode: await otp(run.world, name) })).status).toBe(200);
      await run.is('authn-0007', 200, run.step({ op: 'createToken' }));
    },
  );

  scenario(
    `${ENROLL}Online Time-Based One-Time Passcode (TOTP) Enrollment`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const name = newName();
      await run.world.user(name);
      await run.world.settings('AuthenticationFactorSettings', { pushEnabled: false });
      await run.start('authn-0008');
      await run.is('authn-0009', 200, run.password(name));
      const begun = await run.is('authn-0010', 200, run.step({ op: 'enrollment', authFactor: 'TOTP' }));
      await scan(run.world, begun.body.TOTP.qrCode.content);
      await run.is('authn-0011', 200, run.step({ op: 'credSubmit' }));
      await run.is('authn-0013', 200, run.step({ op: 'createToken' }));
      await run.world.settings('AuthenticationFactorSettings', { pushEnabled: true });
    },
  );

  scenario(`${ENROLL}SMS Enrollment`, { google: true, rule: OPTIONAL }, async (run) => {
    const name = newName();
    await run.world.user(name);
    await run.start('authn-0014');
    await run.is('authn-0015', 200, run.password(name));
    await run.is(
      'authn-0016',
      200,
      run.step({ op: 'enrollment', authFactor: 'SMS', credentials: { phoneNumber: PHONE } }),
    );
    await run.is('authn-0017', 200, run.step({ op: 'resendCode' }));
    expect((await run.submit({ otpCode: await run.world.code(PHONE) })).status).toBe(200);
    await run.is('authn-0019', 200, run.step({ op: 'createToken' }));
  });

  scenario(`${ENROLL}EMAIL Enrollment`, { rule: REQUIRED }, async (run) => {
    const name = newName();
    await run.world.user(name);
    await run.start('authn-0020');
    await run.is('authn-0021', 200, run.password(name));
    await run.is('authn-0022', 200, run.step({ op: 'enrollment', authFactor: 'EMAIL' }));
    await run.is('authn-0024', 200, run.submit({ otpCode: await run.world.code(`${name}@example.com`) }));
    await run.is('authn-0025', 200, run.step({ op: 'createToken' }));
  });

  const questions = `${ENROLL}Security Questions Enrollment`;
  scenario(
    `${questions}/Security Questions Enrollment Using Accept-Language Header`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const name = newName();
      await run.world.user(name);
      await run.start('authn-0026');
      await run.is('authn-0027', 200, run.password(name));
      const body = { op: 'enrollment', authFactor: 'SECURITY_QUESTIONS' };
      const shown = await run.signIn.step(body, { 'accept-language': 'de-DE,de;q=0.8' });
      expect(shown.body.SECURITY_QUESTIONS.questions[0]).toEqual({
        questionId: expect.any(String),
        text: expect.stringMatching(/^(?:Was|Wie|Welche)/),
      });
      expect((await run.submit({ questions: QUESTIONS })).status).toBe(200);
      await run.is('authn-0030', 200, run.step({ op: 'createToken' }));
    },
  );

  scenario(questions, { google: true, rule: OPTIONAL }, async (run) => {
    const name = newName();
    await run.world.user(name);
    await run.start('authn-0031');
    await run.is('authn-0032', 200, run.password(name));
    expect((await run.step({ op: 'enrollment', authFactor: 'SECURITY_QUESTIONS' })).status).toBe(200);
    expect((await run.submit({ questions: QUESTIONS })).status).toBe(200);
    await run.is('authn-0035', 200, run.step({ op: 'createToken' }));
  });

  scenario(`${ENROLL}PUSH Notification Enrollment`, { google: true, rule: OPTIONAL }, async (run) => {
    const name = newName();
    await run.world.user(name);
    await run.start('authn-0036');
    await run.is('authn-0037', 200, run.password(name));
    const begun = await run.step({ op: 'enrollment', authFactor: 'PUSH' });
    await run.is('authn-0040', 200, run.step({ op: 'credSubmit' }), isPending);
    await scan(run.world, begun.body.PUSH.qrCode.content);
    const done = await run.is('authn-0039', 200, run.step({ op: 'credSubmit' }));
    await run.is('authn-0040', 200, done, isSuccess);
    await run.is('authn-0041', 200, run.step({ op: 'createToken' }));
  });

  scenario(`${ENROLL}Enroll in More Than One Factor`, { google: true, rule: OPTIONAL }, async (run) => {
    const name = newName();
    await run.world.user(name);
    await run.start('authn-0042');
    await run.is('authn-0043', 200, run.password(name));
    await run.step({ op: 'enrollment', authFactor: 'EMAIL' });
    await run.is('authn-0045', 200, run.submit({ otpCode: await run.world.code(`${name}@example.com`) }));
    await run.is('authn-0046', 200, run.step({ op: 'enrollment' }));
    await run.is(
      'authn-0047',
      200,
      run.step({ op: 'enrollment', authFactor: 'SMS', credentials: { phoneNumber: PHONE } }),
    );
    expect((await run.submit({ otpCode: await run.world.code(PHONE) })).status).toBe(200);
    await run.is('authn-0049', 200, run.step({ op: 'createToken' }));
  });

  scenario(`${ENROLL}Skip MFA After Username and Password Log In`, { google: true, rule: OPTIONAL }, async (run) => {
    const name = newName();
    await run.world.user(name);
    await run.start('authn-0050');
    await run.is('authn-0051', 200, run.password(name));
    await run.is('authn-0052', 200, run.step({ op: 'createToken' }));
  });

  scenario(`${ENROLL}Switch to Another Factor During Enrollment`, { google: true, rule: OPTIONAL }, async (run) => {
    const name = newName();
    await run.world.user(name);
    await run.start('authn-0053');
    await run.is('authn-0054', 200, run.password(name));
    expect((await run.step({ op: 'enrollment', authFactor: 'TOTP' })).status).toBe(200);
    const phone = { phoneNumber: '15555550054' };
    expect((await run.step({ op: 'enrollment', authFactor: 'SMS', credentials: phone })).status).toBe(200);
    await run.is('authn-0059', 200, run.step({ op: 'resendCode' }));
    expect((await run.submit({ otpCode: await run.world.code('15555550054') })).status).toBe(200);
    await run.is('authn-0060', 200, run.step({ op: 'createToken' }));
  });

  scenario(
    `${PROVE}Security Questions/Authentication With Security Questions Set as the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['SECURITY_QUESTIONS']);
      await run.start('authn-0061');
      const asked = await run.password(user.name);
      const credentials = { questions: answersTo(asked) };
      await run.is('authn-0063', 200, run.submit(credentials, { authFactor: 'SECURITY_QUESTIONS' }));
    },
  );

  scenario(
    `${PROVE}Security Questions/Authentication With Security Questions & Setting Trusted Device`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['SECURITY_QUESTIONS']);
      await run.start('authn-0064');
      const asked = await run.password(user.name);
      const trusted = { trustedDevice: true, trustedDeviceDisplayName: 'Chrome on Windows' };
      const answer = await run.submit(
        { questions: answersTo(asked) },
        { authFactor: 'SECURITY_QUESTIONS', ...trusted },
      );
      expect(answer.body).toMatchObject({ authnToken: expect.any(String), trustToken: expect.any(String) });
      const again = run.world.signIn();
      await again.start();
      const spared = await again.password(user.name, { trustToken: answer.body.trustToken });
      expect(spared.body.authnToken, spared.text).toEqual(expect.any(String));
    },
  );

  const otherQuestions = `${PROVE}Security Questions/Authentication Using Security Questions When It Isn't the Default Method`;
  scenario(otherQuestions, { google: true, rule: OPTIONAL }, async (run) => {
    const user = await enrolledUser(run.world, newName(), ['SMS', 'TOTP', 'EMAIL', 'SECURITY_QUESTIONS']);
    await run.start('authn-0067');
    await run.is('authn-0068', 200, run.password(user.name));
    const listed = await run.is('authn-0069', 200, run.step({ op: 'getBackupFactors' }));
    const right = { op: 'credSubmit', authFactor: 'SECURITY_QUESTIONS', credentials: { questions: answersTo(listed) } };
    await run.is('authn-0070', 200, run.step(right));

    const other = await enrolledUser(run.world, newName(), ['SMS', 'SECURITY_QUESTIONS']);
    await run.signIn.start();
    await run.password(other.name);
    const list = await run.step({ op: 'getBackupFactors' });
    const wrong = answersTo(list).map(({ questionId }) => ({ questionId, answer: 'something else' }));
    const refused = await run.is('authn-0070', 401, run.step({ ...right, credentials: { questions: wrong } }));
    const second = await run.step({ ...right, credentials: { questions: answersTo(refused) } });
    expect(second.body.authnToken, second.text).toEqual(expect.any(String));
  });

  scenario(
    `${PROVE}EMAIL/Authentication With Email Set as the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['EMAIL']);
      await run.start('authn-0071');
      await run.is('authn-0072', 200, run.password(user.name));
      await run.is('authn-0074', 200, run.step({ op: 'resendCode' }));
      expect((await run.submit({ otpCode: await run.world.code(user.mail) })).body.authnToken).toEqual(
        expect.any(String),
      );
    },
  );

  scenario(
    `${PROVE}EMAIL/Authentication With Email & Setting Trusted Device`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['EMAIL']);
      await run.start('authn-0075');
      await run.is('authn-0076', 200, run.password(user.name));
      const trusted = { trustedDevice: true, trustedDeviceDisplayName: 'Chrome on Windows' };
      const answer = await run.submit({ otpCode: await run.world.code(user.mail) }, trusted);
      expect(answer.body.trustToken).toEqual(expect.any(String));
    },
  );

  scenario(
    `${PROVE}EMAIL/Authentication Using Email When It Isn't the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['SMS', 'TOTP', 'EMAIL', 'SECURITY_QUESTIONS']);
      await run.start('authn-0078');
      await run.is('authn-0079', 200, run.password(user.name));
      const listed = await run.is('authn-0080', 200, run.step({ op: 'getBackupFactors' }));
      const { deviceId } = listed.body.EMAIL.enrolledDevices[0];
      await run.is('authn-0081', 200, run.submit({ deviceId }, { authFactor: 'EMAIL' }));
      const answer = await run.submit({ deviceId, otpCode: await run.world.code(user.mail) }, { authFactor: 'EMAIL' });
      expect(answer.body.authnToken, answer.text).toEqual(expect.any(String));
    },
  );

  // The recordings of offline TOTP show EMAIL as the preferred factor (shapes.md §14).
  scenario(
    `${PROVE}Offline One-Time Passcode (TOTP)/Authentication With Offline TOTP Set as the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['TOTP']);
      await run.start('authn-0083');
      const asked = await run.password(user.name);
      expect(asked.body).toMatchObject({ nextAuthFactors: ['TOTP'], TOTP: { credentials: ['otpCode'] } });
      const answer = await run.submit({ otpCode: await otp(run.world, user.name) });
      expect(answer.body.authnToken, answer.text).toEqual(expect.any(String));
    },
  );

  scenario(
    `${PROVE}Offline One-Time Passcode (TOTP)/Authentication With Offline TOTP & Setting Trusted Device`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['TOTP']);
      await run.start('authn-0086');
      await run.password(user.name);
      const trusted = { trustedDevice: true, trustedDeviceDisplayName: 'Chrome on Windows' };
      await run.is('authn-0088', 200, run.submit({ otpCode: await otp(run.world, user.name) }, trusted));
    },
  );

  scenario(
    `${PROVE}Offline One-Time Passcode (TOTP)/Authenticating Using Offline TOTP When It Isn't the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['SMS', 'TOTP', 'EMAIL', 'SECURITY_QUESTIONS']);
      await run.start('authn-0089');
      await run.is('authn-0090', 200, run.password(user.name));
      const listed = await run.is('authn-0091', 200, run.step({ op: 'getBackupFactors' }));
      const { deviceId } = listed.body.TOTP.enrolledDevices[0];
      const answer = await run.submit({ deviceId, otpCode: await otp(run.world, user.name) }, { authFactor: 'TOTP' });
      expect(answer.body.authnToken, answer.text).toEqual(expect.any(String));
    },
  );

  scenario(
    `${PROVE}Online One-Time Passcode (TOTP)/Authentication With Online TOTP Set as the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['ONLINE_TOTP']);
      await run.start('authn-0093');
      await run.is('authn-0094', 200, run.password(user.name));
      await run.is('authn-0095', 200, run.submit({ otpCode: await otp(run.world, user.name) }));
    },
  );

  scenario(
    `${PROVE}Online One-Time Passcode (TOTP)/Authentication With Online TOTP & Setting Trusted Device`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['ONLINE_TOTP']);
      await run.start('authn-0096');
      await run.password(user.name);
      const trusted = { trustedDevice: true, trustedDeviceDisplayName: 'Chrome on Windows' };
      await run.is('authn-0098', 200, run.submit({ otpCode: await otp(run.world, user.name) }, trusted));
    },
  );

  scenario(
    `${PROVE}Online One-Time Passcode (TOTP)/Authenticating Using Online TOTP When It Isn't the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['SMS', 'PUSH']);
      await run.start('authn-0099');
      await run.is('authn-0100', 200, run.password(user.name));
      const listed = await run.is('authn-0101', 200, run.step({ op: 'getBackupFactors' }));
      const { deviceId } = listed.body.TOTP.enrolledDevices[0];
      const answer = await run.submit({ deviceId, otpCode: await otp(run.world, user.name) }, { authFactor: 'TOTP' });
      expect(answer.body.authnToken, answer.text).toEqual(expect.any(String));
    },
  );

  scenario(
    `${PROVE}SMS/Authentication With SMS Set as the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['SMS']);
      await run.start('authn-0103');
      await run.is('authn-0104', 401, run.step({ op: 'credSubmit', requestState: 'altered' }));
      await run.signIn.start();
      await run.is('authn-0104', 200, run.password(user.name));
      await run.is('authn-0105', 401, run.submit({ otpCode: '000000' }));
      await run.is('authn-0105', 200, run.submit({ otpCode: await run.world.code(user.phone) }));
    },
  );

  scenario(
    `${PROVE}SMS/Authentication With SMS & Setting Trusted Device`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['SMS']);
      await run.start('authn-0106');
      await run.is('authn-0107', 200, run.password(user.name));
      const trusted = { trustedDevice: true, trustedDeviceDisplayName: 'Chrome on Windows' };
      await run.is('authn-0108', 200, run.submit({ otpCode: await run.world.code(user.phone) }, trusted));
    },
  );

  // What authn-0113 shows is the answer before it (shapes.md §14).
  scenario(
    `${PROVE}SMS/Authenticating Using SMS When It Isn't the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['EMAIL', 'SMS']);
      await run.start('authn-0109');
      await run.is('authn-0110', 200, run.password(user.name));
      const { deviceId } = (await run.step({ op: 'getBackupFactors' })).body.SMS.enrolledDevices[0];
      await run.is('authn-0112', 200, run.submit({ deviceId }, { authFactor: 'SMS' }));
      const answer = await run.submit({ deviceId, otpCode: await run.world.code(user.phone) }, { authFactor: 'SMS' });
      expect(answer.body.authnToken, answer.text).toEqual(expect.any(String));
    },
  );

  scenario(
    `${PROVE}PUSH Notification/Authentication With Push Notification Set as the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['PUSH']);
      await run.start('authn-0114');
      await run.is('authn-0115', 200, run.password(user.name));
      await phoneAnswers(run.world, user.name, 'approve');
      await run.is('authn-0116', 200, run.step({ op: 'credSubmit' }));
    },
  );

  scenario(
    `${PROVE}PUSH Notification/Authentication With Push Notification & Setting Trusted Device`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['PUSH']);
      const poll = { op: 'credSubmit', trustedDevice: true, trustedDeviceDisplayName: 'Chrome on Windows' };
      await run.start('authn-0117');
      await run.is('authn-0118', 200, run.password(user.name));
      await run.is('authn-0119', 200, run.step(poll), isPending);
      await phoneAnswers(run.world, user.name, 'deny');
      await run.is('authn-0119', 401, run.step(poll));
      await run.signIn.start();
      await run.password(user.name);
      await phoneAnswers(run.world, user.name, 'approve');
      await run.is('authn-0119', 200, run.step(poll), isSuccess);
    },
  );

  scenario(
    `${PROVE}PUSH Notification/Authenticating Using PUSH When It Isn't the Default Method`,
    { google: true, rule: OPTIONAL },
    async (run) => {
      const user = await enrolledUser(run.world, newName(), ['SMS', 'PUSH']);
      await run.start('authn-0120');
      await run.is('authn-0121', 200, run.password(user.name));
      const listed = await run.is('authn-0122', 200, run.step({ op: 'getBackupFactors' }));
      const { deviceId } = listed.body.PUSH.enrolledDevices[0];
      await run.is('authn-0123', 200, run.submit({ deviceId }, { authFactor: 'PUSH' }));
      await phoneAnswers(run.world, user.name, 'approve');
      await run.is('authn-0124', 200, run.step({ op: 'credSubmit' }));
    },
  );

  scenario(`${PROVE}Get Backup Factors`, { google: true, rule: OPTIONAL }, async (run) => {
    const user = await enrolledUser(run.world, newName(), ['SECURITY_QUESTIONS']);
    await run.start('authn-0125');
    await run.is('authn-0126', 200, run.password(user.name));
    expect((await run.step({ op: 'getBackupFactors' })).body.nextAuthFactors).toEqual([
      'BYPASSCODE',
      'SECURITY_QUESTIONS',
    ]);
  });

  scenario(`${PROVE}Bypass Code Authentication`, { google: true, rule: OPTIONAL }, async (run) => {
    const user = await enrolledUser(run.world, newName(), ['TOTP']);
    await run.start('authn-0128');
    await run.is('authn-0129', 200, run.password(user.name));
    await run.is('authn-0130', 200, run.step({ op: 'getBackupFactors' }));
    const bypassCode = await user.bypassCode();
    await run.is('authn-0131', 200, run.submit({ bypassCode }, { authFactor: 'BYPASSCODE' }));

    const other = await enrolledUser(run.world, newName(), ['TOTP', 'SMS', 'SECURITY_QUESTIONS']);
    await run.signIn.start();
    await run.password(other.name);
    await run.step({ op: 'getBackupFactors' });
    await run.is('authn-0131', 401, run.submit({ bypassCode: '000000000000' }, { authFactor: 'BYPASSCODE' }));
  });

  scenario(`${PROVE}Setting the Default Factor Method`, { google: true, rule: OPTIONAL }, async (run) => {
    const user = await enrolledUser(run.world, newName(), ['SMS', 'SECURITY_QUESTIONS']);
    await run.start('authn-0132');
    await run.is('authn-0133', 200, run.password(user.name));
    const listed = await run.step({ op: 'getBackupFactors' });
    const credentials = { questions: answersTo(listed), preferred: true };
    await run.is('authn-0135', 200, run.submit(credentials, { authFactor: 'SECURITY_QUESTIONS' }));
    await run.signIn.start();
    expect((await run.password(user.name)).body.nextAuthFactors).toEqual(['SECURITY_QUESTIONS']);
  });

  scenario('Authentication Using User Name/Password + Terms Of Use', { rule: PASSWORD_ONLY }, async (run) => {
    const name = newName();
    await run.world.user(name);
    const { domain } = run.world;
    const statement = await create(domain, 'TermsOfUseStatement', 'TermsOfUseStatements', {
      locale: 'en',
      statement: 'Be kind.',
    });
    const terms = await create(domain, 'TermsOfUse', 'TermsOfUses', {
      name: 'Terms',
      active: true,
      statements: [{ value: statement.id }],
    });
    await run.world.patch(`Apps/${run.world.client.appId}`, {
      op: 'add',
      path: 'termsOfUse',
      value: { value: terms.id },
    });
    await run.start('authn-0136');
    const french = { 'accept-language': 'fr' };
    const refused = run.signIn.step({ op: 'credSubmit', credentials: { username: name, password: PASSWORD } }, french);
    await run.is('authn-0137', 401, refused, (body) => JSON.stringify(body).includes('AUTH-3036'));
    await run.is('authn-0137', 401, run.password(name), (body) => JSON.stringify(body).includes('AUTH-1120'));
    await run.signIn.start();
    await run.is('authn-0137', 200, run.password(name));
    await run.is('authn-0138', 401, run.step({ op: 'acceptTOU', credentials: { consent: false } }));
    await run.signIn.start();
    await run.password(name);
    await run.is('authn-0138', 200, run.step({ op: 'acceptTOU', credentials: { consent: true } }));
    await run.signIn.start();
    expect((await run.password(name)).body.authnToken).toEqual(expect.any(String));
    await run.world.patch(`Apps/${run.world.client.appId}`, { op: 'remove', path: 'termsOfUse' });
  });

  const RECOVERY = {
    [`urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User`]: { accountRecoveryRequired: true },
  };
  const verified = (name: string) => ({
    emails: [{ value: `${name}@example.com`, type: 'work', primary: true, verified: true }],
    ...RECOVERY,
  });
  const recovery = { factors: ['email', 'sms', 'secquestions'] };

  scenario(
    'Authentication Using User Name/Password + Enroll in Account Recovery With No MFA/Enroll With SMS + Security Questions with No MFA',
    { rule: PASSWORD_ONLY },
    async (run) => {
      const name = newName();
      await run.world.settings('AccountRecoverySettings', recovery);
      await run.world.user(name, verified(name));
      await run.start('authn-0139');
      await run.is('authn-0140', 401, run.submit({ username: name, password: 'wrong' }));
      await run.is('authn-0140', 200, run.password(name));
      const phone = { phoneNumber: '1122334455', countryCode: '+44' };
      await run.is('authn-0141', 200, run.step({ op: 'enrollment', authFactor: 'SMS', credentials: phone }));
      await run.is('authn-0142', 200, run.step({ op: 'resendCode' }));
      expect((await run.submit({ otpCode: await run.world.code('+441122334455') })).status).toBe(200);
      await run.is('authn-0144', 200, run.step({ op: 'enrollment' }));
      await run.is('authn-0145', 200, run.step({ op: 'enrollment', authFactor: 'SECURITY_QUESTIONS' }));
      await run.is('authn-0146', 200, run.submit({ questions: QUESTIONS }));
      await run.is('authn-0147', 200, run.step({ op: 'createToken' }));
    },
  );

  const both =
    'Authentication Using User Name/Password + Enroll In Account Recovery With MFA Enrollment/SMS Enrollment for Account Recovery, and SMS and Online One-Time Passcode (TOTP) Enrollment for MFA';
  scenario(both, { rule: REQUIRED }, async (run) => {
    const name = newName();
    await run.world.settings('AccountRecoverySettings', recovery);
    await run.world.user(name, verified(name));
    await run.start('authn-0148');
    await run.is('authn-0149', 401, run.submit({ username: name, password: 'wrong' }));
    await run.is('authn-0149', 200, run.password(name));
    const phone = { phoneNumber: '1122334455', countryCode: '+44' };
    await run.is('authn-0150', 200, run.step({ op: 'enrollment', authFactor: 'SMS', credentials: phone }));
    await run.is('authn-0151', 200, run.step({ op: 'resendCode' }));
    await run.is('authn-0152', 200, run.submit({ otpCode: await run.world.code('+441122334455') }));
    await run.is('authn-0153', 200, run.step({ op: 'createToken' }));
    const reused = await run.step({
      op: 'enrollment',
      authFactor: 'SMS',
      credentials: { accountRecoveryFactor: true },
    });
    expect(reused.body.nextOp, reused.text).toEqual(['createToken', 'createSession', 'enrollment']);
    // The list that was recorded next has no EMAIL any more.
    const mail = await run.step({
      op: 'enrollment',
      authFactor: 'EMAIL',
      credentials: { accountRecoveryFactor: true },
    });
    expect(mail.status, mail.text).toBe(200);
    await run.is('authn-0155', 200, run.step({ op: 'enrollment' }));
    const begun = await run.is('authn-0156', 200, run.step({ op: 'enrollment', authFactor: 'TOTP' }));
    await scan(run.world, begun.body.PUSH.qrCode.content);
    await run.is('authn-0157', 200, run.step({ op: 'credSubmit' }));
    await run.is('authn-0159', 200, run.step({ op: 'createToken' }));
  });
});
