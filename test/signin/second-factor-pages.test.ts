import jsqr from 'jsqr';
import { type TOTP, URI } from 'otpauth';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { softwareAuthenticator } from '../factors/software-authenticator.ts';
import { newBrowser, type Visited } from '../support/browser.ts';
import { startTestEmulator } from '../support/emulator.ts';
import { claimsOf } from '../support/token-claims.ts';
import { enrolledUser, otp, phoneAnswers, scan } from './authentication/enrolled-user.ts';
import {
  actionsOf,
  alertOf,
  headingOf,
  MAY_SKIP,
  type PagesWorld,
  pagesWorld,
  REDIRECT_URI,
  SECOND_FACTOR,
} from './second-factor-world.ts';

let world: PagesWorld;
/** An App that wants a second factor, one that lets users skip it, and one that wants none. */
let strict: Awaited<ReturnType<PagesWorld['app']>>;
let lenient: typeof strict;
let plain: typeof strict;

/** Its types say so; it is a CommonJS module. */
const readQrCode = jsqr.default;
const PASSWORDLESS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordless:User';
const VERIFY = 'Confirm that it is you';
const ENROLL = 'Make your account safer';

beforeAll(async () => {
  world = await pagesWorld();
  await world.settings('AuthenticationFactorSettings', {
    smsEnabled: true,
    securityQuestionsEnabled: true,
    'endpointRestrictions.maxIncorrectAttempts': 5,
  });
  strict = await world.app({ appSignonPolicy: { value: await world.policy(SECOND_FACTOR) } });
  lenient = await world.app({ appSignonPolicy: { value: await world.policy(MAY_SKIP) } });
  plain = await world.app();
  // Users are made through the API, whose client has the default policy: it lets them enroll.
  await world.signOnRule(MAY_SKIP);
  people.push(await enrolledUser(world, 'totp', ['TOTP', 'SMS', 'SECURITY_QUESTIONS']));
  people.push(await enrolledUser(world, 'push', ['PUSH', 'EMAIL']));
  await world.signOnRule({});
}, 120_000);

const people: Awaited<ReturnType<typeof enrolledUser>>[] = [];

function codeOf(page: Visited): string {
  expect(page.location, `${page.status} ${page.text}`).toMatch(new RegExp(`^${REDIRECT_URI}\\?`));
  return new URL(page.location!).searchParams.get('code') ?? '';
}

/** What the page's script gives the browser. */
function passkeyOptions({ text }: Visited): JsonObject {
  const data = /<form[^>]* id="passkey"[^>]* data-for-script="([^"]*)"/.exec(text)?.[1] ?? '';
  return JSON.parse(data.replaceAll('&quot;', '"').replaceAll('&amp;', '&')).options;
}

async function amrOf(app: typeof strict, page: Visited): Promise<unknown> {
  const form = { grant_type: 'authorization_code', code: codeOf(page) };
  const { body } = await world.domain.tokenRequest(form, { id: app.clientId, secret: app.secret });
  return claimsOf(body.id_token)['amr'];
}

describe('enrolment on the pages', () => {
  test('an authenticator app reads the QR code of the page, and its codes sign in', async () => {
    await world.user('newcomer');
    const browser = world.browser();
    const page = await world.password(browser, 'newcomer', strict.url);
    expect(headingOf(page)).toBe(ENROLL);
    expect(actionsOf(page)).not.toContain('done');
    const scanned = await browser.follow(await browser.submit(page, { action: 'enroll:TOTP' }));
    const app = URI.parse(scannedFrom(scanned)) as TOTP;
    expect(scanned.text).toContain(app.secret.base32);

    const now = await timeOf();
    const wrong = await browser.follow(
      await browser.submit(scanned, { code: wrongCode(app.generate({ timestamp: now })) }),
    );
    expect(alertOf(wrong)).toBe('This code is not right, or it is too old.');
    expect(wrong.text, 'the picture stays').toContain('data:image/png;base64,');
    const ready = await browser.follow(await browser.submit(wrong, { code: app.generate({ timestamp: now }) }));
    expect(headingOf(ready)).toBe('That is set up');
    expect(await amrOf(strict, await browser.follow(await browser.submit(ready, { action: 'done' })))).toEqual([
      'USERNAME_PASSWORD',
      'TOTP',
    ]);

    await world.advance(60);
    const next = world.browser();
    const asked = await world.password(next, 'newcomer', strict.url);
    expect(headingOf(asked)).toBe(VERIFY);
    const code = app.generate({ timestamp: await timeOf() });
    codeOf(await next.follow(await next.submit(asked, { code: ` ${code.slice(0, 3)} ${code.slice(3)}` })));
  });

  test('of a passkey: it signs in on pages, and is no reason to enroll something else by the API', async () => {
    await world.settings('AuthenticationFactorSettings', { fidoAuthenticatorEnabled: true });
    await world.user('keyed');
    const key = softwareAuthenticator(new URL(world.domain.url).origin);
    const browser = world.browser();
    const page = await world.password(browser, 'keyed', strict.url);
    const begun = await browser.follow(await browser.submit(page, { action: 'enroll:FIDO_AUTHENTICATOR' }));
    const made = JSON.stringify(key.create(passkeyOptions(begun)));
    const ready = await browser.follow(await browser.submit(begun, { credential: made }));
    expect(headingOf(ready)).toBe('That is set up');
    codeOf(await browser.follow(await browser.submit(ready, { action: 'done' })));

    const next = world.browser();
    const asked = await world.password(next, 'keyed', strict.url);
    const shown = JSON.stringify(key.get(passkeyOptions(asked)));
    expect(await amrOf(strict, await next.follow(await next.submit(asked, { credential: shown })))).toEqual([
      'USERNAME_PASSWORD',
      'FIDO_AUTHENTICATOR',
    ]);

    await world.signOnRule(SECOND_FACTOR);
    const signIn = world.signIn();
    await signIn.start();
    const refused = await signIn.password('keyed');
    expect(refused.status, refused.text).toBe(401);
    expect(refused.body.cause[0].code).toBe('AUTH-1017');
    await world.signOnRule({});
    await world.settings('AuthenticationFactorSettings', { fidoAuthenticatorEnabled: false });
  });

  test('is left out where the rule lets users, and asked for again where it does not', async () => {
    await world.user('hurried');
    const browser = world.browser();
    const page = await world.password(browser, 'hurried', lenient.url);
    expect(actionsOf(page)).toContain('done');
    expect(await amrOf(lenient, await browser.follow(await browser.submit(page, { action: 'done' })))).toEqual([
      'USERNAME_PASSWORD',
    ]);
    codeOf(await browser.get(lenient.url));
    expect(headingOf(await browser.follow(await browser.get(strict.url)))).toBe(ENROLL);
  });

  test('of a phone: a number that is none, then a code', async () => {
    await world.user('caller');
    const browser = world.browser();
    const page = await world.password(browser, 'caller', strict.url);
    const asks = await browser.follow(await browser.submit(page, { action: 'enroll:SMS' }));
    const none = await browser.follow(await browser.submit(asks, { action: 'enroll:SMS', target: 'my phone' }));
    expect(alertOf(none)).toBe('This is not a phone number.');
    expect(none.forms[0]!.fields['target']).toBe('my phone');
    const sent = await browser.follow(await browser.submit(none, { action: 'enroll:SMS', target: '+1 555 010 0042' }));
    const again = await browser.follow(await browser.submit(sent, { action: 'resend' }));
    const code = await world.code('+15550100042');
    const ready = await browser.follow(await browser.submit(again, { code }));
    codeOf(await browser.follow(await browser.submit(ready, { action: 'done' })));
  });

  test('of security questions, whose answers sign in', async () => {
    await world.user('pensive');
    const browser = world.browser();
    const page = await world.password(browser, 'pensive', strict.url);
    const asks = await browser.follow(await browser.submit(page, { action: 'enroll:SECURITY_QUESTIONS' }));
    const ids = [...asks.text.matchAll(/<option value="([^"]+)"/g)].map(([, id]) => id!);
    const answers = Object.fromEntries(
      [1, 2, 3].flatMap((at) => [
        [`question${at}`, ids[at]!],
        [`answer${at}`, `Answer number ${at}`],
      ]),
    );
    const short = await browser.follow(await browser.submit(asks, { ...answers, answer2: 'x', hint1: 'a hint' }));
    expect(alertOf(short)).toMatch(/at least \d+ characters/);
    expect(short.text).toContain('value="a hint"');
    const ready = await browser.follow(await browser.submit(short, answers));
    expect(headingOf(ready)).toBe('That is set up');

    const next = world.browser();
    const asked = await world.password(next, 'pensive', strict.url);
    const put = Object.entries(asked.forms[0]!.fields).filter(([name]) => name.startsWith('question'));
    const given = put.map(([name, id]) => [name.replace('question', 'answer'), `Answer number ${ids.indexOf(id)}`]);
    const wrong = await next.follow(await next.submit(asked, { answer1: 'no', answer2: 'no', answer3: 'no' }));
    expect(alertOf(wrong)).toBe('That is not the right answer.');
    codeOf(await next.follow(await next.submit(wrong, Object.fromEntries(given))));
  });

  test('of a phone app, which scans and approves while the page waits', async () => {
    await world.user('mobile');
    const browser = world.browser();
    const page = await world.password(browser, 'mobile', strict.url);
    const waits = await browser.follow(await browser.submit(page, { action: 'enroll:PUSH' }));
    const poll = /data-for-script="([^"]+)"/.exec(waits.text)![1]!;
    expect(waits.headers.get('content-security-policy')).toContain("connect-src 'self'");
    expect(JSON.parse((await browser.get(poll)).text)).toEqual({ pending: true });
    expect(headingOf(await browser.follow(await browser.submit(waits, {})))).toBe('Notification on your phone');
    await scan(world, scannedFrom(waits));
    expect(JSON.parse((await browser.get(poll)).text)).toEqual({ pending: false });
    const ready = await browser.follow(await browser.submit(await browser.get(waits.url), {}));
    expect(headingOf(ready)).toBe('That is set up');
  });
});

describe('proof on the pages', () => {
  test('a rule of one App wants it there, and from a session that lacks it', async () => {
    const browser = world.browser();
    expect(await amrOf(plain, await world.password(browser, 'totp', plain.url))).toEqual(['USERNAME_PASSWORD']);
    const none = await browser.get(`${strict.url}&prompt=none`);
    expect(none.location).toContain('error=login_required');
    const asked = await browser.follow(await browser.get(strict.url));
    expect(headingOf(asked), 'without the password').toBe(VERIFY);
    const done = await browser.follow(await browser.submit(asked, { code: await otp(world, 'totp') }));
    expect(await amrOf(strict, done)).toEqual(['USERNAME_PASSWORD', 'TOTP']);
    codeOf(await browser.get(strict.url));
    codeOf(await browser.get(plain.url));
    await world.advance(60);
  });

  test('by another way: text message, security questions, a bypass code', async () => {
    const [user] = people;
    const browser = world.browser();
    const asked = await world.password(browser, 'totp', strict.url);
    const others = await browser.follow(await browser.submit(asked, { action: 'others' }));
    expect(headingOf(others)).toBe('Choose a way');
    const sms = actionsOf(others).find((action) => action.startsWith('choose:SMS/'))!;
    const sent = await browser.follow(await browser.submit(others, { action: sms }));
    expect(sent.text).toContain('Send another code');
    codeOf(await browser.follow(await browser.submit(sent, { code: await world.code(user!.phone) })));

    const second = world.browser();
    const list = await second.follow(
      await second.submit(await world.password(second, 'totp', strict.url), { action: 'others' }),
    );
    const wrong = await second.follow(await second.submit(list, { action: 'bypass', bypass: '00000000' }));
    expect(alertOf(wrong)).toBe('This code is not right, or it is too old.');
    expect(actionsOf(wrong)).toContain(sms);
    const bypass = await user!.bypassCode();
    codeOf(await second.follow(await second.submit(wrong, { action: 'bypass', bypass })));
  });

  test('by a push: refused, asked again, approved', async () => {
    const browser = world.browser();
    const asked = await world.password(browser, 'push', strict.url);
    const waiting = await browser.follow(await browser.submit(asked, {}));
    expect(alertOf(waiting)).toBe('Your phone has not answered yet.');
    await phoneAnswers(world, 'push', 'deny');
    const denied = await browser.follow(await browser.submit(waiting, {}));
    expect(alertOf(denied)).toBe('The sign-in was not allowed, or not in time.');
    expect(denied.text).not.toContain('data-for-script');
    const again = await browser.follow(await browser.submit(denied, { action: 'retry' }));
    await phoneAnswers(world, 'push', 'approve');
    expect(await amrOf(strict, await browser.follow(await browser.submit(again, {})))).toEqual([
      'USERNAME_PASSWORD',
      'PUSH',
    ]);
  });

  test('wrong codes lock the account as the settings say', async () => {
    await world.signOnRule(MAY_SKIP);
    await enrolledUser(world, 'clumsy', ['TOTP']);
    await world.signOnRule({});
    const browser = world.browser();
    let page = await world.password(browser, 'clumsy', strict.url);
    const code = wrongCode(await otp(world, 'clumsy'));
    for (let time = 1; time < 5; time++) {
      page = await browser.follow(await browser.submit(page, { code }));
      expect(headingOf(page)).toBe(VERIFY);
    }
    page = await browser.follow(await browser.submit(page, { code }));
    expect(alertOf(page)).toMatch(/^This account is locked/);
    expect(alertOf(await world.password(world.browser(), 'clumsy', strict.url))).toMatch(/^This account is locked/);
  });
});

describe('the address of a sign-in', () => {
  test('shows the same step to reloads and other tabs, and a form of an older step does nothing', async () => {
    await world.advance(60);
    const browser = world.browser();
    const asked = await world.password(browser, 'totp', strict.url);
    const tab = await browser.get(asked.url);
    expect(tab.forms).toEqual(asked.forms);
    const others = await browser.follow(await browser.submit(asked, { action: 'others' }));
    const stale = await browser.submit(tab, { code: await otp(world, 'totp') });
    expect([stale.status, stale.location]).toEqual([303, asked.url]);
    expect(headingOf(await browser.follow(stale))).toBe('Choose a way');
    const totp = actionsOf(others).find((action) => action.startsWith('choose:TOTP/'))!;
    const form = await browser.follow(await browser.submit(others, { action: totp }));
    codeOf(await browser.follow(await browser.submit(form, { code: await otp(world, 'totp') })));
  });

  test('is another browser’s, forged or old: an error, and a way to begin again', async () => {
    const browser = world.browser();
    const asked = await world.password(browser, 'totp', strict.url);
    const other = await world.browser().get(asked.url);
    expect([other.status, /href="([^"]*signin)"/.exec(other.text)?.[1]]).toEqual([
      400,
      `${world.domain.url}/ui/v1/signin`,
    ]);
    expect((await browser.submit(asked, { csrf: 'x' })).status).toBe(403);
    expect((await browser.submit(asked, { action: 'fly' })).status).toBe(400);
    for (const hostile of [
      { action: 'choose:NOTHING/1' },
      { action: 'enroll:TOTP' },
      { action: 'accept' },
      { code: 'ü\u2028' },
    ]) {
      const answer = await browser.follow(await browser.submit(await browser.get(asked.url), hostile));
      expect([answer.status, headingOf(answer), alertOf(answer)]).toEqual([
        200,
        expect.any(String),
        expect.any(String),
      ]);
    }
    await world.advance(16 * 60);
    expect((await browser.get(asked.url)).status).toBe(400);
  });

  test('begins anew as somebody else', async () => {
    const browser = world.browser();
    const asked = await world.password(browser, 'totp', strict.url);
    const anew = await browser.follow(await browser.submit(asked, { action: 'restart' }));
    expect(headingOf(anew)).toBe('Sign in');
    expect(
      headingOf(await browser.follow(await browser.submit(anew, { username: 'push', password: 'Correct-Horse-42' }))),
    ).toBe(VERIFY);
  });
});

describe('other ways to sign in', () => {
  test('without a password: a mailed code stands for it, of others the password is asked', async () => {
    const user = people[1]!;
    await world.patch(`Users/${user.id}`, { op: 'add', path: `${PASSWORDLESS}:factorType`, value: 'EMAIL' });
    const browser = world.browser();
    const first = await world.open(browser, plain.url);
    const asked = await browser.follow(await browser.submit(first, { username: 'push', password: '' }));
    expect([headingOf(asked), asked.text.includes('Trust this browser')]).toEqual([VERIFY, false]);
    const done = await browser.follow(await browser.submit(asked, { code: await world.code(user.mail) }));
    expect(await amrOf(plain, done)).toEqual(['EMAIL']);
    for (const username of ['totp', 'nobody']) {
      const other = world.browser();
      const page = await other.submit(await world.open(other, plain.url), { username, password: '' });
      expect([page.status, headingOf(page), alertOf(page)]).toEqual([200, 'Sign in', null]);
      expect(page.forms[0]!.fields['username']).toBe(username);
    }
  });

  test('by a click, where that is allowed for development, which spares no second factor', async () => {
    const emulator = await startTestEmulator({ devLogin: true });
    try {
      const { url } = await emulator.domain(world.domain.name);
      const browser = newBrowser(url);
      const page = await browser.follow(await browser.get(strict.url));
      const asked = await browser.follow(await browser.submit(page, { devuser: people[0]!.id }, 1));
      expect(headingOf(asked)).toBe(VERIFY);
    } finally {
      await emulator.stop();
    }
  });
});

describe('terms of use', () => {
  test('are agreed to once, and without that there is no session', async () => {
    const post = async (type: string, body: JsonObject) => {
      const schemas = [`urn:ietf:params:scim:schemas:oracle:idcs:${type}`];
      const answer = await world.domain.send('POST', `/admin/v1/${type}s`, { body: { schemas, ...body } });
      expect(answer.status, answer.text).toBe(201);
      return answer.body;
    };
    const statement = await post('TermsOfUseStatement', { locale: 'en', statement: 'Be <kind>.' });
    const terms = await post('TermsOfUse', { name: 'Terms', active: true, statements: [{ value: statement.id }] });
    const shop = await world.app({ termsOfUse: { value: terms.id } });
    const browser = world.browser();
    codeOf(await world.password(browser, 'push', plain.url));
    const shown = await browser.follow(await browser.get(shop.url));
    expect([headingOf(shown), shown.text.includes('Be &lt;kind&gt;.')]).toEqual(['Terms of use', true]);
    codeOf(await browser.follow(await browser.submit(shown, { action: 'accept' })));
    codeOf(await browser.get(shop.url));

    const other = world.browser();
    const asked = await world.password(other, 'totp', shop.url);
    const declined = await other.follow(await other.submit(asked, { action: 'decline' }));
    expect(alertOf(declined)).toBe('You have to agree to the terms of use to go on.');
    expect(other.cookies().some(({ name }) => name.startsWith('ORA_OCIS_1_'))).toBe(false);
  });
});

/** Last: the clock moves on by more than the administrator's token lasts. */
describe('a browser', () => {
  test('keeps the user signed in, until there is a sign-out', async () => {
    await world.settings('KmsiSettings', { kmsiFeatureEnabled: true });
    await world.user('regular');
    const browser = world.browser();
    const page = await world.open(browser, plain.url);
    expect(page.text).toContain('Keep me signed in');
    const form = { username: 'regular', password: 'Correct-Horse-42', keep: 'true' };
    codeOf(await browser.follow(await browser.submit(page, form)));
    await world.advance(9 * 3600);
    expect(await amrOf(plain, await world.open(browser, plain.url))).toEqual(['KMSI']);
    await world.advance(9 * 3600);
    expect(headingOf(await world.open(browser, `${plain.url}&prompt=login`))).toBe('Sign in');
    expect(headingOf(await world.open(browser, strict.url))).toBe(ENROLL);
    codeOf(await world.open(browser, plain.url));
    await browser.get('/oauth2/v1/userlogout');
    expect(headingOf(await world.open(browser, plain.url))).toBe('Sign in');
  });

  test('that the user trusts is spared the second factor, and no other is', async () => {
    await world.advance(60);
    const browser = world.browser();
    const asked = await world.password(browser, 'totp', strict.url);
    expect(asked.text).toContain('Trust this browser for 15 days');
    codeOf(await browser.follow(await browser.submit(asked, { code: await otp(world, 'totp'), trust: 'true' })));
    await browser.get('/oauth2/v1/userlogout');
    expect(await amrOf(strict, await world.password(browser, 'totp', strict.url))).toEqual(['USERNAME_PASSWORD']);
    codeOf(await browser.get(strict.url));
    expect(headingOf(await world.password(world.browser(), 'totp', strict.url))).toBe(VERIFY);
    await world.advance(16 * 24 * 3600);
    expect(headingOf(await world.password(browser, 'totp', strict.url))).toBe(VERIFY);
  });
});

/** What a phone's camera reads of the picture on a page. */
function scannedFrom({ text }: Visited): string {
  const [, image = ''] = /src="data:image\/png;base64,([^"]+)"/.exec(text) ?? [];
  const { data, width, height } = PNG.sync.read(Buffer.from(image, 'base64'));
  return readQrCode(new Uint8ClampedArray(data), width, height)?.data ?? '';
}

/** The domain's time, in milliseconds. */
async function timeOf(): Promise<number> {
  const { body } = await world.domain.send('GET', '/_emulator/clock', { token: null });
  return Date.parse(body.now ?? body.time);
}

function wrongCode(code: string): string {
  return String((Number(code) + 500_000) % 1_000_000).padStart(6, '0');
}
