import { beforeAll, describe, expect, it } from 'vitest';
import { type AuthenticationWorld, authenticationWorld, PASSWORD, type SignIn } from './authentication-world.ts';
import { enrolledUser } from './enrolled-user.ts';

/*
 * The codes with which the Authentication API refuses, where no other test has them.
 */

const SETTINGS = 'AuthenticationFactorSettings';
const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const TWO = { authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'true' };
const NEEDED = { ...TWO, allowUserToSkip2FAEnrolment: 'false' };

let world: AuthenticationWorld;

beforeAll(async () => {
  world = await authenticationWorld();
});

async function byPassword(userName: string, password = PASSWORD) {
  const signIn = world.signIn();
  await signIn.start();
  const answer = await signIn.step({ op: 'credSubmit', credentials: { username: userName, password } });
  return { signIn, answer, code: answer.body.cause?.[0]?.code as string | undefined };
}

const begin = (signIn: SignIn, authFactor: string, credentials = {}) =>
  signIn.step({ op: 'enrollment', authFactor, credentials });

describe('an account', () => {
  it('that is deactivated is AUTH-3003, and one that waits for its activation AUTH-3025, for the right password alone', async () => {
    const { id } = await world.user('gone');
    await world.patch(`Users/${id}`, { op: 'replace', path: 'active', value: false });
    expect((await byPassword('gone')).code).toBe('AUTH-3003');
    expect((await byPassword('gone', 'wrong')).code).toBe('AUTH-3001');
    await world.domain
      .send('POST', '/admin/v1/SelfRegistrationProfiles', { body: PROFILE })
      .then(async ({ body, text }) => {
        expect(body.id, text).toEqual(expect.any(String));
        const applicant = await world.domain.send('POST', '/admin/v1/Me', {
          body: {
            schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', `${IDCS}extension:selfRegistration:User`],
            userName: 'waiting',
            password: PASSWORD,
            name: { familyName: 'Waiting' },
            emails: [{ value: 'waiting@example.com', type: 'work', primary: true }],
            [`${IDCS}extension:selfRegistration:User`]: { selfRegistrationProfile: { value: body.id } },
          },
        });
        expect(applicant.status, applicant.text).toBe(201);
      });
    expect((await byPassword('waiting')).code).toBe('AUTH-3025');
    expect((await byPassword('waiting', 'wrong')).code).toBe('AUTH-3001');
  });

  it('whose password must be changed is AUTH-3005, with whose it is', async () => {
    const { id } = await world.user('fresh');
    await world.patch(`Users/${id}`, { op: 'replace', path: 'password', value: 'Second-Secret-22!' });
    const { answer, code } = await byPassword('fresh', 'Second-Secret-22!');
    expect([code, answer.body.userId]).toEqual(['AUTH-3005', id]);
  });
});

describe('an application', () => {
  it('that the sign-on policy closes is AUTH-3033', async () => {
    await world.user('denied');
    await world.signOnRule({ effect: 'DENY' });
    const { answer, code } = await byPassword('denied');
    expect(code).toBe('AUTH-3033');
    expect(answer.body.cause[0].message).toMatch(/^The sign-on policy prevents the user denied from accessing/);
    await world.signOnRule(TWO);
  });
});

describe('enrolling', () => {
  it('what is needed can not be left out (AUTH-1016)', async () => {
    await world.user('needy');
    await world.signOnRule(NEEDED);
    const { signIn, answer } = await byPassword('needy');
    expect(answer.body.nextOp).toEqual(['enrollment']);
    expect((await signIn.step({ op: 'createToken' })).body.cause[0].code).toBe('AUTH-1016');
  });

  it('is AUTH-1011 where the domain has no factor, and AUTH-1017 for who has one that is good no more', async () => {
    await world.signOnRule(TWO);
    await enrolledUser(world, 'had', ['EMAIL']);
    await world.user('never');
    await world.signOnRule(NEEDED);
    const all = { emailEnabled: false, totpEnabled: false, pushEnabled: false };
    await world.settings(SETTINGS, all);
    expect((await byPassword('never')).code).toBe('AUTH-1011');
    expect((await byPassword('had')).code).toBe('AUTH-1017');
    await world.settings(SETTINGS, { emailEnabled: true, totpEnabled: true, pushEnabled: true });
    await world.signOnRule(TWO);
  });

  it('waits for a phone with AUTH-1108, for one without push with AUTH-1109, and ends with AUTH-1003', async () => {
    await world.user('phoner');
    const { signIn } = await byPassword('phoner');
    await begin(signIn, 'PUSH');
    const waits = await signIn.step({ op: 'credSubmit', credentials: {} });
    expect(waits.body).toMatchObject({ status: 'pending', cause: [{ code: 'AUTH-1108' }] });
    await world.settings(SETTINGS, { pushEnabled: false, 'totpSettings.jwtValidityDurationInSecs': 30 });
    await begin(signIn, 'TOTP', { offlineTotp: false });
    const online = await signIn.step({ op: 'credSubmit', credentials: {} });
    expect(online.body).toMatchObject({ status: 'pending', cause: [{ code: 'AUTH-1109' }] });
    await world.advance(31);
    const late = await signIn.step({ op: 'credSubmit', credentials: {} });
    expect(late.body).toMatchObject({ status: 'failed', cause: [{ code: 'AUTH-1003' }] });
    await world.settings(SETTINGS, { pushEnabled: true });
  });

  it('is AUTH-1115 for a factor that users may not enroll, and AUTH-1125 for an app of theirs', async () => {
    await world.settings(SETTINGS, { userEnrollmentDisabledFactors: ['EMAIL', 'OFFLINETOTP'] });
    await world.user('limited');
    const { signIn, answer } = await byPassword('limited');
    expect(answer.body.nextAuthFactors).toEqual(['PUSH', 'TOTP']);
    expect((await begin(signIn, 'EMAIL')).body.cause[0].code).toBe('AUTH-1115');
    expect((await begin(signIn, 'TOTP', { offlineTotp: true })).body.cause[0].code).toBe('AUTH-1125');
    await world.settings(SETTINGS, { userEnrollmentDisabledFactors: [] });
  });

  it('one device too many is AUTH-1005', async () => {
    await world.settings(SETTINGS, { 'endpointRestrictions.maxEnrolledDevices': 1 });
    await world.user('collector');
    const { signIn } = await byPassword('collector');
    await begin(signIn, 'EMAIL');
    const otpCode = await world.code('collector@example.com');
    expect((await signIn.step({ op: 'credSubmit', credentials: { otpCode } })).status).toBe(200);
    expect((await begin(signIn, 'TOTP', { offlineTotp: true })).body.cause[0].code).toBe('AUTH-1005');
    await world.settings(SETTINGS, { 'endpointRestrictions.maxEnrolledDevices': 5 });
  });

  it('a security question that is not active is AUTH-1018, and one that there is not AUTH-1039', async () => {
    await world.settings(SETTINGS, { securityQuestionsEnabled: true });
    await world.patch('SecurityQuestions/FirstPet', { op: 'replace', path: 'active', value: false });
    await world.user('asked');
    const { signIn } = await byPassword('asked');
    await begin(signIn, 'SECURITY_QUESTIONS');
    const answering = (questionId: string) =>
      signIn.step({
        op: 'credSubmit',
        credentials: {
          questions: ['FavoriteFood', 'FavoriteMovie', questionId].map((id, at) => ({
            questionId: id,
            answer: `something ${at}`,
          })),
        },
      });
    expect((await answering('FirstPet')).body.cause[0].code).toBe('AUTH-1018');
    expect((await answering('NoSuchQuestion')).body.cause[0].code).toBe('AUTH-1039');
  });
});

const PROFILE = {
  schemas: [`${IDCS}SelfRegistrationProfile`],
  name: 'Customers',
  displayName: [{ locale: 'en', value: 'Register', default: true }],
  active: true,
  activationEmailRequired: true,
  numberOfDaysRedirectUrlIsValid: 3,
  showOnLoginPage: false,
  redirectUrl: 'https://shop.example/welcome',
  consentTextPresent: false,
  emailTemplate: { value: 'admin.me.register.success' },
  userAttributes: ['userName', 'name.familyName', 'emails[primary eq true and type eq "work"].value'].map(
    (path, at) => ({ value: `urn:ietf:params:scim:schemas:core:2.0:User:${path}`, seqNumber: at + 1 }),
  ),
};
