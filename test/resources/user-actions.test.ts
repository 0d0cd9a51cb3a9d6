import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { newBrowser } from '../support/browser.ts';
import { advanceClock, freezeClock } from '../support/domain-clock.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const SELF = `${IDCS}extension:selfChange:User:allowSelfChange`;
const CAPABILITIES = `${IDCS}extension:capabilities:User`;
const OLD = 'Correct-Horse-42';
const NEW = 'Better-Battery-43';

let domain: TestDomain;
let client: TestClient;
let user: { id: string; ocid: string };

beforeEach(async () => {
  domain = await testDomain();
  client = await newClient(domain, 'cli');
  user = (await newUser(domain, 'jdoe', OLD)) as typeof user;
});

const schemas = (type: string) => ({ schemas: [IDCS + type] });
const act = (type: string, body: JsonObject = {}, { key = user.id, token }: { key?: string; token?: string } = {}) =>
  domain.send('PUT', `/admin/v1/${type}/${key}`, {
    body: { ...schemas(type), ...body },
    ...(token === undefined ? {} : { token }),
  });
const post = (type: string, body: JsonObject) =>
  domain.send('POST', `/admin/v1/${type}`, { body: { ...schemas(type), ...body } });
const signIn = (password: string, username = 'jdoe', scope = MY_SCOPES) =>
  domain.tokenRequest({ grant_type: 'password', username, password, scope }, client);
const tokenOf = async (password = OLD, username = 'jdoe') =>
  (await signIn(password, username)).body.access_token as string;
const problem = ({ status, body }: Answer) => [
  status,
  body['urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error']?.messageId,
];
const mails = async (to = 'jdoe@example.com') =>
  (await domain.send('GET', `/_emulator/messages?to=${to}`, { token: null })).body.messages as {
    subject: string;
    event: string;
    link: string;
    code?: string;
    text: string;
  }[];

describe('UserStatusChanger', () => {
  it('ends sign-ins and refreshes, and begins them again', async () => {
    const granted = await signIn(OLD, 'jdoe', `${MY_SCOPES} offline_access`);
    const refresh = () =>
      domain.tokenRequest({ grant_type: 'refresh_token', refresh_token: granted.body.refresh_token }, client);
    expect((await refresh()).status).toBe(200);
    const off = await act('UserStatusChanger', { active: false }, { key: user.ocid });
    expect(off.status, off.text).toBe(200);
    expect(off.body).toMatchObject({
      ...schemas('UserStatusChanger'),
      id: user.id,
      ocid: user.ocid,
      active: false,
      meta: {
        resourceType: 'UserStatusChanger',
        location: `${domain.url}/admin/v1/UserStatusChanger/${user.ocid}`,
      },
    });
    expect((await signIn(OLD)).body.error).toBe('invalid_grant');
    expect((await refresh()).body.error).toBe('invalid_grant');
    const browser = newBrowser(domain.url);
    const page = await browser.follow(await browser.get('/ui/v1/signin'));
    expect((await browser.submit(page, { username: 'jdoe', password: OLD })).status).not.toBe(303);
    expect((await act('UserStatusChanger', { active: true })).status).toBe(200);
    expect([(await signIn(OLD)).status, (await refresh()).status]).toEqual([200, 200]);
  });

  it('changes the version once, and nothing when the user is so already', async () => {
    const version = async () => (await domain.send('GET', `/admin/v1/Users/${user.id}`)).body.meta.version;
    const before = await version();
    await act('UserStatusChanger', { active: true });
    expect(await version()).toBe(before);
    await act('UserStatusChanger', { active: false });
    expect(await version()).not.toBe(before);
  });

  it('refuses a body without active, and users that are not there', async () => {
    expect(problem(await act('UserStatusChanger'))).toEqual([400, 'error.common.validation.missingReqAttributes']);
    expect((await act('UserStatusChanger', { active: false }, { key: 'nobody' })).status).toBe(404);
    expect((await domain.send('GET', `/admin/v1/UserStatusChanger/${user.id}`)).status).toBe(405);
  });

  it('lets users deactivate themselves, but not come back', async () => {
    const token = await tokenOf();
    expect((await act('UserStatusChanger', { active: false }, { token })).status).toBe(401);
    expect((await act('UserStatusChanger', { active: false, [SELF]: true }, { token })).status).toBe(200);
    expect((await act('UserStatusChanger', { active: true, [SELF]: true }, { token })).status).toBe(401);
    const other = await domain.createUser('other');
    expect((await act('UserStatusChanger', { active: false, [SELF]: true }, { token, key: other.id })).status).toBe(
      401,
    );
  });
});

describe('UserLockedStateChanger', () => {
  const wrong = async (times: number) => {
    for (let left = times; left > 0; left--) await signIn('Wrong-Password-99');
  };

  it('unlocks who guessed too often, and forgets the attempts', async () => {
    await wrong(5);
    expect((await signIn(OLD)).body.error_description).toContain('locked');
    const { status, body, text } = await act('UserLockedStateChanger', { locked: { on: false } });
    expect(status, text).toBe(200);
    expect(body.locked).toEqual({ on: false });
    await wrong(4);
    expect((await signIn(OLD)).status).toBe(200);
    await wrong(3);
    await act('UserLockedStateChanger', { locked: { on: false } });
    await wrong(4);
    expect((await signIn(OLD)).status).toBe(200);
  });

  it('locks until it unlocks, by PUT and by POST with the user in the body', async () => {
    const locked = await post('UserLockedStateChanger', { userId: user.ocid, locked: { on: true } });
    expect(locked.status, locked.text).toBe(201);
    // Longer than the policy's lockoutDuration, shorter than a token lives.
    await advanceClock(domain, 45 * 60);
    expect((await signIn(OLD)).body.error_description).toContain('locked');
    const shown = await domain.send('GET', `/admin/v1/Users/${user.id}`);
    expect(shown.body[`${IDCS}extension:userState:User`].locked.on).toBe(true);
    expect((await post('UserLockedStateChanger', { userId: user.id, locked: { on: false } })).status).toBe(201);
    expect((await signIn(OLD)).status).toBe(200);
  });

  it('refuses a body that says nothing', async () => {
    expect((await act('UserLockedStateChanger')).status).toBe(400);
    expect((await act('UserLockedStateChanger', { locked: {} })).status).toBe(400);
    expect((await act('UserLockedStateChanger', { locked: 'no' })).status).toBe(400);
    expect((await post('UserLockedStateChanger', { locked: { on: false } })).status).toBe(400);
  });
});

describe('UserCapabilitiesChanger', () => {
  it('changes what it names, and answers all', async () => {
    const { status, body, text } = await act('UserCapabilitiesChanger', {
      canUseApiKeys: false,
      canUseAuthTokens: false,
    });
    expect(status, text).toBe(200);
    expect(body).toMatchObject({ canUseApiKeys: false, canUseAuthTokens: false, canUseSmtpCredentials: true });
    expect(body).not.toHaveProperty('canUseConsole');
    await act(
      'UserCapabilitiesChanger',
      { canUseAuthTokens: true, canUseConsole: true, [SELF]: true },
      { token: await tokenOf() },
    );
    const shown = await domain.send('GET', `/admin/v1/Users/${user.id}`);
    expect(shown.body[CAPABILITIES]).toMatchObject({
      canUseApiKeys: false,
      canUseAuthTokens: true,
      canUseConsole: true,
    });
  });
});

describe('UserPasswordResetter', () => {
  it('mails a random password that must be changed; the old one is good no more', async () => {
    const { status, body, text } = await act('UserPasswordResetter');
    expect(status, text).toBe(200);
    expect(body).toMatchObject({ id: user.id, ocid: user.ocid, meta: { resourceType: 'UserPasswordResetter' } });
    expect(body).not.toHaveProperty('oneTimePassword');
    expect((await signIn(OLD)).body.error).toBe('invalid_grant');
    const [mail] = await mails();
    expect(mail!).toMatchObject({
      event: 'admin.user.password.reset.success',
      link: expect.stringContaining('/ui/v1/resetpwd?token='),
    });
    expect((await signIn(mail!.code!)).body.error_description).toContain('must be changed');
    const browser = newBrowser(domain.url);
    const page = await browser.follow(await browser.get('/ui/v1/signin'));
    const asked = await browser.submit(page, { username: 'jdoe', password: mail!.code! });
    expect(asked.location).toContain('/ui/v1/changepassword');
  });

  it('tells no one where it is told so, and shows the password or a token when asked', async () => {
    const shown = await domain.send('PUT', `/admin/v1/UserPasswordResetter/${user.id}?attributes=oneTimePassword`, {
      body: { ...schemas('UserPasswordResetter'), bypassNotification: true },
    });
    expect((await signIn(shown.body.oneTimePassword)).body.error_description).toContain('must be changed');
    const external = await act('UserPasswordResetter', { userFlowControlledByExternalClient: true });
    const { value, $ref } = external.body.userToken;
    expect($ref).toBe(`${domain.url}/admin/v1/UserTokens/${value}`);
    expect(await mails()).toEqual([]);
    const token = await domain.send('GET', `/admin/v1/UserTokens/${value}`);
    expect(token.body).toMatchObject({ userId: user.id, status: 0, tokenType: 'passwordReset' });
    expect(Buffer.from(token.body.token, 'base64')).toHaveLength(32);
    const chosen = await post('MePasswordResetter', { token: token.body.token, password: NEW });
    expect([chosen.status, chosen.body.id]).toEqual([201, user.id]);
    expect((await signIn(NEW)).status).toBe(200);
  });

  it('refuses users without a password of their own', async () => {
    const service = await domain.createUser('robot', { [`${IDCS}extension:user:User`]: { serviceUser: true } });
    expect((await act('UserPasswordResetter', {}, { key: service.id })).status).toBe(400);
    expect((await act('UserActivationInitiator', {}, { key: service.id })).status).toBe(400);
    expect((await act('UserPasswordResetter', {}, { key: 'nobody' })).status).toBe(404);
    expect((await act('UserPasswordResetter', {}, { token: await tokenOf() })).status).toBe(401);
  });
});

describe('UserPasswordGenerator', () => {
  it('suggests passwords that the policy accepts, and changes nothing', async () => {
    const suggested = new Set<string>();
    for (let left = 5; left > 0; left--) {
      const { status, body, text } = await act('UserPasswordGenerator');
      expect(status, text).toBe(200);
      suggested.add(body.password);
      const { password } = body;
      expect((await act('UserPasswordValidator', { password })).body).not.toHaveProperty('failedPasswordPolicyRules');
    }
    expect(suggested.size).toBe(5);
    expect((await signIn(OLD)).status).toBe(200);
  });

  it('keeps to a policy of few characters, and says when there is none', async () => {
    const put = async (changes: JsonObject) => {
      const Operations = Object.entries(changes).map(([path, value]) => ({ op: 'replace', path, value }));
      const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
      const changed = await domain.send('PATCH', '/admin/v1/PasswordPolicies/PasswordPolicy', { body });
      expect(changed.status, changed.text).toBe(200);
    };
    await put({
      allowedChars: 'abcABC123-+',
      startsWithAlphabet: true,
      requiredChars: '+',
      maxSpecialChars: 1,
      maxLength: 12,
    });
    for (let left = 5; left > 0; left--) {
      const { body } = await act('UserPasswordGenerator');
      expect(body.password).toMatch(/^[a-cA-C][a-cA-C123+]{11}$/);
    }
    await put({ minUpperCase: 0, minLowerCase: 0, minAlphas: 0, disallowedChars: 'abcABC' });
    expect((await act('UserPasswordGenerator')).status).toBe(400);
  });
});

describe('UserPasswordValidator', () => {
  it('names the rules that are broken, of somebody described and of a user', async () => {
    const described = { userName: 'johnny', givenName: 'John', familyName: 'Doe' };
    const bad = await post('UserPasswordValidator', { ...described, password: 'John' });
    expect(bad.status, bad.text).toBe(201);
    const keys = (answer: Answer) => answer.body.failedPasswordPolicyRules.map((rule: { key: string }) => rule.key);
    expect(keys(bad)).toEqual(
      expect.arrayContaining(['minLength', 'minNumerals', 'minSpecialChars', 'firstNameDisallowed']),
    );
    expect(bad.text).not.toContain('"John"');
    const good = await post('UserPasswordValidator', { ...described, password: OLD });
    expect(good.body).not.toHaveProperty('failedPasswordPolicyRules');
    expect(keys(await act('UserPasswordValidator', { password: 'Given-Family-1' }))).toEqual([
      'firstNameDisallowed',
      'lastNameDisallowed',
    ]);
    expect((await post('UserPasswordValidator', described)).status).toBe(400);
  });

  it('answers users about themselves only', async () => {
    const token = await tokenOf();
    const other = await domain.createUser('other');
    expect((await act('UserPasswordValidator', { password: 'x' }, { token })).status).toBe(200);
    expect((await act('UserPasswordValidator', { password: 'x' }, { token, key: other.id })).status).toBe(401);
  });
});

describe('UserNameGenerator', () => {
  it('makes a name that nobody has', async () => {
    const generate = async (body: JsonObject) => (await post('UserNameGenerator', body)).body.userName as string;
    expect(await generate({ email: 'new@example.com' })).toBe('new@example.com');
    await domain.createUser('new@example.com');
    expect(await generate({ email: 'new@example.com' })).toBe('new1@example.com');
    expect(await generate({ givenName: 'Ana María', familyName: 'O’Hara' })).toBe('anamaría.ohara');
    expect((await post('UserNameGenerator', {})).status).toBe(400);
  });
});

describe('MePasswordChanger', () => {
  const change = (token: string | undefined, oldPassword: string, password: string) =>
    domain.send('PUT', '/admin/v1/MePasswordChanger', {
      body: { ...schemas('MePasswordChanger'), oldPassword, password },
      ...(token === undefined ? {} : { token }),
    });

  it('gives a signed-in user the new password by the old one', async () => {
    const changed = await change(await tokenOf(), OLD, NEW);
    expect(changed.status, changed.text).toBe(200);
    expect(changed.body).toMatchObject({
      ...schemas('MePasswordChanger'),
      id: user.id,
      meta: { resourceType: 'MePasswordChanger' },
    });
    expect(changed.text).not.toContain(NEW);
    expect([(await signIn(OLD)).status, (await signIn(NEW)).status]).toEqual([400, 200]);
    const shown = await domain.send('GET', `/admin/v1/Users/${user.id}`);
    expect(shown.body.idcsLastModifiedBy).toMatchObject({ type: 'User', value: user.id });
  });

  it('counts wrong old passwords as tries to sign in', async () => {
    const token = await tokenOf();
    const wrong = () => change(token, 'Wrong-Password-99', NEW);
    expect(problem(await wrong())).toEqual([400, 'error.identity.passwordmgmt.invalidCurrentPassword']);
    for (let left = 4; left > 0; left--) await wrong();
    expect((await change(token, OLD, NEW)).status).toBe(401);
    expect((await signIn(OLD)).body.error_description).toContain('locked');
  });

  it('keeps to the policy and its history, and needs a user', async () => {
    const token = await tokenOf();
    expect(problem(await change(token, OLD, 'short'))).toEqual([400, 'error.identity.passwordmgmt.pwdpolicyViolation']);
    expect(problem(await change(token, OLD, OLD))).toEqual([400, 'error.identity.passwordmgmt.pwdpolicyViolation']);
    expect((await change(undefined, OLD, NEW)).status).toBe(401);
    const body = { ...schemas('MePasswordChanger'), password: NEW };
    expect((await domain.send('PUT', '/admin/v1/MePasswordChanger', { body, token })).status).toBe(400);
  });

  it('waits for minPasswordAge', async () => {
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'minPasswordAge', value: 1 }],
    };
    await domain.send('PATCH', '/admin/v1/PasswordPolicies/PasswordPolicy', { body });
    await freezeClock(domain);
    expect((await change(await tokenOf(), OLD, NEW)).status).toBe(400);
    await advanceClock(domain, 25 * 3600);
    expect((await change(await tokenOf(), OLD, NEW)).status).toBe(200);
  });
});

describe('MePasswordMustChanger', () => {
  const change = (mappingAttributeValue: string, oldPassword: string, password: string, more: JsonObject = {}) =>
    post('MePasswordMustChanger', { mappingAttributeValue, oldPassword, password, ...more });

  it('changes a password that must be changed', async () => {
    await domain.createUser('new', { password: OLD });
    expect((await signIn(OLD, 'new')).status).toBe(400);
    const changed = await change('NEW', OLD, NEW, { mappingAttribute: 'userName' });
    expect(changed.status, changed.text).toBe(201);
    expect(changed.body).toMatchObject({ mappingAttribute: 'userName', mappingAttributeValue: 'NEW' });
    expect((await signIn(NEW, 'new')).status).toBe(200);
    expect((await change('jdoe@example.com', OLD, NEW, { mappingAttribute: 'emails.value' })).status).toBe(201);
  });

  it('says the same of a wrong password and an unknown user', async () => {
    const wrong = await change('jdoe', 'Wrong-Password-99', NEW);
    const unknown = await change('nobody', OLD, NEW);
    expect(problem(wrong)).toEqual([400, 'error.identity.passwordmgmt.invalidCurrentPassword']);
    expect(unknown.body).toEqual(wrong.body);
    expect((await change('jdoe', OLD, NEW, { mappingAttribute: 'password' })).status).toBe(400);
    expect((await change('jdoe', OLD, NEW, { mappingAttribute: 'active' })).status).toBe(400);
  });
});

describe('UserActivationInitiator', () => {
  it('mails a link whose token lets the user choose a password, once', async () => {
    const { id } = await domain.createUser('new');
    expect((await act('UserActivationInitiator', {}, { key: id })).status).toBe(200);
    expect((await act('UserActivationInitiator', {}, { key: id })).status).toBe(200);
    const [newest, first] = (await mails('new@example.com')).map(
      ({ link }) => new URL(link).searchParams.get('token')!,
    );
    const list = await domain.send('GET', `/admin/v1/UserTokens?filter=userId co "${id}"`);
    expect(list.body.totalResults).toBe(1);
    const current = list.body.Resources[0].token as string;
    expect([newest, first]).toContain(current);
    const old = newest === current ? first! : newest!;
    expect(problem(await post('UserTokenValidator', { token: old }))).toEqual([
      400,
      'error.identity.passwordmgmt.invalidToken',
    ]);
    expect((await post('UserTokenValidator', { token: current })).body.userId).toBe(id);
    const choose = (password: string) => post('MePasswordResetter', { token: current, password });
    expect(problem(await choose('short'))).toEqual([400, 'error.identity.passwordmgmt.pwdpolicyViolation']);
    const answers = await Promise.all([choose(NEW), choose(NEW)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400]);
    expect((await signIn(NEW, 'new')).status).toBe(200);
    expect((await post('UserTokenValidator', { token: current })).status).toBe(400);
    expect((await domain.send('GET', `/admin/v1/UserTokens?filter=userId eq "${id}"`)).body.totalResults).toBe(0);
  });

  it('lets the token run out, and go with its user', async () => {
    await freezeClock(domain);
    const external = await act('UserActivationInitiator', { userFlowControlledByExternalClient: true });
    const path = `/admin/v1/UserTokens/${external.body.userToken.value}`;
    const { token } = (await domain.send('GET', path)).body;
    await advanceClock(domain, 25 * 3600);
    const fresh = await domain.tokenRequest({ grant_type: 'client_credentials', scope: MY_SCOPES });
    const validated = await domain.send('POST', '/admin/v1/UserTokenValidator', {
      body: { ...schemas('UserTokenValidator'), token },
      token: fresh.body.access_token,
    });
    expect(validated.status).toBe(400);
    const bearer = { token: fresh.body.access_token as string };
    expect((await domain.send('DELETE', `/admin/v1/Users/${user.id}`, bearer)).status).toBe(204);
    expect((await domain.send('GET', path, bearer)).status).toBe(404);
  });
});

describe('BulkUserPasswordChanger and BulkUserPasswordResetter', () => {
  it('give many users a password, in a Bulk that makes them (main-0175)', async () => {
    const Operations = ['one', 'two'].map((name) => ({
      method: 'POST',
      path: '/Users',
      bulkId: name,
      data: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: name,
        name: { givenName: 'Given', familyName: 'Family' },
        emails: [{ value: `${name}@example.com`, type: 'work', primary: true }],
      } as JsonObject,
    }));
    const data = { ...schemas('BulkUserPasswordChanger'), userIds: ['bulkId:one', 'bulkId:two'], password: OLD };
    const bulk = await domain.send('POST', '/admin/v1/Bulk', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [...Operations, { method: 'POST', path: '/BulkUserPasswordChanger', bulkId: 'pw', data }],
      },
    });
    expect(
      bulk.body.Operations.map((one: { status: string }) => one.status),
      bulk.text,
    ).toEqual(['201', '201', '201']);
    expect([(await signIn(OLD, 'one')).status, (await signIn(OLD, 'two')).status]).toEqual([200, 200]);
    const ids = (await domain.send('GET', '/admin/v1/Users?filter=userName eq "one" or userName eq "two"')).body
      .Resources;
    const reset = await post('BulkUserPasswordResetter', { userIds: ids.map(({ id }: { id: string }) => id) });
    expect(reset.status, reset.text).toBe(201);
    expect((await signIn(OLD, 'one')).status).toBe(400);
    const told = [...(await mails('one@example.com')), ...(await mails('two@example.com'))];
    expect(told.filter(({ event }) => event === 'admin.user.password.reset.success')).toHaveLength(2);
  });

  it('change nothing when a user is not there', async () => {
    const refused = await post('BulkUserPasswordChanger', { userIds: [user.id, 'nobody'], password: NEW });
    expect(problem(refused)).toEqual([400, 'error.common.validation.invalidReferenceResource']);
    expect((await signIn(OLD)).status).toBe(200);
    expect((await post('BulkUserPasswordChanger', { password: NEW })).status).toBe(400);
  });
});
