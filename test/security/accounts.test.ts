import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { grantRole } from '../signin/authentication/authentication-world.ts';
import { newBrowser } from '../support/browser.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { lastMail, mailsTo } from '../support/mailbox.ts';
import { newUser } from '../support/new-user.ts';
import { grantUser } from './administrator.ts';

/*
 * What somebody with an account, or with some of an administrator's rights, tries against the accounts of others.
 */

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const SELF = `${IDCS}extension:selfRegistration:User`;
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const CURRENT = `${IDCS}extension:me:User:currentPassword`;
const PASSWORD = 'Correct-Horse-42';

let domain: TestDomain;
let client: TestClient;
let chief: { id: string };

beforeAll(async () => {
  domain = await testDomain();
  client = await newClient(domain, 'cli');
  // What users ask for by this client is only limited by what they are.
  await grantRole(domain, client.appId, 'User Administrator');
  chief = await newUser(domain, 'chief', PASSWORD);
  await grantUser(domain, chief.id, 'Identity Domain Administrator');
});

interface Person {
  readonly id: string;
  readonly token: string;
  send(method: string, path: string, body?: JsonObject): Promise<Answer>;
}

async function person(userName: string, ...roles: string[]): Promise<Person> {
  const { id } = await newUser(domain, userName, PASSWORD);
  for (const role of roles) await grantUser(domain, id, role);
  const form = { grant_type: 'password', username: userName, password: PASSWORD, scope: MY_SCOPES };
  const token = (await domain.tokenRequest(form, client)).body.access_token as string;
  return {
    id,
    token,
    send: (method, path, body) => domain.send(method, path, { token, ...(body === undefined ? {} : { body }) }),
  };
}

const patch = (...Operations: JsonObject[]): JsonObject => ({ schemas: [PATCH], Operations });
const replace = (path: string, value: JsonObject[string]) => ({ op: 'replace', path, value });
const emailsOf = async (id: string): Promise<JsonObject[]> =>
  (await domain.send('GET', `/admin/v1/Users/${id}`)).body.emails;

describe('An address that is verified', () => {
  const verify = (id: string) =>
    domain.send(
      'PATCH',
      `/admin/v1/Users/${id}`,
      patch2(replace('emails[type eq "work"].verified', true), replace('emails[type eq "recovery"].verified', true)),
    );
  const patch2 = (...operations: JsonObject[]) => ({ body: patch(...operations) });

  test.each<[string, (mallory: Person) => Promise<Answer>]>([
    [
      'PATCH of Me, the value alone',
      ({ send }) =>
        send(
          'PATCH',
          '/admin/v1/Me',
          patch(replace('emails[type eq "work"].value', 'chief@corp.example'), replace(CURRENT, PASSWORD)),
        ),
    ],
    [
      'PATCH of Me, whole and said to be verified',
      ({ send }) =>
        send(
          'PATCH',
          '/admin/v1/Me',
          patch(
            replace('emails', [{ value: 'chief@corp.example', type: 'work', primary: true, verified: true }]),
            replace(CURRENT, PASSWORD),
          ),
        ),
    ],
    [
      'PUT of Me',
      async ({ send }) => {
        const { body } = await send('GET', '/admin/v1/Me');
        const emails = body.emails.map((each: JsonObject) => ({ ...each, value: 'chief@corp.example' }));
        return send('PUT', '/admin/v1/Me', { ...body, emails, [CURRENT]: PASSWORD });
      },
    ],
    [
      'allowSelfChange',
      ({ id, send }) =>
        send(
          'PATCH',
          `/admin/v1/Users/${id}`,
          patch(
            replace('emails[type eq "work"].value', 'chief@corp.example'),
            replace('emails[type eq "work"].verified', true),
            replace(CURRENT, PASSWORD),
            { op: 'add', path: `${IDCS}extension:selfChange:User:allowSelfChange`, value: true },
          ),
        ),
    ],
  ])('is not verified any more as somebody else’s: %s', async (what, change) => {
    const mallory = await person(`mallory${what.length}`);
    expect((await verify(mallory.id)).status).toBe(200);
    await change(mallory);
    const taken = (await emailsOf(mallory.id)).filter(({ value }) => value === 'chief@corp.example');
    expect(taken.some(({ verified }) => verified === true)).toBe(false);
  });

  test('stays so through other changes, and an administrator may say so', async () => {
    const mallory = await person('steady');
    await verify(mallory.id);
    await mallory.send('PATCH', '/admin/v1/Me', patch(replace('title', 'Dr')));
    expect((await emailsOf(mallory.id)).map(({ verified }) => verified)).toEqual([true, true]);
    const path = `/admin/v1/Users/${mallory.id}`;
    await domain.send('PATCH', path, patch2(replace('emails[type eq "work"].value', 'one@corp.example')));
    expect((await emailsOf(mallory.id))[0]).toMatchObject({ value: 'one@corp.example', verified: false });
    const said = [replace('emails[type eq "work"].value', 'two@corp.example')];
    await domain.send('PATCH', path, patch2(...said, replace('emails[type eq "work"].verified', true)));
    expect((await emailsOf(mallory.id))[0]).toMatchObject({ value: 'two@corp.example', verified: true });
  });
});

describe('A User Administrator does not take over an Identity Domain Administrator', () => {
  let admin: Person;
  beforeAll(async () => {
    admin = await person('uadmin', 'User Administrator');
  });

  const mine = 'uadmin@example.com';
  test.each<[string, () => Promise<Answer>]>([
    [
      'by the address that a forgotten password is mailed to',
      () =>
        admin.send('PATCH', `/admin/v1/Users/${chief.id}`, patch(replace('emails[type eq "recovery"].value', mine))),
    ],
    [
      'by a recovery number',
      () =>
        admin.send('PATCH', `/admin/v1/Users/${chief.id}`, {
          ...patch({ op: 'add', path: 'phoneNumbers', value: [{ type: 'recovery', value: '+15550199' }] }),
        }),
    ],
    [
      'by PUT',
      async () => {
        const { body } = await domain.send('GET', `/admin/v1/Users/${chief.id}`);
        const emails = body.emails.map((each: JsonObject) => ({ ...each, value: mine }));
        return admin.send('PUT', `/admin/v1/Users/${chief.id}`, {
          schemas: [CORE],
          userName: 'chief',
          name: body.name,
          emails,
        });
      },
    ],
    [
      'by Bulk',
      async () => {
        const answer = await admin.send('POST', '/admin/v1/Bulk', {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
          Operations: [
            {
              method: 'PATCH',
              path: `/Users/${chief.id}`,
              data: patch(replace('emails[type eq "recovery"].value', mine)),
            },
          ],
        });
        return { ...answer, status: Number(answer.body.Operations[0].status) };
      },
    ],
    [
      'by a bypass code',
      () => admin.send('POST', '/admin/v1/BypassCodes', { schemas: [`${IDCS}BypassCode`], user: { value: chief.id } }),
    ],
    [
      'by removing the factors',
      () =>
        admin.send('POST', '/admin/v1/AuthenticationFactorsRemover', {
          schemas: [`${IDCS}AuthenticationFactorsRemover`],
          user: { value: chief.id },
        }),
    ],
    [
      'by an invitation',
      () =>
        admin.send('PUT', `/admin/v1/UserActivationInitiator/${chief.id}`, {
          schemas: [`${IDCS}UserActivationInitiator`],
          userFlowControlledByExternalClient: true,
        }),
    ],
    [
      'by a reset',
      () =>
        admin.send('PUT', `/admin/v1/UserPasswordResetter/${chief.id}`, {
          schemas: [`${IDCS}UserPasswordResetter`],
          userFlowControlledByExternalClient: true,
        }),
    ],
  ])('%s', async (_, attempt) => {
    const answer = await attempt();
    expect([401, 403], answer.text).toContain(answer.status);
    expect((await emailsOf(chief.id)).map(({ value }) => value)).toEqual(['chief@example.com', 'chief@example.com']);
  });

  test('by reading the token of a recovery', async () => {
    const asked = await admin.send('POST', '/admin/v1/MePasswordResetRequestor', {
      schemas: [`${IDCS}MePasswordResetRequestor`],
      userName: 'chief',
      notificationType: 'email',
      userFlowControlledByExternalClient: true,
    });
    expect(asked.status, asked.text).toBe(201);
    const all = await admin.send('GET', '/admin/v1/UserTokens?attributeSets=all');
    const about = all.body.Resources.filter(({ userId }: { userId: string }) => userId === chief.id);
    expect(about).toHaveLength(1);
    expect(about[0].token).toBeUndefined();
    expect((await admin.send('GET', '/admin/v1/UserTokens?filter=token%20pr')).status).toBe(400);
  });

  test('but changes what is harmless, and others’ addresses', async () => {
    const title = await admin.send('PATCH', `/admin/v1/Users/${chief.id}`, patch(replace('title', 'Chief')));
    expect(title.status, title.text).toBe(200);
    const { id } = await domain.createUser('plain');
    const path = 'emails[type eq "recovery"].value';
    const other = await admin.send('PATCH', `/admin/v1/Users/${id}`, patch(replace(path, 'p@corp.example')));
    expect(other.status, other.text).toBe(200);
  });
});

describe('Somebody with nothing but an account', () => {
  let mallory: Person;
  beforeAll(async () => {
    mallory = await person('mallory');
  });

  test.each<[string, string, string, JsonObject?]>([
    ['reads users', 'GET', 'Users'],
    ['reads tokens', 'GET', 'UserTokens'],
    ['reads accounts', 'GET', 'AccountMgmtInfos'],
    ['reads devices', 'GET', 'Devices'],
    ['reads bypass codes', 'GET', 'BypassCodes'],
    ['reads trusted agents', 'GET', 'TrustedUserAgents'],
    ['reads browsers', 'GET', 'UserDevices'],
    ['reads settings of mail', 'GET', 'NotificationSettings/NotificationSettings'],
    [
      'tries passwords',
      'POST',
      'PasswordAuthenticator',
      { mappingAttribute: 'userName', mappingAttributeValue: 'chief' },
    ],
    ['tries credentials', 'POST', 'HTTPAuthenticator', { creds: 'Basic Y2hpZWY6eA==' }],
    ['asserts', 'POST', 'Asserter', { mappingAttribute: 'userName', mappingAttributeValue: 'chief' }],
    ['has a recovery sent', 'POST', 'MePasswordResetRequestor', { userName: 'chief', notificationType: 'email' }],
    ['validates a recovery', 'POST', 'MePasswordRecoveryFactorValidator', { type: 'email', emailToken: 'x' }],
    ['validates tokens', 'POST', 'UserTokenValidator', { token: 'x' }],
    ['makes a bypass code', 'POST', 'BypassCodes', { user: { value: 'CHIEF' } }],
    ['enrolls a factor', 'POST', 'AuthenticationFactorEnroller', { user: { value: 'CHIEF' }, authnFactors: ['EMAIL'] }],
    ['removes factors', 'POST', 'AuthenticationFactorsRemover', { user: { value: 'CHIEF' } }],
    ['reads the policy', 'GET', 'Policies'],
  ])('%s of nobody', async (_, method, path, body) => {
    const schemas = [`${IDCS}${path}`.replace('BypassCodes', 'BypassCode')];
    const sent = body && (JSON.parse(JSON.stringify({ schemas, ...body }).replace('CHIEF', chief.id)) as JsonObject);
    const answer = await mallory.send(method, `/admin/v1/${path}`, sent);
    expect(answer.status, answer.text).toBe(401);
  });

  test.each(['MyAuthenticationFactorEnroller', 'MyAuthenticationFactorsRemover', 'MyBypassCodes'])(
    'names somebody else to %s in vain',
    async (path) => {
      const schemas = [path === 'MyBypassCodes' ? `${IDCS}BypassCode` : `${IDCS}${path.replace(/^My/, '')}`];
      const body = { schemas, user: { value: chief.id }, ...(path.endsWith('er') ? { authnFactors: ['EMAIL'] } : {}) };
      const { authnFactors: _, ...rest } = body as JsonObject;
      const answer = await mallory.send('POST', `/admin/v1/${path}`, path.endsWith('Remover') ? rest : body);
      expect([400, 401, 403, 404], answer.text).toContain(answer.status);
      expect(await mailsTo(domain, 'chief@example.com', 'admin.user.mfa.enroll')).toEqual([]);
    },
  );

  test('asks nothing of on-demand MFA and the Authentication API', async () => {
    for (const [method, path, body] of [
      ['GET', '/mfa/v1/users?userId=chief&userIdType=USER_NAME'],
      ['GET', `/mfa/v1/users/${chief.id}/factors`],
      ['GET', `/mfa/v1/users/${mallory.id}/factors`],
      ['POST', `/mfa/v1/users/${chief.id}/factors`, { method: 'EMAIL' }],
      ['DELETE', `/mfa/v1/users/${chief.id}/factors/x`],
      ['POST', '/mfa/v1/requests', { userId: 'chief', userIdType: 'USER_NAME', method: 'EMAIL' }],
      ['GET', '/sso/v1/sdk/authenticate'],
    ] as const) {
      const answer = await mallory.send(method, path, body);
      expect([answer.status, answer.body.cause?.[0]?.code], path).toEqual([401, 'AUTH-1034']);
    }
  });

  test.each<[string, JsonObject]>([
    ['active', replace('active', false)],
    ['roles', replace('roles', [{ value: 'admin' }])],
    ['lock', replace(`${IDCS}extension:userState:User:locked.on`, false)],
    ['capabilities', replace(`${IDCS}extension:capabilities:User:canUseConsole`, true)],
    ['federation', replace(`${IDCS}extension:user:User:isFederatedUser`, true)],
    ['creation mechanism', replace(`${IDCS}extension:user:User:creationMechanism`, 'api')],
    ['status', replace(`${IDCS}extension:user:User:status`, 'verified')],
    ['groups', { op: 'add', path: 'groups', value: [{ value: 'x' }] }],
    ['password state', replace(`${IDCS}extension:passwordState:User:mustChange`, false)],
    ['second factors', replace(`${IDCS}extension:mfa:User:mfaStatus`, 'ENROLLED')],
    ['kept sign-ins', replace(`${IDCS}extension:userState:User:maxConcurrentSessions`, 99)],
  ])('does not choose %s', async (_, operation) => {
    const before = await domain.send('GET', `/admin/v1/Users/${mallory.id}?attributeSets=all`);
    const flag = { op: 'add', path: `${IDCS}extension:selfChange:User:allowSelfChange`, value: true };
    await mallory.send('PATCH', '/admin/v1/Me', patch(operation));
    await mallory.send('PATCH', `/admin/v1/Users/${mallory.id}`, patch(operation, flag));
    const after = await domain.send('GET', `/admin/v1/Users/${mallory.id}?attributeSets=all`);
    expect(after.body).toEqual(before.body);
  });
});

describe('Somebody who registers', () => {
  let profile: string;
  beforeAll(async () => {
    const { status, body, text } = await domain.send('POST', '/admin/v1/SelfRegistrationProfiles', {
      body: {
        schemas: [`${IDCS}SelfRegistrationProfile`],
        name: 'Everybody',
        displayName: [{ locale: 'en', value: 'Register', default: true }],
        active: true,
        activationEmailRequired: true,
        numberOfDaysRedirectUrlIsValid: 1,
        showOnLoginPage: false,
        redirectUrl: 'https://shop.example/welcome',
        consentTextPresent: false,
        emailTemplate: { value: 'admin.me.register.success' },
        userAttributes: [
          { value: `${CORE}:userName`, seqNumber: 1 },
          { value: `${CORE}:name.familyName`, seqNumber: 2 },
          { value: `${CORE}:emails[primary eq true and type eq "work"].value`, seqNumber: 3 },
        ],
      },
    });
    expect(status, text).toBe(201);
    profile = body.id;
  });

  const form = (name: string, more: JsonObject = {}): JsonObject => ({
    schemas: [CORE],
    userName: name,
    name: { familyName: 'Guest' },
    emails: [{ value: `${name}@shop.example`, type: 'work', primary: true }],
    password: PASSWORD,
    [SELF]: { selfRegistrationProfile: { value: profile } },
    ...more,
  });

  test.each<[string, JsonObject]>([
    ['active', { active: true }],
    ['verified', { emails: [{ value: 'v@shop.example', type: 'work', primary: true, verified: true }] }],
    ['roles', { roles: [{ value: 'admin' }] }],
    ['groups', { groups: [{ value: 'x' }] }],
    ['ocid', { ocid: 'ocid1.user.oc1..x' }],
    ['id', { id: 'mine' }],
    ['status', { [`${IDCS}extension:user:User`]: { status: 'verified' } }],
    ['creationMechanism', { [`${IDCS}extension:user:User`]: { creationMechanism: 'import' } }],
    ['no notification', { [`${IDCS}extension:user:User`]: { bypassNotification: true } }],
    ['federated', { [`${IDCS}extension:user:User`]: { isFederatedUser: true } }],
    ['capabilities', { [`${IDCS}extension:capabilities:User`]: { canUseConsole: true } }],
    ['lock', { [`${IDCS}extension:userState:User`]: { locked: { on: false } } }],
    [
      'questions',
      { [`${IDCS}extension:securityQuestions:User`]: { secQuestions: [{ value: 'FirstPet', answer: 'x' }] } },
    ],
    ['audit fields', { idcsCreatedBy: { type: 'User', value: 'x' }, meta: { created: '2001-01-01T00:00:00Z' } }],
    ['prevented operations', { idcsPreventedOperations: ['delete'] }],
  ])('does not choose %s', async (what, more) => {
    const name = `guest-${what.replace(/\W/g, '')}`;
    const answer = await domain.send('POST', '/admin/v1/Me', { body: form(name, more) });
    expect([201, 400], answer.text).toContain(answer.status);
    if (answer.status === 400) return;
    const { body } = await domain.send('GET', `/admin/v1/Users/${answer.body.id}?attributeSets=all`);
    expect(body).toMatchObject({
      active: false,
      [`${IDCS}extension:user:User`]: {
        status: 'pendingVerification',
        creationMechanism: 'selfreg',
        isFederatedUser: false,
      },
    });
    expect(body.id).not.toBe('mine');
    expect(body.ocid).not.toBe('ocid1.user.oc1..x');
    expect(body.emails.map(({ verified }: JsonObject) => verified)).toEqual([false, false]);
    expect(body.roles ?? []).toEqual([]);
    expect(body.idcsPreventedOperations ?? []).toEqual([]);
    expect(body.meta.created).not.toContain('2001');
    const mails = await mailsTo(domain, String(body.emails[0].value), 'admin.me.register.success');
    expect(mails).toHaveLength(1);
  });

  test('writes nothing of a name into mails and pages but text', async () => {
    const familyName = `</p><a href="https://evil.example">\r\nBcc: x@evil.example\r\n${'$'}{userToken} {{x}}`;
    const made = await domain.send('POST', '/admin/v1/Me', { body: form('scribe', { name: { familyName } }) });
    expect([201, 400], made.text).toContain(made.status);
    if (made.status === 400) return;
    const mail = (await lastMail(domain, 'scribe@shop.example', 'admin.me.register.success')) as unknown as JsonObject;
    expect(String(mail['html'])).not.toContain('<a href="https://evil.example');
    expect(String(mail['subject'])).not.toMatch(/[\r\n]/);
    expect(String(mail['text'])).not.toMatch(/\r|\nBcc:/);
    expect(String(mail['text'])).not.toContain(`${String(mail['token'])} {{x}}`);
  });

  test('finds pages that lead nowhere else, and forms only of their own browser', async () => {
    const made = await domain.send('POST', '/admin/v1/Me', { body: form('walker') });
    expect(made.status, made.text).toBe(201);
    const mail = await lastMail(domain, 'walker@shop.example', 'admin.me.register.success');
    const token = encodeURIComponent(mail.token);
    const reset = await domain.send('POST', '/admin/v1/MePasswordResetRequestor', {
      body: { schemas: [`${IDCS}MePasswordResetRequestor`], userName: 'chief', notificationType: 'email' },
    });
    expect(reset.status).toBe(201);
    const recovery = await lastMail(domain, 'chief@example.com', 'admin.me.password.reset.request.success');
    const evil = encodeURIComponent('https://evil.example/');
    const more = ['redirectUrl', 'returnUrl', 'continueTo', 'notificationRedirectUrl', 'next', 'action']
      .map((name) => `&${name}=${evil}`)
      .join('');
    for (const path of [
      `/ui/v1/verifyemail?token=${token}`,
      `/ui/v1/signup?profile=${profile}`,
      '/ui/v1/forgotpwd?x=1',
      `/ui/v1/resetpwd?token=${encodeURIComponent(recovery.token)}`,
    ]) {
      const browser = newBrowser(domain.url);
      const page = await browser.get(path + more);
      expect(page.status, path).toBe(200);
      expect(page.text, path).not.toContain('evil.example');
      const csp = page.headers.get('content-security-policy') ?? '';
      expect(csp, path).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(csp, path).not.toContain('unsafe');
      expect(page.headers.get('cache-control'), path).toContain('no-store');
      expect(page.headers.get('referrer-policy'), path).toBe('no-referrer');
      const fields = { username: 'chief', password: 'Stolen-Horse-43', confirmation: 'Stolen-Horse-43' };
      expect((await newBrowser(domain.url).submit(page, fields)).status, path).toBe(403);
      for (const csrf of ['', 'x']) expect((await browser.submit(page, { ...fields, csrf })).status, path).toBe(403);
    }
    // A link is for what it was mailed for.
    for (const path of [
      `/ui/v1/resetpwd?token=${token}`,
      `/ui/v1/activate?token=${token}`,
      `/ui/v1/verifyemail?token=${encodeURIComponent(recovery.token)}`,
      `/ui/v1/activate?token=${encodeURIComponent(recovery.token)}`,
    ])
      expect((await newBrowser(domain.url).get(path)).status, path).toBe(400);
  });
});
