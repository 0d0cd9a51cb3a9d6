import { beforeAll, describe, expect, it } from 'vitest';
import { eventsOf } from '../audit/audit-world.ts';
import {
  ADMIN,
  type AuthorizeWorld,
  answerOf,
  authorizeWorld,
  signIn,
  type TestApp,
} from '../oauth/authorize/authorize-world.ts';
import { PolicyWorld } from '../resources/policy-world.ts';
import type { Browser } from '../support/browser.ts';
import type { Answer } from '../support/emulator.ts';

let world: AuthorizeWorld;
let policies: PolicyWorld;
/** Members of the group that the tests' policies let in. */
let insider: { readonly id: string; readonly form: Record<string, string> };
let outsider: typeof insider;
/** Id of a policy that lets members in and, having no other rule, nobody else. */
let membersOnly: string;

const DENIED = /^The sign-on policy prevents the user outsider@example\.com from accessing applications/;

beforeAll(async () => {
  world = await authorizeWorld();
  policies = PolicyWorld.of(world);
  insider = await world.person('insider@example.com');
  outsider = await world.person('outsider@example.com');
  const group = await world.createGroup('Insiders', [insider.id]);
  const condition = await policies.condition({
    attributeName: 'user.groups[*].value',
    operator: 'coany',
    attributeValue: JSON.stringify([group.id]),
  });
  const rule = await policies.rule({ conditionGroup: { value: condition, type: 'Condition' } });
  membersOnly = await policies.policy({ active: true, rules: [{ value: rule, sequence: 1 }] });
});

async function closedApp(changes = {}): Promise<TestApp> {
  return world.app({
    allowedGrants: ['authorization_code', 'refresh_token', 'password'],
    appSignonPolicy: { value: membersOnly },
    ...changes,
  });
}

function passwordGrant(app: TestApp, { form }: typeof insider, scope = 'openid'): Promise<Answer> {
  return world.tokenRequest(
    { grant_type: 'password', username: form['username']!, password: form['password']!, scope },
    { id: app.clientId, secret: app.secret },
  );
}

function hasSession(browser: Browser): boolean {
  return browser.cookies().some(({ name }) => name.startsWith('ORA_OCIS_1'));
}

describe('an App’s own sign-on policy', () => {
  it('lets in whom it allows', async () => {
    const app = await closedApp();
    const answer = answerOf(await signIn(world.browser(), world.authorizeUrl(app), insider.form));
    expect(answer).toMatchObject({ code: expect.any(String), state: 'st-1' });
    expect((await passwordGrant(app, insider)).status).toBe(200);
  });

  it('refuses others at the sign-in: the client is told, and there is no session', async () => {
    const app = await closedApp();
    const browser = world.browser();
    const answer = answerOf(await signIn(browser, world.authorizeUrl(app), outsider.form));
    expect(answer).toMatchObject({ error: 'access_denied', state: 'st-1' });
    expect(hasSession(browser)).toBe(false);
  });

  it('refuses who is signed in already, through another App', async () => {
    const [open, closed] = [await world.app(), await closedApp()];
    const browser = world.browser();
    expect(answerOf(await signIn(browser, world.authorizeUrl(open), outsider.form))).toHaveProperty('code');
    const answer = answerOf(await browser.get(world.authorizeUrl(closed)));
    expect(answer).toMatchObject({ error: 'access_denied', error_description: expect.stringMatching(DENIED) });
    expect(answerOf(await browser.get(world.authorizeUrl(closed, { prompt: 'none' })))).toMatchObject({
      error: 'access_denied',
    });
    expect(answerOf(await browser.get(world.authorizeUrl(open)))).toHaveProperty('code');
  });

  it('refuses the password grant, after the password was found right', async () => {
    const app = await closedApp();
    const { status, body } = await passwordGrant(app, outsider);
    expect([status, body.error]).toEqual([400, 'access_denied']);
    expect(body.error_description).toMatch(DENIED);
    const wrong = await passwordGrant(app, { ...outsider, form: { ...outsider.form, password: 'Wrong-Password-1' } });
    expect(wrong.body.error).toBe('invalid_grant');
  });

  it('leaves an event of each refusal, with policy and rule', async () => {
    const rule = await policies.rule({ return: [{ name: 'effect', value: 'DENY' }] });
    const policy = await policies.policy({ active: true, rules: [{ value: rule, sequence: 1 }] });
    const person = await world.person('kept-out@example.com');
    const closed = await closedApp({ appSignonPolicy: { value: policy } });
    const open = await world.app();
    await passwordGrant(closed, person);
    await signIn(world.browser(), world.authorizeUrl(closed), person.form);
    const browser = world.browser();
    await signIn(browser, world.authorizeUrl(open), person.form);
    await browser.get(world.authorizeUrl(closed));
    const granted = await closedApp({ appSignonPolicy: undefined, allowAccessControl: true });
    await passwordGrant(granted, person);
    await browser.get(world.authorizeUrl(granted));
    const events = await eventsOf(world, `actorId eq "${person.id}" and eventId ew ".failure"`);
    expect(events.map(({ eventId }) => eventId)).toEqual([
      'sso.authentication.failure',
      'sso.authentication.failure',
      'sso.app.access.failure',
      'sso.app.access.failure',
      'sso.app.access.failure',
    ]);
    const [byPassword, onPage, byPolicy, byGrant] = events;
    for (const event of [byPassword, onPage]) {
      expect(event).toMatchObject({
        message: expect.stringMatching(/^Authentication failure The sign-on policy prevents the user kept-out@/),
        ssoMatchedSignOnPolicy: policy,
        ssoMatchedSignOnRule: rule,
        serviceName: 'SSO',
      });
    }
    expect(byPolicy).toMatchObject({
      ssoApplicationId: closed.id,
      message: expect.stringMatching(/^App access failure The/),
    });
    expect(byGrant).toMatchObject({
      ssoApplicationId: granted.id,
      message: "App access failure You aren't authorized to access the app. Contact your system administrator.",
    });
  });

  it('that is not active gives way to the default one', async () => {
    const inactive = await policies.policy({ active: false });
    const app = await closedApp({ appSignonPolicy: { value: inactive } });
    expect((await passwordGrant(app, outsider)).status).toBe(200);
  });

  it('with a rule for addresses looks at where the request comes from', async () => {
    const perimeter = await policies.post('NetworkPerimeter', {
      name: 'this machine',
      ipAddresses: [{ value: '127.0.0.0/8' }, { value: '::1' }],
    });
    for (const [operator, expected] of [
      ['eq', 200],
      ['ne', 400],
    ] as const) {
      const value = await policies.condition({
        attributeName: 'subject.ip',
        operator,
        attributeValue: `#inIPRange("${perimeter.body.id}")`,
      });
      const rule = await policies.rule({ conditionGroup: { value, type: 'Condition' } });
      const policy = await policies.policy({ active: true, rules: [{ value: rule, sequence: 1 }] });
      const app = await closedApp({ appSignonPolicy: { value: policy } });
      expect((await passwordGrant(app, outsider)).status).toBe(expected);
    }
  });
});

describe('a rule that returns reAuthenticate', () => {
  it('wants the password anew for every request, and is content with one', async () => {
    const rule = await policies.rule({
      return: [
        { name: 'effect', value: 'ALLOW' },
        { name: 'reAuthenticate', value: 'true' },
      ],
    });
    const policy = await policies.policy({ active: true, rules: [{ value: rule, sequence: 1 }] });
    const [open, strict] = [await world.app(), await world.app({ appSignonPolicy: { value: policy } })];
    const browser = world.browser();
    await signIn(browser, world.authorizeUrl(open), insider.form);
    for (let time = 0; time < 2; time++) {
      const none = answerOf(await browser.get(world.authorizeUrl(strict, { prompt: 'none' })));
      expect(none).toMatchObject({ error: 'login_required' });
      expect(answerOf(await signIn(browser, world.authorizeUrl(strict), insider.form))).toHaveProperty('code');
    }
    expect(answerOf(await browser.get(world.authorizeUrl(open)))).toHaveProperty('code');
  });
});

describe('the domain’s default sign-on policy', () => {
  it('counts for Apps without one, for My Apps and for nobody’s client', async () => {
    const own = await authorizeWorld();
    const mine = PolicyWorld.of(own);
    const app = await own.app({ allowedGrants: ['authorization_code', 'password'] });
    const condition = await mine.condition({ attributeValue: ADMIN.username });
    const denies = await mine.rule({
      name: 'no administrators',
      conditionGroup: { value: condition, type: 'Condition' },
      return: [{ name: 'effect', value: 'DENY' }],
    });
    const { status } = await mine.patch('Policies/DefaultSignOnPolicy', {
      op: 'add',
      path: 'rules',
      value: [{ value: denies, sequence: 0 }],
    });
    expect(status).toBe(200);
    const because = 'because: the rule "no administrators" of "Default Sign-On Policy" denies it.';
    const browser = own.browser();
    const page = await browser.follow(await browser.get('/ui/v1/signin'));
    const refused = await browser.submit(page, ADMIN);
    expect([refused.status, hasSession(browser)]).toEqual([403, false]);
    expect(refused.text).toContain('access_denied');
    expect(refused.text).toContain('no administrators');
    expect(answerOf(await signIn(own.browser(), own.authorizeUrl(app)))).toMatchObject({ error: 'access_denied' });
    const form = { grant_type: 'password', scope: 'openid', ...ADMIN };
    const { body } = await own.tokenRequest(form, { id: app.clientId, secret: app.secret });
    expect(body).toEqual({ error: 'access_denied', error_description: expect.stringContaining(because) });
  });
});

describe('an App that enforces grants', () => {
  it('gives tokens to who has one, and none once it is taken away', async () => {
    const app = await world.app({
      allowAccessControl: true,
      allowedGrants: ['password', 'refresh_token'],
    });
    expect((await passwordGrant(app, insider)).body).toMatchObject({ error: 'access_denied' });
    const grant = await world.send('POST', '/admin/v1/Grants', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
        grantMechanism: 'ADMINISTRATOR_TO_USER',
        app: { value: app.id },
        grantee: { value: insider.id, type: 'User' },
      },
    });
    expect(grant.status, grant.text).toBe(201);
    const granted = await passwordGrant(app, insider, 'openid offline_access');
    expect(granted.status, granted.text).toBe(200);
    const refresh = () =>
      world.tokenRequest(
        { grant_type: 'refresh_token', refresh_token: granted.body.refresh_token },
        { id: app.clientId, secret: app.secret },
      );
    expect((await refresh()).status).toBe(200);
    expect((await world.send('DELETE', `/admin/v1/Grants/${grant.body.id}`)).status).toBe(204);
    expect((await refresh()).body).toMatchObject({ error: 'access_denied' });
    expect((await passwordGrant(app, insider)).body).toMatchObject({ error: 'access_denied' });
  });
});

describe('an App that is not active', () => {
  it('gives nobody a token or a code', async () => {
    const app = await world.app({ active: false, allowedGrants: ['authorization_code', 'password'] });
    const { status, body } = await passwordGrant(app, insider);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    expect((await world.browser().get(world.authorizeUrl(app))).location).toBeNull();
  });
});
