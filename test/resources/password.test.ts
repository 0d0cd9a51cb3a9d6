import { beforeEach, describe, expect, test } from 'vitest';
import { checkPassword } from '../../src/resources/password-check.ts';
import { readUserSecret } from '../../src/resources/user-secret.ts';
import { PASSWORD_STATE_URN, USER_STATE_URN, USER_URN } from '../../src/resources/user-urns.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { newTestDomain, type TestDomain } from './domain-context.ts';

const GOOD = 'Welcome@123Bro';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let domain: TestDomain;
beforeEach(async () => {
  domain = await newTestDomain();
});

let count = 0;

async function newUser(more: JsonObject = {}): Promise<JsonObject> {
  const userName = `person${++count}@example.com`;
  const emails = [{ value: userName, type: 'work', primary: true }];
  return domain.create('User', { userName, name: { givenName: 'Grace', familyName: 'Hopper' }, emails, ...more });
}

/** A user whose password an administrator set. */
async function withPassword(): Promise<{ id: string; userName: string }> {
  const user = await newUser();
  await domain.put('UserPasswordChanger', String(user['id']), { password: GOOD });
  return { id: String(user['id']), userName: String(user['userName']) };
}

async function check(userName: string, password: string): Promise<string> {
  const result = await checkPassword(await domain.context(), userName, password);
  return result.ok ? 'ok' : result.reason;
}

async function secretOf(id: string) {
  const { store, domain: row } = await domain.context();
  return readUserSecret((await store.resources.readWithSecret(row.id, 'User', id))!.secret);
}

describe('UserPasswordChanger', () => {
  test('answers as the guide prints (3.6), by id and by OCID', async () => {
    const user = await newUser();
    const key = String(user['ocid']);
    const { domain: row } = await domain.context();
    expect(await domain.put('UserPasswordChanger', key, { password: GOOD })).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'],
      id: user['id'],
      meta: {
        resourceType: 'UserPasswordChanger',
        location: `http://127.0.0.1:8080/admin/v1/UserPasswordChanger/${key}`,
      },
      domainOcid: row.ocid,
      compartmentOcid: row.compartmentOcid,
      tenancyOcid: row.tenancyOcid,
      ocid: key,
    });
    expect(await check(String(user['userName']), GOOD)).toBe('ok');
  });

  test('refuses a short password in the words of the guide, and keeps the old one', async () => {
    const { id, userName } = await withPassword();
    await expect(domain.put('UserPasswordChanger', id, { password: 'Welcome@123' })).rejects.toMatchObject({
      status: 400,
      message:
        'The password does not meet the criteria of the password policy because: [The password must have at least 12 characters.]',
      messageId: 'error.identity.passwordmgmt.pwdpolicyViolation',
    });
    expect(await check(userName, GOOD)).toBe('ok');
  });

  test('names every rule that is broken, and the names of the user', async () => {
    const { id } = await withPassword();
    await expect(domain.put('UserPasswordChanger', id, { password: 'grace-hopper' })).rejects.toMatchObject({
      message: expect.stringMatching(/numeric.*, .*uppercase.*, .*first name.*, .*last name/),
    });
  });

  test('ends mustChange, moves version and lastModified, and names the author', async () => {
    const user = await newUser({ password: 'Another@1234' });
    expect(await check(String(user['userName']), 'Another@1234')).toBe('mustChange');
    domain.advance(DAY);
    await domain.put('UserPasswordChanger', String(user['id']), { password: GOOD, bypassNotification: true });
    expect(await check(String(user['userName']), GOOD)).toBe('ok');
    const after = await domain.get('User', String(user['id']));
    expect((after['meta'] as JsonObject)['version']).not.toBe((user['meta'] as JsonObject)['version']);
    expect((after['meta'] as JsonObject)['lastModified']).toBe('2026-01-02T00:00:00.000Z');
    expect(after['idcsLastModifiedBy']).toMatchObject({ value: domain.caller.id });
  });

  test('refuses the last four passwords, and takes the one before them', async () => {
    const { id } = await withPassword();
    const change = (password: string) => domain.put('UserPasswordChanger', id, { password });
    await expect(change(GOOD)).rejects.toMatchObject({ message: expect.stringContaining('last 4 passwords') });
    for (const n of [1, 2, 3]) await change(`${GOOD}${n}`);
    await expect(change(GOOD)).rejects.toMatchObject({ message: expect.stringContaining('last 4 passwords') });
    await change(`${GOOD}4`);
    await change(GOOD);
    expect((await secretOf(id)).history).toHaveLength(4);
  });

  test('unlocks an account that wrong passwords locked', async () => {
    const { id, userName } = await withPassword();
    for (let i = 0; i < 5; i++) await check(userName, 'wrong');
    expect(await check(userName, GOOD)).toBe('locked');
    await domain.put('UserPasswordChanger', id, { password: `${GOOD}!` });
    expect(await check(userName, `${GOOD}!`)).toBe('ok');
  });

  test('answers 404 for nobody, 400 without a password and for users that have none', async () => {
    const put = (key: string, body: JsonObject) => domain.put('UserPasswordChanger', key, body);
    await expect(put('nobody', { password: GOOD })).rejects.toMatchObject({ status: 404 });
    const { id } = await withPassword();
    await expect(put(id, {})).rejects.toMatchObject({
      status: 400,
      messageId: 'error.common.validation.missingReqAttributes',
    });
    const federated = await newUser({ [USER_URN]: { isFederatedUser: true } });
    await expect(put(String(federated['id']), { password: GOOD })).rejects.toMatchObject({ status: 400 });
    const service = await domain.create('User', { userName: `service${++count}`, [USER_URN]: { serviceUser: true } });
    await expect(put(String(service['id']), { password: GOOD })).rejects.toMatchObject({ status: 400 });
  });
});

describe('checking a password', () => {
  test('tells what an attempt came to', async () => {
    const { id, userName } = await withPassword();
    expect(await check('nobody@example.com', GOOD)).toBe('unknown');
    expect(await check(userName, 'wrong')).toBe('wrong');
    expect(await check(userName.toUpperCase(), GOOD)).toBe('ok');
    domain.advance(120 * DAY);
    expect(await check(userName, GOOD)).toBe('expired');
    await domain.patch('User', id, { op: 'replace', path: 'active', value: false });
    expect(await check(userName, GOOD)).toBe('inactive');
  });

  test('counts parallel wrong attempts exactly, and locks', async () => {
    const { id, userName } = await withPassword();
    const three = await Promise.all([1, 2, 3].map(() => check(userName, 'wrong')));
    expect(three).toEqual(['wrong', 'wrong', 'wrong']);
    expect((await secretOf(id)).loginAttempts).toBe(3);
    const many = await Promise.all(Array.from({ length: 8 }, () => check(userName, 'wrong')));
    expect(many.filter((outcome) => outcome === 'wrong')).toHaveLength(2);
    expect(many.filter((outcome) => outcome === 'locked')).toHaveLength(6);
    const user = await domain.get('User', id);
    expect(user[USER_STATE_URN]).toMatchObject({
      locked: { on: true, reason: 0, lockDate: '2026-01-01T00:00:00.000Z' },
    });
    const locked = await domain.find('User', `${USER_STATE_URN}:locked.on eq true`);
    expect(locked.map((found) => found['id'])).toEqual([id]);
  });

  test("the domain's clock ends a lock", async () => {
    const { id, userName } = await withPassword();
    for (let i = 0; i < 5; i++) await check(userName, 'wrong');
    domain.advance(30 * MINUTE - 1);
    expect(await check(userName, GOOD)).toBe('locked');
    domain.advance(1);
    expect(await check(userName, GOOD)).toBe('ok');
    expect((await domain.get('User', id))[USER_STATE_URN]).toEqual({ locked: { on: false } });
    expect((await secretOf(id)).loginAttempts).toBe(0);
  });

  test('sign-ins are remembered without a new version of the user', async () => {
    const { id, userName } = await withPassword();
    const before = await domain.get('User', id);
    await check(userName, GOOD);
    domain.advance(DAY);
    await check(userName, GOOD);
    const after = await domain.get('User', id);
    expect(after['meta']).toEqual(before['meta']);
    expect(await secretOf(id)).toMatchObject({
      lastSuccessfulLogin: domain.now,
      previousSuccessfulLogin: domain.now - DAY,
    });
  });
});

describe('the policy that applies', () => {
  test('is that of the group with the highest priority, else the default one', async () => {
    const { id } = await withPassword();
    const put = (password: string) => domain.put('UserPasswordChanger', id, { password });
    const group = async (displayName: string) =>
      String((await domain.create('Group', { displayName, members: [{ value: id, type: 'User' }] }))['id']);
    const [low, high] = [await group('Low'), await group('High')];
    await domain.create('PasswordPolicy', { name: 'Short', priority: 2, minLength: 4, groups: [{ value: low }] });
    await put('abcd');
    await domain.create('PasswordPolicy', { name: 'Long', priority: 1, minLength: 20, groups: [{ value: high }] });
    await expect(put('abcde')).rejects.toMatchObject({ message: expect.stringContaining('20 characters') });
    const { [PASSWORD_STATE_URN]: state } = await domain.get(
      'User',
      id,
      `${PASSWORD_STATE_URN}:applicablePasswordPolicy`,
    );
    expect(state).toMatchObject({ applicablePasswordPolicy: { display: 'Long', priority: 1 } });
  });

  test('a forced reset makes everybody under it change the password', async () => {
    const { userName } = await withPassword();
    domain.advance(1);
    await domain.patch('PasswordPolicy', 'PasswordPolicy', { op: 'add', path: 'forcePasswordReset', value: true });
    expect(await check(userName, GOOD)).toBe('mustChange');
  });

  test('a change of the default policy counts at once', async () => {
    const { id } = await withPassword();
    await domain.patch('PasswordPolicy', 'PasswordPolicy', { op: 'replace', path: 'minLength', value: 30 });
    await expect(domain.put('UserPasswordChanger', id, { password: `${GOOD}x` })).rejects.toMatchObject({
      status: 400,
    });
  });
});

describe('PasswordPolicies', () => {
  test('the default one has the documented values and is never deleted', async () => {
    expect(await domain.get('PasswordPolicy', 'PasswordPolicy')).toMatchObject({
      minLength: 12,
      maxLength: 100,
      maxIncorrectAttempts: 5,
      lockoutDuration: 30,
      numPasswordsInHistory: 4,
      passwordExpiresAfter: 120,
      passwordExpireWarning: 7,
    });
    await expect(domain.delete('PasswordPolicy', 'PasswordPolicy', true)).rejects.toMatchObject({ status: 403 });
    const asked = await domain.get('PasswordPolicy', 'PasswordPolicy', 'configuredPasswordPolicyRules');
    expect(asked['configuredPasswordPolicyRules']).toContainEqual({
      key: 'minLength',
      value: 'The password must have at least 12 characters.',
    });
  });

  test.each([
    [{ minLength: 10, maxLength: 5 }, 'PasswordPolicy.minLength cannot be more than maxLength.'],
    [{ maxLength: 501 }, 'PasswordPolicy.maxLength cannot be more than 500.'],
    [{ minLength: -1 }, 'PasswordPolicy.minLength cannot be negative.'],
    [{ lockoutDuration: 4 }, 'PasswordPolicy.lockoutDuration must be between 5 and 1440 minutes.'],
    [{ lockoutDuration: 1441 }, 'PasswordPolicy.lockoutDuration must be between 5 and 1440 minutes.'],
    [{ maxLength: 4, minUpperCase: 3, minNumerals: 2 }, 'together exceed maxLength'],
    [
      { maxLength: 4, minAlphas: 3, minNumerals: 2 },
      'minAlphas, minNumerals, minSpecialChars together exceed maxLength',
    ],
    [{ maxLength: 2, requiredChars: 'abc' }, 'PasswordPolicy.requiredChars'],
    [{ allowedChars: 'abc', minUpperCase: 1 }, 'PasswordPolicy.minUpperCase'],
    [{ allowedChars: 'abc', minUniqueChars: 4 }, 'PasswordPolicy.minUniqueChars'],
    [{ passwordExpiresAfter: 5, minPasswordAge: 6 }, 'PasswordPolicy.minPasswordAge'],
    [{ minSpecialChars: 3, maxSpecialChars: 2 }, 'PasswordPolicy.minSpecialChars cannot be more than maxSpecialChars.'],
    [{ passwordExpiresAfter: 5, passwordExpireWarning: 6 }, 'passwordExpireWarning cannot be more than'],
    [{ requiredChars: '!', disallowedChars: '!' }, 'requiredChars and disallowedChars have a character in common'],
    [{ allowedChars: 'ab', requiredChars: 'c' }, 'requiredChars has a character that allowedChars has not'],
    [{ allowedChars: 'ab', disallowedChars: 'abc' }, 'leaves nothing of allowedChars'],
    [{ groups: [{ value: 'nogroup' }], priority: 9 }, 'references a Group with ID nogroup'],
  ])('refuses %j', async (settings, message) => {
    await expect(domain.create('PasswordPolicy', { name: 'Bad', ...settings })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  test('have names and priorities of their own, and share no group', async () => {
    const group = String((await domain.create('Group', { displayName: 'G' }))['id']);
    await domain.create('PasswordPolicy', { name: 'One', priority: 1, groups: [{ value: group }] });
    const create = (body: JsonObject) => domain.create('PasswordPolicy', body);
    await expect(create({ name: 'one', priority: 2 })).rejects.toMatchObject({ status: 409 });
    await expect(create({ name: 'Two', priority: 1 })).rejects.toMatchObject({ status: 409 });
    await expect(create({ name: 'Two', priority: 2, groups: [{ value: group }] })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('belongs to PasswordPolicy One already'),
    });
    await expect(create({ name: 'Three', groups: [{ value: group }] })).rejects.toMatchObject({ status: 400 });
  });

  test('a Standard one is not changed until it is Custom', async () => {
    const made = await domain.create('PasswordPolicy', { name: 'S', passwordStrength: 'Standard', minLength: 8 });
    const patch = (...operations: JsonObject[]) => domain.patch('PasswordPolicy', String(made['id']), ...operations);
    const longer = { op: 'replace', path: 'minLength', value: 9 };
    await expect(patch(longer)).rejects.toMatchObject({ status: 400, message: expect.stringContaining('minLength') });
    expect(await patch({ op: 'replace', path: 'passwordStrength', value: 'Custom' }, longer)).toMatchObject({
      minLength: 9,
    });
  });
});

describe('Settings', () => {
  test('are one resource that is changed and never made or deleted', async () => {
    expect(await domain.get('Settings', 'Settings')).toMatchObject({ issuer: 'https://identity.oraclecloud.com/' });
    await expect(domain.create('Settings', { csrAccess: 'none' })).rejects.toMatchObject({ status: 405 });
    await expect(domain.delete('Settings', 'Settings')).rejects.toMatchObject({ status: 405 });
  });

  test('a write is seen through the domain at once', async () => {
    const before = (await domain.context()).domain.epoch;
    await domain.patch('Settings', 'Settings', { op: 'replace', path: 'signingCertPublicAccess', value: true });
    const { domain: row } = await domain.context();
    expect(row.epoch).toBeGreaterThan(before);
    expect(row.settings['signingCertPublicAccess']).toBe(true);
  });

  test('a new issuer leaves the old one in prevIssuer', async () => {
    await domain.patch('Settings', 'Settings', { op: 'replace', path: 'issuer', value: 'https://id.example.com' });
    const { prevIssuer } = await domain.get('Settings', 'Settings', 'prevIssuer');
    expect(prevIssuer).toBe('https://identity.oraclecloud.com/');
  });

  test.each([
    ['issuer', 'not a url'],
    ['timezone', 'Mars/Olympus'],
    ['contactEmails', ['nobody']],
    ['termsOfUseUrl', 'terms'],
    ['allowedForgotPasswordFlowReturnUrls', ['/back']],
    ['csrAccess', 'sometimes'],
    [
      'tenantCustomClaims',
      [{ name: 'a', value: 'b', mode: 'always', expression: false, allScopes: false, tokenType: 'AT' }],
    ],
  ])('refuse a bad %s', async (path, value) => {
    await expect(domain.patch('Settings', 'Settings', { op: 'replace', path, value })).rejects.toMatchObject({
      status: 400,
    });
  });
});
