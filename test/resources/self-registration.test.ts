import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { eventsOf } from '../audit/audit-world.ts';
import { MY_SCOPES, newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { newBrowser } from '../support/browser.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { lastMail, mailsTo } from '../support/mailbox.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const SELF = `${IDCS}extension:selfRegistration:User`;
const USER = `${IDCS}extension:user:User`;
const PASSWORD = 'Correct-Horse-42';

let domain: TestDomain;
let client: TestClient;
let group: { id: string };

beforeAll(async () => {
  domain = await testDomain();
  client = await newClient(domain, 'cli');
  group = await domain.createGroup('Customers');
});

let profiles = 0;
async function profile(more: JsonObject = {}): Promise<string> {
  const { status, body, text } = await domain.send('POST', '/admin/v1/SelfRegistrationProfiles', {
    body: {
      schemas: [`${IDCS}SelfRegistrationProfile`],
      name: `Profile ${++profiles}`,
      displayName: [{ locale: 'en', value: `Register ${profiles}`, default: true }],
      active: true,
      activationEmailRequired: true,
      numberOfDaysRedirectUrlIsValid: 3,
      showOnLoginPage: false,
      redirectUrl: 'https://shop.example/welcome',
      consentTextPresent: false,
      emailTemplate: { value: 'admin.me.register.success' },
      userAttributes: [
        { value: `${CORE}:userName`, seqNumber: 1 },
        { value: `${CORE}:name.givenName`, seqNumber: 2 },
        { value: `${CORE}:name.familyName`, seqNumber: 30 },
        { value: `${CORE}:emails[primary eq true and type eq "work"].value`, seqNumber: 40 },
        { value: `${CORE}:title`, seqNumber: 50 },
      ],
      ...more,
    },
  });
  expect(status, text).toBe(201);
  return body.id;
}

function applicant(name: string, value: string, more: JsonObject = {}): JsonObject {
  return {
    schemas: [CORE],
    userName: name,
    name: { givenName: 'Gina', familyName: 'Guest' },
    emails: [{ value: `${name}@shop.example`, type: 'work', primary: true }],
    password: PASSWORD,
    [SELF]: { selfRegistrationProfile: { value } },
    ...more,
  };
}

const register = (body: JsonObject) => domain.send('POST', '/admin/v1/Me', { body });
const signIn = (username: string) =>
  domain.tokenRequest({ grant_type: 'password', username, password: PASSWORD, scope: MY_SCOPES }, client);
const messageId = ({ body }: Answer) =>
  body['urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error']?.messageId;

describe('POST /Me (C6)', () => {
  test('makes an account that waits for its address, and then signs in', async () => {
    const id = await profile({ defaultGroups: [{ value: group.id }] });
    const made = await register(applicant('gina', id, { title: 'Dr' }));
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      userName: 'gina',
      title: 'Dr',
      active: false,
      meta: { resourceType: 'Me', location: `${domain.url}/admin/v1/Me/${made.body.id}` },
    });
    expect(made.text).not.toContain(PASSWORD);
    const user = async () => (await domain.send('GET', `/admin/v1/Users/${made.body.id}?attributeSets=all`)).body;
    expect((await user())[USER]).toMatchObject({ status: 'pendingVerification', creationMechanism: 'selfreg' });
    expect((await user()).groups).toMatchObject([{ value: group.id }]);
    expect((await signIn('gina')).status).toBe(400);
    const { link, token } = await lastMail(domain, 'gina@shop.example', 'admin.me.register.success');
    expect(link).toContain('/ui/v1/verifyemail?token=');
    const again = await domain.send('PUT', `/admin/v1/UserActivationInitiator/${made.body.id}`, {
      body: { schemas: [`${IDCS}UserActivationInitiator`] },
    });
    expect(again.status, again.text).toBe(200);
    const verified = (given: string) =>
      domain.send('POST', '/admin/v1/MeEmailVerified', { body: { schemas: [`${IDCS}MeEmailVerified`], token: given } });
    expect(messageId(await verified(token))).toBe('error.identity.passwordmgmt.invalidToken');
    const second = await lastMail(domain, 'gina@shop.example', 'admin.me.register.success');
    expect((await verified(second.token)).body.id).toBe(made.body.id);
    const after = await user();
    expect([after.active, after[USER].status]).toEqual([true, 'verified']);
    expect(after.emails.map((email: JsonObject) => email['verified'])).toEqual([true, true]);
    expect((await signIn('gina')).status).toBe(200);
    const events = await eventsOf(domain, `adminResourceId eq "${made.body.id}" and eventId sw "admin."`);
    expect(events.map(({ eventId, adminResourceType }) => [eventId, adminResourceType])).toEqual([
      ['admin.me.register.success', 'Me'],
      ['admin.user.initiate.activation.success', 'UserActivationInitiator'],
      ['admin.me.email.verify.primary.success', 'MeEmailVerified'],
      ['admin.user.activated.success', 'User'],
    ]);
    expect(JSON.stringify(events)).not.toContain(PASSWORD);
  });

  test('an administrator can let in who never confirmed', async () => {
    const { body } = await register(applicant('hans', await profile()));
    const active = { schemas: [`${IDCS}UserStatusChanger`], active: true };
    await domain.send('PUT', `/admin/v1/UserStatusChanger/${body.id}`, { body: active });
    expect((await signIn('hans')).status).toBe(200);
  });

  test('needs no confirmation where the profile asks for none', async () => {
    const { body } = await register(applicant('ines', await profile({ activationEmailRequired: false })));
    expect(body.active).toBe(true);
    expect((await signIn('ines')).status).toBe(200);
    expect(await mailsTo(domain, 'ines@shop.example', 'admin.me.register.success')).toEqual([]);
  });

  test('is held to its profile', async () => {
    const id = await profile({
      allowedEmailDomains: ['shop.example'],
      consentTextPresent: true,
      consentText: [{ locale: 'en', value: 'Agreed?', default: true }],
    });
    const agreed = { selfRegistrationProfile: { value: id }, consentGranted: true };
    const refused = async (more: JsonObject, names: string) => {
      const { status, body, text } = await register({ ...applicant('jack', id, { [SELF]: agreed }), ...more });
      expect(status, text).toBe(400);
      expect(body.detail).toContain(names);
    };
    await refused({ [SELF]: { selfRegistrationProfile: { value: id } } }, 'consentGranted');
    await refused({ [SELF]: { consentGranted: true } }, 'selfRegistrationProfile');
    await refused({ [SELF]: { ...agreed, selfRegistrationProfile: { value: 'none' } } }, 'selfRegistrationProfile');
    await refused({ emails: [{ value: 'jack@other.example', type: 'work', primary: true }] }, 'emails');
    await refused({ emails: [{ value: 'no address', type: 'work', primary: true }] }, 'no address');
    await refused({ nickName: 'J' }, 'nickName');
    await refused({ name: { familyName: 'G', middleName: 'M' } }, 'name.middleName');
    await refused({ password: 'short' }, 'password');
    await refused({ password: '' }, 'password');
    await refused({ timezone: 'Mars/Olympus' }, 'timezone');
    await refused({ locale: 'xx-YY' }, 'locale');
    await refused({ preferredLanguage: 'klingon' }, 'preferredLanguage');
    const off = await profile({ active: false });
    await refused({ [SELF]: { selfRegistrationProfile: { value: off } } }, 'not active');
    const blocked = await profile({ disallowedEmailDomains: ['shop.example'] });
    await refused({ [SELF]: { selfRegistrationProfile: { value: blocked } } }, 'emails');
    // What is no user's to choose is passed over, as in all bodies.
    const taken = { roles: [{ value: 'admin' }], active: true, [USER]: { isFederatedUser: true } };
    const made = await register(applicant('jack', id, { [SELF]: agreed, ...taken }));
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ active: false, [USER]: { isFederatedUser: false } });
    expect(made.body).not.toHaveProperty('roles');
    expect((await register(applicant('JACK', id, { [SELF]: agreed }))).status).toBe(409);
  });
});

describe('the page to register on', () => {
  test('is linked to, shows the profile’s fields, and makes the account', async () => {
    const id = await profile({ showOnLoginPage: true });
    const browser = newBrowser(domain.url);
    const signInPage = await browser.follow(await browser.get('/ui/v1/signin'));
    expect(signInPage.text).toContain(`/ui/v1/signup?profile=${id}`);
    const page = await browser.get(`/ui/v1/signup?profile=${id}`, { 'accept-language': 'fr' });
    expect(page.text).toContain('Nom d’utilisateur');
    const fields = {
      userName: 'kim',
      'name.givenName': 'Kim',
      'name.familyName': 'Guest',
      'emails.value': 'kim@shop.example',
      password: PASSWORD,
      confirmation: PASSWORD,
    };
    expect((await newBrowser(domain.url).submit(page, fields)).status).toBe(403);
    expect((await browser.submit(page, { ...fields, confirmation: 'x' })).text).toContain('role="alert"');
    const short = await browser.submit(page, { ...fields, password: 'x', confirmation: 'x' });
    expect(short.text).toContain('at least 12 characters');
    const done = await browser.submit(page, fields);
    expect(done.text).toContain('kim@shop.example');
    const { link } = await lastMail(domain, 'kim@shop.example', 'admin.me.register.success');
    const confirmed = await browser.submit(await browser.get(link), {});
    expect(confirmed.text).toContain('https://shop.example/welcome');
    expect((await signIn('kim')).status).toBe(200);
    expect((await browser.get('/ui/v1/signup?profile=none')).status).toBe(404);
  });

  test('a forgotten password is asked for by page, whoever asks', async () => {
    const browser = newBrowser(domain.url);
    const page = await browser.get('/ui/v1/forgotpwd');
    const answers = [
      await browser.submit(page, { username: 'nobody' }),
      await browser.submit(page, { username: 'kim' }),
    ];
    expect(answers[0]!.text).toBe(answers[1]!.text);
    const { link } = await lastMail(domain, 'kim@shop.example', 'admin.me.password.reset.request.success');
    expect((await browser.get(link)).status).toBe(200);
  });
});
