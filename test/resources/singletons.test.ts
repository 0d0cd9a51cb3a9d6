import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { clientFor, emulator, startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const ERROR = 'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error';

/** Type, an attribute that a PATCH or PUT changes, its default and another value, and verbs that it lacks. */
const TYPES = [
  ['AccountRecoverySettings', 'maxIncorrectAttempts', 5, 9, ['SEARCH']],
  ['AuthenticationFactorSettings', 'hideBackupFactorEnabled', false, true, []],
  ['IdentitySettings', 'emitLockedMessageWhenUserIsLocked', false, true, []],
  ['KmsiSettings', 'maxAllowedSessions', 5, 7, []],
  ['NotificationSettings', 'testModeEnabled', false, true, ['PATCH']],
  ['SecurityQuestionSettings', 'minAnswerLength', 6, 3, []],
  ['SsoSettings', 'sessionDuration', 480, 60, []],
] as const;

function path(type: string): string {
  return `/admin/v1/${type}/${type}`;
}

function patch(domain: TestDomain, type: string, ...Operations: JsonObject[]) {
  return domain.send('PATCH', path(type), { body: { schemas: [PATCH], Operations } });
}

/** What a client sends back of what it read: everything but what only the service writes. */
function sendable({ meta: _, idcsCreatedBy: __, idcsLastModifiedBy: ___, ...rest }: JsonObject): JsonObject {
  return rest;
}

describe.each(TYPES)('%s', (type, attribute, standard, other, lacking) => {
  test('is there in a new domain: one, born with it', async () => {
    const domain = await testDomain();
    const one = await domain.send('GET', path(type));
    expect(one.status).toBe(200);
    expect(one.body).toMatchObject({
      id: type,
      [attribute]: standard,
      schemas: [`${IDCS}:${type}`],
      meta: { resourceType: type, location: `${domain.url}${path(type)}` },
      idcsCreatedBy: { type: 'App', display: 'idcssm' },
    });
    const { body: settings } = await domain.send('GET', '/admin/v1/Settings/Settings');
    expect(one.body.meta.created).toBe(settings.meta.created);
    expect(one.body.meta.lastModified).toBe(settings.meta.created);
    expect((await domain.send('GET', path(type))).body).toEqual(one.body);
    expect((await domain.send('GET', `/admin/v1/${type}/Other`)).status).toBe(404);
  });

  test('lists itself, whatever page, order or filter a list asks for', async () => {
    const domain = await testDomain();
    const list = await domain.send('GET', `/admin/v1/${type}?startIndex=7&count=0&filter=nothing&sortBy=nothing`);
    expect(list.status).toBe(200);
    expect([list.body.totalResults, list.body.Resources.length]).toEqual([1, 1]);
    expect(list.body.Resources[0]).toEqual((await domain.send('GET', path(type))).body);
    const search = await domain.send('POST', `/admin/v1/${type}/.search`, {
      body: { schemas: [SEARCH], attributes: [attribute], filter: `id eq "${type}"` },
    });
    if ((lacking as readonly string[]).includes('SEARCH')) expect(search.status).toBe(405);
    else expect(search.body.Resources).toEqual([{ id: type, [attribute]: standard, ...alwaysOf(search.body) }]);
  });

  test('can neither be made nor deleted', async () => {
    const domain = await testDomain();
    expect((await domain.send('POST', `/admin/v1/${type}`, { body: {} })).status).toBe(405);
    expect((await domain.send('DELETE', path(type))).status).toBe(405);
  });

  test('takes what was read as a PUT and shows it unchanged', async () => {
    const domain = await testDomain();
    const { body: before } = await domain.send('GET', path(type));
    const put = await domain.send('PUT', path(type), { body: sendable(before) });
    expect(put.status, put.text).toBe(200);
    expect(put.body).toEqual(before);
    const changed = await domain.send('PUT', path(type), { body: { ...sendable(before), [attribute]: other } });
    expect(changed.body[attribute]).toBe(other);
    expect(changed.body.meta.created).toBe(before.meta.created);
    expect(changed.body.meta.version).not.toBe(before.meta.version);
    expect(changed.body.idcsLastModifiedBy.display).toBe('idcs-admin');
    expect((await domain.send('GET', path(type))).body).toEqual(changed.body);
  });

  test('is changed by a first PATCH, before anybody has read it', async () => {
    const domain = await testDomain();
    const answer = await patch(domain, type, { op: 'replace', path: attribute, value: other });
    if ((lacking as readonly string[]).includes('PATCH')) {
      expect(answer.status).toBe(405);
      return;
    }
    expect([answer.status, answer.body[attribute]]).toEqual([200, other]);
    const wrong = await patch(domain, type, { op: 'replace', path: attribute, value: 'no such value' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.detail).toContain(attribute);
  });

  test('is for administrators', async () => {
    const domain = await testDomain();
    expect((await domain.send('GET', path(type), { token: null })).status).toBe(401);
    expect((await domain.send('PUT', path(type), { token: null, body: {} })).status).toBe(401);
  });
});

/** What a list item has because it is always returned. */
function alwaysOf({ Resources: [item] }: { Resources: JsonObject[] }): JsonObject {
  const { fromEmailAddress } = item!;
  return fromEmailAddress === undefined ? {} : { fromEmailAddress };
}

test('of two first requests at once both see one row', async () => {
  const domain = await testDomain();
  const second = await startTestEmulator();
  try {
    const other = await clientFor(domain.name, (await second.domain(domain.name)).url);
    const answers = await Promise.all(
      [domain, other, domain, other].map(({ send }) => send('GET', path('KmsiSettings'))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body.meta.version)).size).toBe(1);
  } finally {
    await second.stop();
  }
});

test('a reset brings the first values back', async () => {
  const domain = await testDomain();
  await patch(domain, 'KmsiSettings', { op: 'replace', path: 'maxAllowedSessions', value: 2 });
  await (await (await emulator()).domain(domain.name)).reset();
  const after = await clientFor(domain.name, domain.url);
  expect((await after.send('GET', path('KmsiSettings'))).body.maxAllowedSessions).toBe(5);
});

describe('AccountRecoverySettings', () => {
  test.each([
    [{ factors: [] }],
    [{ factors: ['pigeon'] }],
    [{ factors: ['email', 'email'] }],
    [{ maxIncorrectAttempts: 0 }],
    [{ maxIncorrectAttempts: 100 }],
    [{ lockoutDuration: 4 }],
  ])('refuses %j', async (change) => {
    const domain = await testDomain();
    const body = { schemas: [`${IDCS}:AccountRecoverySettings`], factors: ['email'], maxIncorrectAttempts: 5 };
    const answer = await domain.send('PUT', path('AccountRecoverySettings'), {
      body: { ...body, lockoutDuration: 30, ...change },
    });
    expect(answer.status).toBe(400);
  });
});

describe('AuthenticationFactorSettings', () => {
  const TYPE = 'AuthenticationFactorSettings';
  const DUO = `${IDCS}:extension:thirdParty:${TYPE}`;
  const RESTRICTIONS = 'endpointRestrictions';

  test('has the limits of MFA attempts together or not at all', async () => {
    const domain = await testDomain();
    const attempts = { op: 'add', path: `${RESTRICTIONS}.maxMfaIncorrectValidationAttempts`, value: 3 };
    const notifications = { op: 'add', path: `${RESTRICTIONS}.maxMfaNotificationAttempts`, value: 4 };
    const one = await patch(domain, TYPE, attempts);
    expect(one.status).toBe(400);
    expect(one.body.detail).toContain('maxMfaNotificationAttempts');
    const both = await patch(domain, TYPE, attempts, notifications);
    expect(both.status, both.text).toBe(200);
    expect(both.body.endpointRestrictions).toMatchObject({
      maxMfaIncorrectValidationAttempts: 3,
      maxMfaNotificationAttempts: 4,
      maxIncorrectAttempts: 10,
    });
    const half = await patch(domain, TYPE, { op: 'remove', path: attempts.path });
    expect(half.status).toBe(400);
    const none = await patch(
      domain,
      TYPE,
      { op: 'remove', path: attempts.path },
      { op: 'remove', path: notifications.path },
    );
    expect(none.body.endpointRestrictions).not.toHaveProperty('maxMfaNotificationAttempts');
  });

  test('turns Duo Security on with its account only', async () => {
    const domain = await testDomain();
    const { body: before } = await domain.send('GET', path(TYPE));
    const on = { ...sendable(before), thirdPartyFactor: { duoSecurity: true } };
    const without = await domain.send('PUT', path(TYPE), { body: on });
    expect([without.status, without.body[ERROR].messageId]).toEqual([
      400,
      'error.common.validation.missingReqAttributes',
    ]);
    const account = {
      integrationKey: 'DIXXXXXXXXXXXXXXXXXX',
      secretKey: 'a-secret-key',
      attestationKey: 'an-attestation-key',
      apiHostname: 'api-1.duosecurity.example',
      userMappingAttribute: 'userName',
      enableWebSDKv4: true,
    };
    const body = { ...on, schemas: [`${IDCS}:${TYPE}`, DUO], [DUO]: { duoSecuritySettings: account } };
    const put = await domain.send('PUT', path(TYPE), { body });
    expect(put.status, put.text).toBe(200);
    const { attestationKey: _, ...shown } = account;
    expect(put.body[DUO]).toEqual({ duoSecuritySettings: shown });
  });

  test.each([
    ['bypassCodeSettings.length', 7],
    ['bypassCodeSettings.length', 21],
    ['clientAppSettings.minPinLength', 5],
    ['clientAppSettings.requestSigningAlgo', 'MD5withRSA'],
    ['endpointRestrictions.maxIncorrectAttempts', 4],
    ['totpSettings.hashingAlgorithm', 'SHA3'],
    ['totpSettings.timeStepInSecs', 301],
    ['compliancePolicy[name eq "jailBrokenDevice"].action', 'Shout'],
    ['userEnrollmentDisabledFactors', ['SMOKE']],
  ])('refuses %s %s', async (attribute, value) => {
    const domain = await testDomain();
    expect((await patch(domain, TYPE, { op: 'replace', path: attribute, value })).status).toBe(400);
  });
});

describe('IdentitySettings', () => {
  test('without primaryEmailRequired users need no mail, in every process', async () => {
    const domain = await testDomain();
    const second = await startTestEmulator();
    try {
      const other = await clientFor(domain.name, (await second.domain(domain.name)).url);
      const user = () => ({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: randomBytes(8).toString('hex'),
        name: { familyName: 'Family' },
      });
      const refused = await other.send('POST', '/admin/v1/Users', { body: user() });
      expect([refused.status, refused.body[ERROR].messageId]).toEqual([
        400,
        'error.identity.user.primaryEmailNotSpecified',
      ]);
      await patch(domain, 'IdentitySettings', { op: 'replace', path: 'primaryEmailRequired', value: false });
      expect((await other.send('POST', '/admin/v1/Users', { body: user() })).status).toBe(201);
      await patch(domain, 'IdentitySettings', { op: 'replace', path: 'primaryEmailRequired', value: true });
      expect((await other.send('POST', '/admin/v1/Users', { body: user() })).status).toBe(400);
    } finally {
      await second.stop();
    }
  });

  test('has ranges that begin before they end, one token of each type, and what only the service writes', async () => {
    const domain = await testDomain();
    const range = (first: number, last: number) => ({
      op: 'replace',
      path: 'POSIXUid',
      value: { manualAssignmentStartsFrom: first, manualAssignmentEndsAt: last },
    });
    expect((await patch(domain, 'IdentitySettings', range(9, 3))).status).toBe(400);
    expect((await patch(domain, 'IdentitySettings', range(3, 9))).status).toBe(200);
    const tokens = [
      { type: 'passwordReset', expiresAfter: 60 },
      { type: 'passwordReset', expiresAfter: 90 },
    ];
    expect((await patch(domain, 'IdentitySettings', { op: 'replace', path: 'tokens', value: tokens })).status).toBe(
      400,
    );
    const invalid = await patch(domain, 'IdentitySettings', {
      op: 'replace',
      path: 'removeInvalidEmails',
      value: true,
    });
    expect(invalid.status).toBe(400);
  });
});

describe('KmsiSettings', () => {
  test('are turned on by either name, and remember when', async () => {
    const domain = await testDomain();
    const before = await domain.send('GET', path('KmsiSettings'));
    expect(before.body).not.toHaveProperty('lastEnabledOn');
    const body = {
      schemas: [`${IDCS}:KmsiSettings`],
      id: 'KmsiSettings',
      kmsiEnabled: true,
      tokenValidityInDays: 2160,
    };
    const put = await domain.send('PUT', path('KmsiSettings'), { body: { ...body, maxAllowedSessions: 5 } });
    expect(put.status, put.text).toBe(200);
    expect(put.body).toMatchObject({ kmsiFeatureEnabled: true, tokenValidityInDays: 2160, maxAllowedSessions: 5 });
    expect(put.body).not.toHaveProperty('kmsiEnabled');
    expect(Date.parse(put.body.lastEnabledOn)).toBeGreaterThan(Date.parse(put.body.meta.created));
    expect(Date.parse(put.body.lastEnabledOn)).toBeLessThanOrEqual(Date.parse(put.body.meta.lastModified));
    const off = await patch(domain, 'KmsiSettings', { op: 'replace', path: 'kmsiFeatureEnabled', value: false });
    expect(off.body).toMatchObject({ kmsiFeatureEnabled: false, lastEnabledOn: put.body.lastEnabledOn });
  });

  test.each([
    ['tokenValidityInDays', 0],
    ['tokenValidityInDays', 2161],
    ['lastUsedValidityInDays', 366],
    ['maxAllowedSessions', 11],
  ])('refuse %s %i', async (attribute, value) => {
    const domain = await testDomain();
    expect((await patch(domain, 'KmsiSettings', { op: 'replace', path: attribute, value })).status).toBe(400);
  });
});

describe('NotificationSettings', () => {
  const TYPE = 'NotificationSettings';

  test('have a sender that is an address, pending until somebody confirms it', async () => {
    const domain = await testDomain();
    const { body: before } = await domain.send('GET', path(TYPE));
    expect(before.fromEmailAddress.validationStatus).toBe('VERIFIED');
    const from = { value: 'identity@example.com', validate: 'email', displayName: 'Identity' };
    const put = await domain.send('PUT', path(TYPE), { body: { ...sendable(before), fromEmailAddress: from } });
    expect(put.body.fromEmailAddress).toEqual({ ...from, validationStatus: 'PENDING' });
    const wrong = { ...from, value: 'identity' };
    const refused = await domain.send('PUT', path(TYPE), { body: { ...sendable(before), fromEmailAddress: wrong } });
    expect([refused.status, refused.body[ERROR].messageId]).toEqual([
      400,
      'error.common.validation.invalidEmailFormat',
    ]);
  });

  test('need their events, each once, and test recipients that are addresses', async () => {
    const domain = await testDomain();
    const { body: before } = await domain.send('GET', path(TYPE));
    const { eventSettings, ...without } = sendable(before);
    expect((await domain.send('PUT', path(TYPE), { body: without })).status).toBe(400);
    const twice = [...(eventSettings as JsonObject[]), (eventSettings as JsonObject[])[0]!];
    expect((await domain.send('PUT', path(TYPE), { body: { ...without, eventSettings: twice } })).status).toBe(400);
    const test = { ...sendable(before), testModeEnabled: true, testRecipients: ['nobody'] };
    expect((await domain.send('PUT', path(TYPE), { body: test })).status).toBe(400);
  });
});

describe('SecurityQuestionSettings', () => {
  test.each([
    [{ numQuestionsToAns: 3, numQuestionsToSetup: 2 }],
    [{ minAnswerLength: 8, maxFieldLength: 7 }],
    [{ minAnswerLength: 9 }],
    [{ maxFieldLength: 101 }],
    [{ numQuestionsToSetup: 0 }],
  ])('refuse %j', async (change) => {
    const domain = await testDomain();
    const { body } = await domain.send('GET', path('SecurityQuestionSettings'));
    const put = await domain.send('PUT', path('SecurityQuestionSettings'), { body: { ...sendable(body), ...change } });
    expect(put.status).toBe(400);
  });
});

describe('UserAttributesSettings', () => {
  const TYPE = 'UserAttributesSettings';

  test('say what users may change, attribute by attribute', async () => {
    const domain = await testDomain();
    const { body } = await domain.send('GET', path(TYPE));
    const of = (settings: { name: string }[], name: string) => settings.find((setting) => setting.name === name);
    expect(of(body.attributeSettings, 'title')).toMatchObject({ endUserMutability: 'readWrite' });
    expect(of(body.attributeSettings, 'userName')).toMatchObject({ endUserMutability: 'readOnly' });
    const change = { op: 'replace', path: 'attributeSettings[name eq "title"].endUserMutability', value: 'readOnly' };
    const changed = await patch(domain, TYPE, change);
    expect(changed.status, changed.text).toBe(200);
    expect(of(changed.body.attributeSettings, 'title')).toMatchObject({ endUserMutability: 'readOnly' });
    expect(changed.body.attributeSettings).toHaveLength(body.attributeSettings.length);
    const wrong = await patch(domain, TYPE, { ...change, value: 'immutable' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.detail).toContain('title');
    const unknown = [{ name: 'shoeSize', endUserMutability: 'readOnly' }];
    expect((await patch(domain, TYPE, { op: 'add', path: 'attributeSettings', value: unknown })).status).toBe(400);
    expect((await domain.send('PUT', path(TYPE), { body: {} })).status).toBe(405);
  });
});

describe('OAuthConfig', () => {
  test('is read, and written by nobody', async () => {
    const domain = await testDomain();
    const { status, body } = await domain.send('GET', path('OAuthConfig'));
    expect(status).toBe(200);
    expect(body).toMatchObject({ accessTokenExpirySeconds: 3600, refreshTokenExpirySeconds: 604_800 });
    const change = { op: 'replace', path: 'accessTokenExpirySeconds', value: 36_000 };
    expect((await patch(domain, 'OAuthConfig', change)).status).toBe(401);
    expect((await domain.send('PUT', path('OAuthConfig'), { body: sendable(body) })).status).toBe(401);
  });

  test('where rights are relaxed, it sets the lifetimes of tokens', async () => {
    const relaxed = await startTestEmulator({ authz: 'relaxed' });
    try {
      const domain = await testDomain(relaxed);
      const change = (attribute: string, value: number | string) =>
        patch(domain, 'OAuthConfig', { op: 'replace', path: attribute, value });
      expect((await change('accessTokenExpirySeconds', 7200)).status).toBe(200);
      expect((await change('refreshTokenExpirySeconds', 60)).status).toBe(200);
      const token = await domain.tokenRequest({ grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' });
      expect(token.body.expires_in).toBe(7200);
      const grant = { grant_type: 'password', username: 'admin@example.com', password: 'Idcs-Emulator-2026' };
      const user = await domain.tokenRequest({ ...grant, scope: 'urn:opc:idm:__myscopes__ offline_access' });
      const again = { grant_type: 'refresh_token', refresh_token: user.body.refresh_token };
      expect((await domain.tokenRequest(again)).status).toBe(200);
      const { url } = await relaxed.domain(domain.name);
      expect(url).toBe(domain.url);
      await relaxed.domain(domain.name).then((each) => each.clock.advance(61_000));
      expect((await domain.tokenRequest(again)).status).toBe(400);
      expect((await change('accessTokenExpirySeconds', 59)).status).toBe(400);
      expect((await change('oidcUserAttributesMapping', 'userName')).status).toBe(400);
    } finally {
      await relaxed.stop();
    }
  });
});
