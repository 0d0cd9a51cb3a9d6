import { expect, test } from 'vitest';
import { signInPage } from '../../src/pages/pages.ts';
import { pageHeaders } from '../../src/pages/security-headers.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { testDomain } from '../support/emulator.ts';
import { pageContextFor } from './page-context.ts';

const page = (settings: JsonObject, language = 'en') =>
  signInPage(pageContextFor({ settings, language }), {
    action: '/x',
    hidden: {},
    formTargets: [],
    appName: null,
    userName: '',
    failure: null,
    cancellable: false,
    devUsers: [],
  });
const names = [
  { value: 'English Ltd', locale: 'en' },
  { value: 'Deutsche GmbH', locale: 'de_AT' },
  { value: 'Brasil SA', locale: 'pt-BR' },
];

test.each([
  ['de', {}, 'Deutsche GmbH'],
  ['en', {}, 'English Ltd'],
  ['fr', {}, 'English Ltd'],
  ['fr', { preferredLanguage: 'de' }, 'Deutsche GmbH'],
  ['fr', { locale: 'pt-BR' }, 'Brasil SA'],
])('in %s with %j the company is %s', (language, more, name) => {
  const { html } = page({ customBranding: true, companyNames: names, ...more }, language);
  expect(html).toContain(`<span>${name}</span>`);
  expect(html).toContain(`– ${name}</title>`);
});

test('without customBranding the defaults count, and without any the emulator has its own name', () => {
  const settings = { companyNames: names, defaultCompanyNames: [{ value: 'Default Inc', locale: 'en' }] };
  expect(page({ ...settings, customBranding: false }).html).toContain('<span>Default Inc</span>');
  expect(page({ ...settings, customBranding: true, companyNames: [] }).html).toContain('<span>Default Inc</span>');
  expect(page({}).html).toContain('<span>idcs-emulator</span>');
});

test('the sign-in page has the login text', () => {
  const loginTexts = [{ value: 'Welcome <back>', locale: 'en' }];
  expect(page({ customBranding: true, loginTexts }).html).toContain('<p class="login-text">Welcome &lt;back&gt;</p>');
});

test('the logo takes the place of the mark, and the policy names it', () => {
  const images = [
    { value: 'https://cdn.example/back.png', type: 'background' },
    { value: 'https://cdn.example/logo.png?v=2', type: 'companyLogo', display: 'Example' },
  ];
  const branded = page({ customBranding: true, images });
  expect(branded.html).toContain('<img src="https://cdn.example/logo.png?v=2" alt="Example">');
  expect(branded.html).not.toContain('class="mark"');
  expect(pageHeaders(branded)['content-security-policy']).toContain(
    "img-src 'self' data: https://cdn.example/logo.png;",
  );
});

test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///x', '/logo.png', 7, null])(
  'an image at %j is none',
  (value) => {
    const images = [{ value, type: 'logo' }] as JsonObject['images'];
    expect(page({ customBranding: true, images: images ?? null }).html).not.toContain('<img');
  },
);

test('settings of any shape make a page', () => {
  for (const value of ['x', 7, null, true, {}, ['x', null, [], { value: 7 }]]) {
    const settings = Object.fromEntries(
      ['companyNames', 'loginTexts', 'images', 'termsOfUseUrl', 'preferredLanguage', 'locale'].map((name) => [
        name,
        value,
      ]),
    );
    expect(page({ customBranding: true, ...settings }).html).toContain('<span>idcs-emulator</span>');
  }
});

test('terms of use and privacy stand at the foot', () => {
  const { html } = page({
    termsOfUseUrl: 'https://example.com/terms',
    privacyPolicyUrl: 'https://example.com/privacy',
  });
  expect(html).toContain('<a href="https://example.com/terms" rel="noreferrer">Terms of use</a>');
  expect(html).toContain('<a href="https://example.com/privacy" rel="noreferrer">Privacy</a>');
});

test('a domain shows its branding on its own sign-in page, with the headers of every page', async () => {
  const { send, url } = await testDomain();
  const change = await send('PATCH', '/admin/v1/Settings/Settings', {
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [
        { op: 'replace', path: 'customBranding', value: true },
        { op: 'replace', path: 'companyNames', value: [{ value: 'Example AG', locale: 'de' }] },
      ],
    },
  });
  expect(change.status).toBe(200);
  const first = await fetch(`${url}/ui/v1/signin`, { redirect: 'manual' });
  const cookie = first.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const answer = await fetch(String(first.headers.get('location')), {
    headers: { cookie, 'accept-language': 'de-CH' },
  });
  expect(answer.status).toBe(200);
  const html = await answer.text();
  expect(html).toContain('<html lang="de">');
  expect(html).toContain('<title>Anmelden – Example AG</title>');
  expect(answer.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^;]+'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
  );
  expect(answer.headers.get('cache-control')).toBe('no-store');
});
