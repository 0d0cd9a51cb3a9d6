import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { ADMIN, authorizeWorld } from '../oauth/authorize/authorize-world.ts';
import { newBrowser } from '../support/browser.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';
import { ABOUT, COMMON_KEYS, eventsOf, keysOf, SIGN_ON } from './audit-world.ts';

const FIREFOX = 'Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:60.0) Gecko/20100101 Firefox/60.0';

describe('signing in and out is an event', () => {
  it('of the recorded form: session, application, sign-out', async () => {
    const world = await authorizeWorld();
    const { id, form } = await world.person('joe.smith');
    const app = await world.app();
    const browser = newBrowser(world.url);
    const page = await browser.follow(await browser.get(world.authorizeUrl(app)));
    const { action, fields } = page.forms[0]!;
    const signedIn = await browser.post(action, { ...fields, ...form }, { 'user-agent': FIREFOX });
    await browser.follow(signedIn);
    await browser.get('/oauth2/v1/userlogout');
    const events = await eventsOf(world, `actorId eq "${id}"`);
    expect(events.map(({ eventId }) => eventId)).toEqual([
      'sso.session.create.success',
      'sso.app.access.success',
      'sso.session.delete.success',
    ]);
    const [created, accessed, deleted] = events;
    expect(keysOf(created)).toEqual(
      [
        ...COMMON_KEYS,
        ...SIGN_ON,
        'ssoSessionId',
        'ssoSessionCreateTime',
        'ssoSessionExpiryTime',
        'ssoIdentityProviderType',
        'ssoCompletedFactors',
        'ssoMatchedSignOnPolicy',
        'ssoMatchedSignOnRule',
        'ssoPolicyObligations',
        'ssoCSR',
        'ssoRp',
        'ssoBrowser',
        'ssoPlatform',
        'ssoApplicationHostId',
        'ssoProtectedResource',
      ].sort(),
    );
    expect(created).toMatchObject({
      serviceName: 'SSO',
      actorName: 'joe.smith',
      actorType: 'User',
      message: 'Session create success',
      ssoComments: 'Session create success',
      ssoIdentityProvider: 'localIDP',
      ssoIdentityProviderType: 'LOCAL',
      ssoCompletedFactors: '{USERNAME_PASSWORD=}',
      ssoMatchedSignOnPolicy: 'DefaultSignOnPolicy',
      ssoMatchedSignOnRule: 'DefaultSignOnRule',
      ssoBrowser: 'Firefox',
      ssoPlatform: 'Windows 7',
      ssoUserAgent: FIREFOX,
      ssoCSR: 'false',
      ssoProtectedResource: `${world.url}/oauth2/v1/authorize`,
    });
    expect(created.ssoPolicyObligations).toMatch(/^effect:ALLOW,authenticationFactor:IDP/);
    expect(Date.parse(created.ssoSessionExpiryTime) - Date.parse(created.ssoSessionCreateTime)).toBe(8 * 3_600_000);
    expect(keysOf(accessed)).toEqual(
      [
        ...COMMON_KEYS.filter((key) => key !== 'actorDisplayName'),
        ...SIGN_ON,
        'ssoApplicationId',
        'ssoApplicationName',
        'ssoApplicationType',
        'ssoRp',
      ].sort(),
    );
    expect(accessed).toMatchObject({ message: 'App access success', ssoApplicationId: app.id });
    expect(keysOf(deleted)).toEqual([...COMMON_KEYS, ...SIGN_ON, 'ssoSessionId'].sort());
    expect(deleted.ssoSessionId).toBe(created.ssoSessionId);
  });

  it('fails for an unknown user under the name that was typed, and locks are told', async () => {
    const domain = await testDomain();
    const { id } = await newUser(domain, 'jane', 'Correct-Horse-9!');
    const password = (username: string, text: string) =>
      domain.tokenRequest({ grant_type: 'password', username, password: text, scope: 'urn:opc:idm:__myscopes__' });
    await password('nobody\u0000\ud800', 'Wrong-Password-1');
    for (let n = 0; n < 6; n++) await password('JANE', `Wrong-Password-${n}`);
    await advanceClock(domain, 31 * 60);
    expect((await password('jane', 'Correct-Horse-9!')).status).toBe(200);
    const events = await eventsOf(domain, 'eventId sw "sso." or eventId sw "admin.me."');
    expect(events.map(({ eventId, actorId }) => [eventId, actorId])).toEqual([
      ['sso.authentication.failure', 'IDCS'],
      ...Array(5).fill(['sso.authentication.failure', id]),
      ['admin.me.locked.success', id],
      ['sso.authentication.failure', id],
      ['admin.me.unocked.success', id],
      ['sso.app.access.success', id],
    ]);
    const [unknown, wrong] = events;
    const failed = [...COMMON_KEYS, ...SIGN_ON, 'reasonValue', 'ssoRp'].sort();
    expect([keysOf(unknown), keysOf(wrong)]).toEqual([failed, failed]);
    expect(wrong).toMatchObject({
      message: 'Authentication failure You entered an incorrect user name or password.',
      ssoComments: 'Authentication failure You entered an incorrect user name or password.',
      reasonValue: 'SSO-1001',
      actorName: 'jane',
    });
    expect(unknown.idcsCreatedBy).toMatchObject({ type: 'User', value: 'IDCS' });
  });

  it('and so is a password that is changed or reset, with nothing of it in the event', async () => {
    const domain = await testDomain();
    const { id, ocid } = await domain.createUser('changer', { password: 'First-Secret-11!' });
    const call = (method: string, path: string, urn: string, body: JsonObject) =>
      domain.send(method, `/admin/v1/${path}`, {
        body: { schemas: [`urn:ietf:params:scim:schemas:oracle:idcs:${urn}`], ...body },
      });
    const must = (oldPassword: string, password: string) =>
      call('POST', 'MePasswordMustChanger', 'MePasswordMustChanger', {
        mappingAttribute: 'userName',
        mappingAttributeValue: 'changer',
        oldPassword,
        password,
      });
    expect((await must('Not-The-Secret-1!', 'Second-Secret-22!')).status).toBe(400);
    expect((await must('First-Secret-11!', 'Second-Secret-22!')).status).toBe(201);
    await call('PUT', `UserPasswordChanger/${ocid}`, 'UserPasswordChanger', { password: 'Third-Secret-33!' });
    await call('PUT', `UserPasswordResetter/${id}`, 'UserPasswordResetter', { bypassNotification: true });
    const events = await eventsOf(domain, 'eventId co "password"');
    expect(events.map(({ eventId, adminResourceType }) => [eventId, adminResourceType])).toEqual([
      ['admin.me.password.change.failure', 'MePasswordMustChanger'],
      ['admin.me.password.change.success', 'MePasswordMustChanger'],
      ['admin.user.password.change.success', 'UserPasswordChanger'],
      ['admin.user.password.reset.success', 'UserPasswordResetter'],
    ]);
    const [, changed] = events;
    const about = ABOUT.filter((key) => key !== 'adminResourceName');
    expect(keysOf(changed)).toEqual([...COMMON_KEYS, ...about, 'adminValuesAdded'].sort());
    expect(Object.keys(JSON.parse(changed.adminValuesAdded))).toEqual([
      'schemas',
      'id',
      'meta',
      'idcsCreatedBy',
      'idcsLastModifiedBy',
    ]);
    expect(changed.adminResourceId).toBe(id);
    const all = JSON.stringify(await eventsOf(domain));
    for (const secret of ['First-Secret', 'Second-Secret', 'Third-Secret', 'Not-The-Secret']) {
      expect(all).not.toContain(secret);
    }
  });

  it('shows no secret, code or token of anything that was made', async () => {
    const world = await authorizeWorld();
    const { id, form } = await world.person('keeper');
    const app = await world.app();
    const secrets = [app.secret, form['password']!, world.token, ADMIN.password];
    const send = async (path: string, urn: string, body: JsonObject) => {
      const schemas = [`urn:ietf:params:scim:schemas:oracle:idcs:${urn}`];
      return (await world.send('POST', `/admin/v1/${path}`, { body: { schemas, ...body } })).body;
    };
    const authToken = await send('AuthTokens', 'authToken', { user: { value: id } });
    const smtp = await send('SmtpCredentials', 'smtpCredential', { user: { value: id } });
    const regenerated = await send('AppClientSecretRegenerator', 'AppClientSecretRegenerator', { appId: app.id });
    const provider = await send('SocialIdentityProviders', 'SocialIdentityProvider', {
      name: 'Social',
      serviceProviderName: 'Facebook',
      description: 'description',
      registrationEnabled: true,
      accountLinkingEnabled: true,
      consumerKey: 'a-consumer-key',
      consumerSecret: 'a-consumer-secret-77',
      enabled: false,
      showOnLogin: false,
    });
    expect([authToken.token, smtp.password, regenerated.clientSecret, provider.id].map((one) => typeof one)).toEqual(
      Array(4).fill('string'),
    );
    secrets.push(authToken.token, smtp.password, regenerated.clientSecret, 'a-consumer-secret-77');
    const tokens = await world.tokenRequest(
      { grant_type: 'password', username: 'keeper', password: form['password']!, scope: 'openid offline_access' },
      { id: app.clientId, secret: regenerated.clientSecret },
    );
    secrets.push(
      ...Object.values(tokens.body as Record<string, unknown>)
        .filter((one) => String(one).length > 30)
        .map(String),
    );
    const all = JSON.stringify(await eventsOf(world));
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
  });
});
