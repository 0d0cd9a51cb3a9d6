import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../src/pages/language.ts';
import type { Page } from '../../src/pages/page.ts';
import {
  changePasswordPage,
  consentPage,
  devicePage,
  formPostPage,
  myAppsPage,
  signedOutPage,
  signInPage,
  tokenPage,
} from '../../src/pages/pages.ts';
import { pageHeaders } from '../../src/pages/security-headers.ts';
import { type Tag, tagsOf } from './html-tags.ts';
import { pageContextFor } from './page-context.ts';
import { everyPage } from './page-models.ts';

const context = pageContextFor();
const form = { action: 'http://localhost:8080/ui/v1/x', hidden: { csrf: 'c', request: 'r' }, formTargets: [] };
const signIn = {
  ...form,
  appName: null,
  userName: '',
  failure: null,
  cancellable: false,
  devUsers: [],
} as const;

const tags = ({ html }: Page, name: string) => tagsOf(html).filter((tag) => tag.name === name);
const attribute = (name: string) => (tag: Tag) => tag.attributes.get(name) ?? null;
/** Fields and buttons with a name: `name=value`. */
const fields = (page: Page) =>
  tagsOf(page.html)
    .filter(({ name, attributes }) => /^(?:input|button|textarea)$/.test(name) && attributes.has('name'))
    .map(({ attributes }) => `${attributes.get('name')}=${attributes.get('value') ?? ''}`);

describe.each(LANGUAGES)('every page in %s', (language) => {
  const pages = Object.entries(everyPage(pageContextFor({ language }), (name) => `The ${name}`));

  test.each(pages)('%s has a language, a title, one heading and one main part', (_name, page) => {
    expect(page.html).toMatch(/^<!doctype html>\n/);
    expect(tags(page, 'html').map(attribute('lang'))).toEqual([language]);
    expect(page.html).toMatch(/<title>[^<]+<\/title>/);
    for (const once of ['title', 'h1', 'main', 'header', 'footer', 'style']) expect(tags(page, once)).toHaveLength(1);
    expect(page.html).not.toMatch(/\{\w+\}|undefined|\[object/);
  });

  test.each(pages)('%s labels its fields, and its references lead somewhere', (_name, page) => {
    const ids = tagsOf(page.html).flatMap(({ attributes }) => attributes.get('id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const labelled = tags(page, 'label').map(attribute('for'));
    const seen = tagsOf(page.html).filter(
      (tag) => /^(?:input|select|textarea)$/.test(tag.name) && attribute('type')(tag) !== 'hidden',
    );
    expect(seen.map(attribute('id'))).toEqual(labelled);
    for (const tag of tagsOf(page.html)) {
      for (const name of ['for', 'aria-describedby', 'aria-labelledby']) {
        if (tag.attributes.has(name)) expect(ids).toContain(tag.attributes.get(name));
      }
      expect(tag.attributes.has('style')).toBe(false);
      for (const name of tag.attributes.keys()) expect(name).not.toMatch(/^on/);
    }
    for (const image of tags(page, 'img')) expect(image.attributes.has('alt')).toBe(true);
    for (const frame of tags(page, 'iframe')) expect(frame.attributes.get('title')).not.toBe('');
  });

  test.each(pages)(
    '%s loads nothing from elsewhere, and its styles and scripts are the allowed ones',
    (_name, page) => {
      const policy = String(pageHeaders(page)['content-security-policy']);
      for (const [, kind, text] of page.html.matchAll(/<(style|script)>([\s\S]*?)<\/\1>/g)) {
        const hash = createHash('sha256')
          .update(text ?? '')
          .digest('base64');
        expect(policy).toContain(`${kind}-src 'sha256-${hash}'`);
        expect(text).not.toMatch(/url\(|@import|https?:/);
      }
      for (const tag of tagsOf(page.html)) {
        expect(['script', 'link', 'object', 'embed', 'base', 'video', 'audio']).not.toContain(
          tag.attributes.has('src') || tag.attributes.has('rel') ? tag.name.replace('link', 'icon') : '',
        );
        const source = tag.attributes.get('src') ?? 'https://a.example/';
        expect(source).toMatch(/^(?:https:\/\/a\.example\/|data:image\/png;base64,)/);
      }
      expect(tags(page, 'link').map(attribute('href'))).toEqual([expect.stringMatching(/^data:image\/svg/)]);
    },
  );
});

describe('sign-in', () => {
  test('sends a user name and a password, and carries hidden fields along', () => {
    const page = signInPage(context, signIn);
    expect(fields(page)).toEqual(['csrf=c', 'request=r', 'username=', 'password=']);
    expect(tags(page, 'form').map(attribute('action'))).toEqual([form.action]);
    expect(tags(page, 'form').map(attribute('method'))).toEqual(['post']);
    const [name, password] = tags(page, 'input').slice(-2) as [Tag, Tag];
    expect([name, password].map(attribute('autocomplete'))).toEqual(['username', 'current-password']);
    expect([name, password].map(attribute('type'))).toEqual(['text', 'password']);
    expect(name.attributes.has('autofocus')).toBe(true);
    expect(page.html).not.toContain('role="alert"');
  });

  test('says what is signed in to', () => {
    expect(signInPage(context, { ...signIn, appName: 'A & B' }).html).toContain(
      'to continue to <strong>A &amp; B</strong>',
    );
  });

  test('says what went wrong, keeps the name and never the password', () => {
    const page = signInPage(context, { ...signIn, userName: 'ada', failure: 'incorrect' });
    expect(page.html).toContain('<title>Error: Sign in');
    expect(page.html).toMatch(/role="alert" id="failure">The user name or the password is not correct\./);
    expect(fields(page)).toContain('username=ada');
    const [name, password] = tags(page, 'input').slice(-2) as [Tag, Tag];
    expect([name, password].map(attribute('aria-invalid'))).toEqual(['true', 'true']);
    expect([name, password].map(attribute('aria-describedby'))).toEqual(['failure', 'failure']);
    expect(password.attributes.has('autofocus')).toBe(true);
  });

  test.each(['inactive', 'locked', 'expired-request', 'not-granted'] as const)('has words for %s', (failure) => {
    const page = signInPage(context, { ...signIn, failure });
    expect(page.html).toMatch(/role="alert" id="failure">[A-Z].+\./);
    for (const { attributes } of tags(page, 'input')) expect(attributes.has('aria-invalid')).toBe(false);
  });

  test('lets a person give up without filling in the fields, but Enter signs in', () => {
    const buttons = tags(signInPage(context, { ...signIn, cancellable: true }), 'button');
    expect(buttons.map(attribute('name'))).toEqual([null, 'cancel']);
    expect(buttons.map((button) => button.attributes.has('formnovalidate'))).toEqual([false, true]);
  });

  test('lists users for a click, in a form without fields to fill in', () => {
    const devUsers = [
      { id: 'u1', userName: 'ada@example.com', displayName: 'Ada' },
      { id: 'u2', userName: 'bob@example.com', displayName: '' },
    ];
    const page = signInPage(context, { ...signIn, devUsers });
    expect(fields(page).slice(4)).toEqual(['csrf=c', 'request=r', 'devuser=u1', 'devuser=u2']);
    expect(tags(page, 'form')).toHaveLength(2);
    expect(page.html).toContain('<span>Ada</span> <small>ada@example.com</small>');
    expect(page.html).toContain('<span>bob@example.com</span></button>');
  });
});

test('a change of the password tells password managers what is what, and people what is wrong', () => {
  const model = { ...form, userName: 'ada', reason: 'mustChange', problems: ['mismatch', 'Too short.'] } as const;
  const page = changePasswordPage(context, model);
  expect(fields(page)).toEqual(['csrf=c', 'request=r', 'oldPassword=', 'password=', 'confirmation=']);
  const inputs = tags(page, 'input').slice(2);
  expect(inputs.map(attribute('autocomplete'))).toEqual([
    'username',
    'current-password',
    'new-password',
    'new-password',
  ]);
  expect(inputs.map(attribute('aria-invalid'))).toEqual([null, null, 'true', 'true']);
  expect(page.html).toContain('<li>The two new passwords are not the same.</li><li>Too short.</li>');
  const incorrect = changePasswordPage(context, { ...model, problems: ['incorrect'] });
  expect(tags(incorrect, 'input').slice(2).map(attribute('aria-invalid'))).toEqual([null, 'true', null, null]);
});

test('consent names the app and says what it may do, in the words of the resource or in ours', () => {
  const page = consentPage(context, {
    ...form,
    appName: 'Reports',
    appDescription: 'Makes reports.',
    userName: 'ada',
    scopes: [
      { scope: 'openid', displayName: null, description: null },
      { scope: 'http://api/read', displayName: 'Read bills', description: 'All of them' },
      { scope: 'http://api/write', displayName: null, description: null },
    ],
    privacyPolicyUrl: 'https://reports.example/privacy',
    termsOfServiceUrl: null,
  });
  expect(fields(page)).toEqual(['csrf=c', 'request=r', 'decision=allow', 'decision=deny']);
  expect(page.html).toContain('<h1>Reports asks for access</h1>');
  expect(page.html).toContain('<li><span>Sign you in and learn your user ID</span></li>');
  expect(page.html).toContain(
    '<li><span>Read bills</span> <code>http://api/read</code> <span class="note">All of them</span></li>',
  );
  expect(page.html).toContain('<li><code>http://api/write</code></li>');
  expect(tags(page, 'a').map(attribute('href'))).toEqual(['https://reports.example/privacy']);
  expect(tags(page, 'a').map(attribute('rel'))).toEqual(['noopener noreferrer']);
});

test('a device asks for its code, then to compare it', () => {
  const model = { ...form, userCode: 'ABCDWXYZ', appName: 'TV', scopes: [], failure: null };
  const code = devicePage(context, { ...model, step: 'code' });
  expect(fields(code)).toEqual(['csrf=c', 'request=r', 'user_code=ABCDWXYZ']);
  expect(attribute('autocomplete')(tags(code, 'input').at(-1) as Tag)).toBe('one-time-code');
  const confirm = devicePage(context, { ...model, step: 'confirm' });
  expect(fields(confirm)).toEqual(['csrf=c', 'request=r', 'decision=allow', 'decision=deny']);
  expect(confirm.html).toContain('ABCDWXYZ</p>');
  for (const step of ['allowed', 'denied'] as const) {
    const page = devicePage(context, { ...model, step });
    expect(tags(page, 'form')).toHaveLength(0);
    expect(page.html).toContain('role="status"');
  }
});

test('signing out tells the apps in frames, and goes on by script, by refresh and by link', () => {
  const continueTo = 'https://app.example/bye?a=1&b="2"';
  const page = signedOutPage(context, {
    logoutUrls: ['https://app.example/logout?sid=1', 'javascript:alert(1)'],
    continueTo,
    signInUrl: '/ui/v1/signin',
  });
  const next = new URL(continueTo).href;
  expect(tags(page, 'iframe').map(attribute('src'))).toEqual(['https://app.example/logout?sid=1']);
  expect(tags(page, 'meta').map(attribute('content'))).toContain(`5;url=${next}`);
  expect(tags(page, 'a').map(attribute('href'))).toEqual([next]);
  expect(pageHeaders(page)['content-security-policy']).toContain('frame-src https://app.example;');
});

test('signing out with nowhere to go offers to sign in again', () => {
  const page = signedOutPage(context, { logoutUrls: [], continueTo: null, signInUrl: '/ui/v1/signin' });
  expect(tags(page, 'a').map(attribute('href'))).toEqual(['/ui/v1/signin']);
  expect(page.html).not.toContain('http-equiv');
  expect(page.scripts).toEqual([]);
});

test('My Apps has a tile for each app, a link where there is an address, and the way out', () => {
  const page = myAppsPage(context, {
    displayName: 'Ada',
    userName: 'ada',
    apps: [
      { displayName: 'expense reports', description: 'Bills', url: 'https://a.example/', iconUrl: null },
      { displayName: '', description: null, url: null, iconUrl: 'https://a.example/i.png?v=1' },
      { displayName: '日本 語', description: null, url: 'com.example.app:/x', iconUrl: 'data:image/png;base64,AA==' },
    ],
    signOutUrl: '/oauth2/v1/userlogout',
  });
  expect(tags(page, 'a').map(attribute('href'))).toEqual([
    '/oauth2/v1/userlogout',
    'https://a.example/',
    'com.example.app:/x',
  ]);
  expect(page.html).toContain('>ER</span>');
  expect(pageHeaders(page)['content-security-policy']).toContain("img-src 'self' data: https://a.example/i.png;");
});

test('form_post posts the parameters to the address as it was registered', () => {
  const page = formPostPage(context, {
    target: 'https://app.example/cb?x=a b',
    parameters: { code: 'C', submit: 'S', state: '"&<' },
  });
  expect(fields(page)).toEqual(['code=C', 'submit=S', 'state="&<']);
  expect(tags(page, 'form').map(attribute('action'))).toEqual(['https://app.example/cb?x=a b']);
  expect(page.html).toMatch(/<noscript><div class="buttons"><button type="submit">/);
  expect(pageHeaders(page)['content-security-policy']).toMatch(/script-src 'sha256-.*form-action 'self' https:;/);
  expect(() => formPostPage(context, { target: 'javascript:alert(1)', parameters: {} })).toThrow(TypeError);
});

test('the token page prints what it was given, and explains what it knows', () => {
  const page = tokenPage(context, {
    action: '/x',
    token: '\na.b.c',
    header: '{"alg":"RS256"}',
    claims: '{"sub":"ada","own":1}',
    verdict: [{ good: false, text: 'It has expired.' }],
    times: [{ claim: 'exp', time: 'an hour ago' }],
  });
  expect(fields(page)).toEqual(['token=']);
  // HTML drops one line break after the tag.
  expect(page.html).toContain('>\n\na.b.c</textarea>');
  expect(page.html).toContain('<pre>{\n  &quot;sub&quot;: &quot;ada&quot;,\n  &quot;own&quot;: 1\n}</pre>');
  expect(page.html).toContain('<dt><code>sub</code></dt>\n<dd>Whom the token is about</dd>');
  expect(page.html).not.toContain('<dt><code>own</code></dt>');
  const garbled = tokenPage(context, {
    action: '/x',
    token: 'x',
    header: 'null',
    claims: '{',
    verdict: [],
    times: [],
  });
  expect(garbled.html).toContain('<pre>{</pre>');
});
