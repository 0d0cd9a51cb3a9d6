import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PolicyWorld } from '../resources/policy-world.ts';
import { type Browser, newBrowser, type Visited } from '../support/browser.ts';
import { type Answer, clientFor, startTestEmulator } from '../support/emulator.ts';
import { claimsOf } from '../support/token-claims.ts';
import {
  DEVICE_CODE,
  MY_SCOPES,
  PASSWORD,
  replace,
  type TestClient,
  type TokenWorld,
  tokenWorld,
} from './token-world.ts';

const PAGE = '/ui/v1/device';
let world: TokenWorld;
let tv: TestClient;
let publicTv: TestClient;
let userId: string;

beforeAll(async () => {
  world = await tokenWorld();
  tv = await world.client('Television');
  publicTv = await world.client('Public television', {
    clientType: 'public',
    allowedGrants: [DEVICE_CODE, 'refresh_token'],
  });
  userId = await world.user('anna@example.com');
});

// biome-ignore lint/suspicious/noExplicitAny: an answer's body
type Codes = any;

async function begin(client: TestClient = tv, scope = 'openid profile offline_access'): Promise<Codes> {
  const { status, text, body } = await world.post('device', {
    response_type: 'device_code',
    client_id: client.id,
    scope,
  });
  expect(status, text).toBe(200);
  return body;
}

const poll = (codes: Codes, by: TestClient | null = tv, more: Record<string, string> = {}): Promise<Answer> =>
  world.post('token', { grant_type: DEVICE_CODE, device_code: codes.device_code, ...more }, by);

/** A browser at the first page of the device flow, signed in. */
async function signedIn(userName = 'anna@example.com', path = PAGE): Promise<{ browser: Browser; page: Visited }> {
  const browser = newBrowser(world.domain.url);
  const signIn = await browser.follow(await browser.get(path));
  expect(signIn.url).toContain('/ui/v1/signin');
  const page = await browser.follow(await browser.submit(signIn, { username: userName, password: PASSWORD }));
  expect(page.url).toBe(`${world.domain.url}${path}`);
  return { browser, page };
}

async function decide(codes: Codes, decision: 'allow' | 'deny', userName?: string): Promise<Visited> {
  const { browser, page } = await signedIn(userName);
  const confirm = await browser.submit(page, { user_code: codes.user_code });
  return await browser.submit(confirm, { decision });
}

function expectError({ status, body }: Answer, error: string): void {
  expect({ status, error: body.error }, body.error_description).toEqual({ status: 400, error });
}

describe('the device authorization endpoint', () => {
  it('answers the members of the real service, and no others', async () => {
    const { status, headers, body } = await world.post('device', {
      response_type: 'device_code',
      client_id: tv.id,
      scope: MY_SCOPES,
    });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      expires_in: 300,
      device_code: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{8}$/),
      verification_uri: `${world.domain.url}${PAGE}`,
    });
  });

  it('ignores an Authorization header, as the printed example has a bogus one', async () => {
    const answer = await world.domain.send('POST', '/oauth2/v1/device', {
      token: null,
      body: new URLSearchParams({ response_type: 'device_code', client_id: tv.id, scope: 'openid' }).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: 'application/x-www-form-urlencoded',
      },
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    [{ response_type: 'code' }, 400, 'unsupported_response_type'],
    [{ response_type: '' }, 400, 'invalid_request'],
    [{ client_id: '' }, 400, 'invalid_request'],
    [{ client_id: 'nobody' }, 401, 'invalid_client'],
    [{ scope: '' }, 400, 'invalid_request'],
    [{ scope: 'urn:opc:idm:nonsense' }, 400, 'invalid_scope'],
  ])('refuses %j', async (change, status, error) => {
    const form = { response_type: 'device_code', client_id: tv.id, scope: 'openid', ...change };
    const answer = await world.post('device', form);
    expect({ status: answer.status, error: answer.body.error }).toEqual({ status, error });
  });

  it('refuses a client without the grant, and one that is not active', async () => {
    const without = await world.client('Without', { allowedGrants: ['client_credentials'] });
    const form = { response_type: 'device_code', scope: 'openid' };
    expectError(await world.post('device', { ...form, client_id: without.id }), 'unauthorized_client');
    const sleeping = await world.client('Sleeping', { active: false });
    expect((await world.post('device', { ...form, client_id: sleeping.id })).body.error).toBe('invalid_client');
  });

  it('takes the request of the RFC, and adds interval and verification_uri_complete, in strict OpenID mode', async () => {
    const strict = await startTestEmulator({ issuer: 'domain' });
    try {
      const { name } = world.domain;
      const there = await clientFor(name, (await strict.domain(name)).url);
      const { body } = await there.send('POST', '/oauth2/v1/device', {
        token: null,
        body: new URLSearchParams({ client_id: tv.id, scope: 'openid' }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(body).toMatchObject({
        interval: 5,
        verification_uri_complete: `${there.url}${PAGE}?user_code=${body.user_code}`,
      });
    } finally {
      await strict.stop();
    }
  });
});

describe('a device that asks for its tokens', () => {
  it('waits, and gets those of the user who allowed it', async () => {
    const codes = await begin();
    expectError(await poll(codes), 'authorization_pending');
    const page = await decide(codes, 'allow');
    expect(page.status).toBe(200);
    expect(page.forms).toEqual([]);
    const { status, body } = await poll(codes);
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'id_token', 'refresh_token', 'token_type']);
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: 'anna@example.com',
      user_id: userId,
      client_id: tv.id,
      scope: 'openid profile offline_access',
      amr: ['USERNAME_PASSWORD'],
    });
    const refresh = await world.post('token', { grant_type: 'refresh_token', refresh_token: body.refresh_token }, tv);
    expect(refresh.status).toBe(200);
    expect(claimsOf(refresh.body.access_token)['sid']).toBe(claimsOf(body.access_token)['sid']);
  });

  it('gets them once', async () => {
    const codes = await begin();
    await decide(codes, 'allow');
    const answers = await Promise.all([poll(codes), poll(codes), poll(codes)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    expectError(await poll(codes), 'invalid_grant');
  });

  it('may be public', async () => {
    const codes = await begin(publicTv);
    await decide(codes, 'allow');
    const { status, body } = await poll(codes, null, { client_id: publicTv.id });
    expect(status).toBe(200);
    expect(claimsOf(body.access_token)['client_id']).toBe(publicTv.id);
  });

  it('authenticates if it is confidential', async () => {
    const codes = await begin();
    expect((await poll(codes, null, { client_id: tv.id })).status).toBe(401);
  });

  it('is told to slow down when it asks more often than every 5 seconds, and then every 10', async () => {
    const codes = await begin();
    expectError(await poll(codes), 'authorization_pending');
    expectError(await poll(codes), 'slow_down');
    await world.clock.advance(6000);
    expectError(await poll(codes), 'slow_down');
    await world.clock.advance(16_000);
    expectError(await poll(codes), 'authorization_pending');
  });

  it('hears that its user denied it', async () => {
    const codes = await begin();
    await decide(codes, 'deny');
    expectError(await poll(codes), 'access_denied');
    expectError(await poll(codes), 'access_denied');
  });

  it('hears after 300 seconds that its code has expired, also when it was allowed', async () => {
    const [waiting, allowed] = [await begin(), await begin()];
    await decide(allowed, 'allow');
    await world.clock.advance(300_000);
    expectError(await poll(waiting), 'expired_token');
    expectError(await poll(allowed), 'expired_token');
  });

  it.each(['nonsense', '\u0000', 'x'.repeat(10_000)])('gets nothing for a code like %s', async (device_code) => {
    expectError(await poll({ device_code }), 'invalid_grant');
  });

  it("gets nothing for another client's code", async () => {
    const codes = await begin(publicTv);
    await decide(codes, 'allow');
    expectError(await poll(codes, tv), 'invalid_grant');
    expect((await poll(codes, null, { client_id: publicTv.id })).status).toBe(200);
  });

  it('gets nothing when its user was deactivated meanwhile', async () => {
    const id = await world.user('leaver@example.com');
    const codes = await begin();
    await decide(codes, 'allow', 'leaver@example.com');
    await world.domain.send('PATCH', `/admin/v1/Users/${id}`, { body: replace('active', false) });
    expectError(await poll(codes), 'invalid_grant');
  });
});

describe('the page where users type the code', () => {
  it('says who asks for what before anything is allowed', async () => {
    const codes = await begin();
    const { browser, page } = await signedIn();
    const confirm = await browser.submit(page, { user_code: codes.user_code });
    expect(confirm.status).toBe(200);
    expect(confirm.text).toContain('Television');
    expect(confirm.text).toContain(codes.user_code);
    expect(confirm.text).toContain('value="allow"');
    expectError(await poll(codes), 'authorization_pending');
  });

  it('takes the code in lower case and with dashes', async () => {
    const { user_code } = await begin();
    const { browser, page } = await signedIn();
    const typed = ` ${user_code.slice(0, 4).toLowerCase()}-${user_code.slice(4)} `;
    expect((await browser.submit(page, { user_code: typed })).text).toContain('value="allow"');
  });

  it('carries the code of a complete address through the sign-in, and still asks', async () => {
    const codes = await begin();
    const { browser, page } = await signedIn('anna@example.com', `${PAGE}?user_code=${codes.user_code}`);
    expect(page.forms[0]!.fields['user_code']).toBe(codes.user_code);
    expectError(await poll(codes), 'authorization_pending');
    const confirm = await browser.submit(page, {});
    await browser.submit(confirm, { decision: 'allow' });
    expect((await poll(codes)).status).toBe(200);
  });

  it('says that a code is unknown, used or expired', async () => {
    const { browser, page } = await signedIn();
    const unknown = await browser.submit(page, { user_code: 'BBBBBBBB' });
    expect(unknown.text).toContain('role="alert"');
    const used = await begin();
    const confirm = await browser.submit(page, { user_code: used.user_code });
    await browser.submit(confirm, { decision: 'allow' });
    expect((await browser.submit(confirm, { decision: 'deny' })).text).toContain('role="alert"');
    expect((await poll(used)).status).toBe(200);
    const old = await begin();
    await world.clock.advance(300_000);
    const expired = await browser.submit(page, { user_code: old.user_code });
    expect(expired.text).toContain('role="alert"');
    expect(expired.text).not.toContain('value="allow"');
  });

  it('refuses a form that another page has sent', async () => {
    const codes = await begin();
    const { browser } = await signedIn();
    for (const csrf of ['', 'made-up']) {
      const refused = await browser.post(PAGE, { user_code: codes.user_code, decision: 'allow', csrf });
      expect(refused.status).toBe(403);
    }
    expectError(await poll(codes), 'authorization_pending');
  });

  it('sends who has not signed in to the sign-in page, also with a form', async () => {
    const browser = newBrowser(world.domain.url);
    const answer = await browser.post(PAGE, { user_code: 'BCDFGHJK', decision: 'allow' });
    expect(answer.status).toBe(303);
    expect(answer.location).toContain('/ui/v1/signin?request=');
  });

  it('lets nobody try more than 10 wrong codes in 5 minutes, in however many browsers', async () => {
    await world.user('guesser@example.com');
    const codes = await begin();
    const [first, second] = [await signedIn('guesser@example.com'), await signedIn('guesser@example.com')];
    const wrong = (n: number) => ({ user_code: `BBBBBBB${'CDFGHJKLMN'[n]}` });
    const tries = Array.from({ length: 10 }, (_, n) => {
      const { browser, page } = n % 2 === 0 ? first : second;
      return browser.submit(page, wrong(n));
    });
    expect((await Promise.all(tries)).map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect((await first.browser.submit(first.page, { user_code: codes.user_code })).status).toBe(429);
    expect((await second.browser.submit(second.page, { user_code: codes.user_code })).status).toBe(429);
    await world.clock.advance(5 * 60_000 + 1000);
    const later = await begin();
    const confirm = await first.browser.submit(first.page, { user_code: later.user_code });
    expect(confirm.text).toContain('value="allow"');
  });

  it('shows what an application asks for as text, whatever its name is', async () => {
    const evil = await world.client('<script>alert(1)</script>');
    const codes = await begin(evil);
    const { browser, page } = await signedIn();
    const confirm = await browser.submit(page, { user_code: codes.user_code });
    expect(confirm.text).not.toContain('<script>alert');
    expect(confirm.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('denies an application that enforces grants to a user without one', async () => {
    const closed = await world.client('Closed', { allowAccessControl: true });
    const codes = await begin(closed);
    const { browser, page } = await signedIn();
    const refused = await browser.submit(page, { user_code: codes.user_code });
    expect(refused.status).toBe(403);
    expectError(await poll(codes, closed), 'access_denied');
  });

  it('denies an application whose sign-on policy refuses the user', async () => {
    const policies = PolicyWorld.of(world.domain);
    const policy = await policies.policy({ active: true });
    const closed = await world.client('Refused', { appSignonPolicy: { value: policy } });
    const codes = await begin(closed);
    const { browser, page } = await signedIn();
    const refused = await browser.submit(page, { user_code: codes.user_code });
    expect([refused.status, refused.text.includes('sign-on policy prevents')]).toEqual([403, true]);
    expectError(await poll(codes, closed), 'access_denied');
  });

  it('remembers what was agreed to', async () => {
    const app = await world.client('Remembered');
    await decide(await begin(app), 'allow');
    const { body } = await world.domain.send('GET', '/admin/v1/OAuthConsents');
    const row = body.Resources.find((each: { app: { value: string } }) => each.app.value === app.appId);
    expect(row).toBeDefined();
  });
});

describe('two processes', () => {
  let other: Awaited<ReturnType<typeof startTestEmulator>>;
  beforeAll(async () => {
    other = await startTestEmulator();
  });
  afterAll(() => other.stop());

  it('share device authorizations: the device may ask one and the user tell the other', async () => {
    const there = await clientFor(world.domain.name, (await other.domain(world.domain.name)).url);
    const codes = await begin();
    const browser = newBrowser(there.url);
    const signIn = await browser.follow(await browser.get(PAGE));
    const page = await browser.follow(
      await browser.submit(signIn, { username: 'anna@example.com', password: PASSWORD }),
    );
    const confirm = await browser.submit(page, { user_code: codes.user_code });
    await browser.submit(confirm, { decision: 'allow' });
    expect((await poll(codes)).status).toBe(200);
  });
});
