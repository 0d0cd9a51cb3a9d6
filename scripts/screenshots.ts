/*
 * Takes pictures of the pages with an installed Chromium, from models made up here: docs/images, or with --all every page at two
 * widths, light and dark, into a directory to be looked at.
 *
 *   npx tsx scripts/screenshots.ts [--all <directory>]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Domain } from '../src/domains/domain.ts';
import { LANGUAGES } from '../src/pages/language.ts';
import type { Page, PageContext } from '../src/pages/page.ts';
import {
  changePasswordPage,
  consentPage,
  devicePage,
  errorPage,
  formPostPage,
  myAppsPage,
  signedOutPage,
  signInPage,
  tokenPage,
} from '../src/pages/pages.ts';
import type { JsonObject } from '../src/scim/json.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? 'chromium';
const PHONE = [360, 760] as const;

interface Picture {
  readonly page: Page;
  readonly size: readonly [width: number, height: number];
  readonly dark?: boolean;
}

function context(language = 'en', settings: JsonObject = {}): PageContext {
  const domain = { name: 'Default', settings } as Domain;
  return { domain, baseUrl: 'http://localhost:8080', language };
}

const form = { action: '#', hidden: {}, formTargets: [] };
const people = [
  { id: '1', userName: 'ada@example.com', displayName: 'Ada Lovelace' },
  { id: '2', userName: 'grace@example.com', displayName: 'Grace Hopper' },
  { id: '3', userName: 'admin@example.com', displayName: '' },
];
const scopes = [
  { scope: 'openid', displayName: null, description: null },
  { scope: 'email', displayName: null, description: null },
  {
    scope: 'https://bills.example.com/read',
    displayName: 'Read bills',
    description: 'Bills of all customers, without payment details',
  },
  { scope: 'https://bills.example.com/write', displayName: null, description: null },
];
const apps = ['Expense Reports', 'Payroll', 'CNC Console', 'Travel', 'Customer Desk', 'Wiki'].map(
  (displayName, index) => ({
    displayName,
    description: index % 2 === 0 ? 'What people do with it, in a line or two' : null,
    url: index === 3 ? null : 'https://example.com/',
    iconUrl: null,
  }),
);

const signIn = (about: PageContext, more: object = {}) =>
  signInPage(about, {
    ...form,
    appName: 'Expense Reports',
    userName: '',
    failure: null,
    cancellable: true,
    devUsers: [],
    ...more,
  });

const pages: Readonly<Record<string, (about: PageContext) => Page>> = {
  'sign-in': (about) => signIn(about),
  'sign-in-failed': (about) => signIn(about, { failure: 'incorrect', userName: 'ada@example.com', devUsers: people }),
  'change-password': (about) =>
    changePasswordPage(about, {
      ...form,
      userName: 'ada@example.com',
      reason: 'expired',
      problems: ['mismatch', 'The password must have at least 12 characters.'],
    }),
  consent: (about) =>
    consentPage(about, {
      ...form,
      appName: 'Expense Reports',
      appDescription: 'Collects bills and pays them back.',
      userName: 'ada@example.com',
      scopes,
      privacyPolicyUrl: 'https://example.com/privacy',
      termsOfServiceUrl: 'https://example.com/terms',
    }),
  'device-code': (about) =>
    devicePage(about, {
      ...form,
      step: 'code',
      userCode: '',
      appName: null,
      scopes: [],
      failure: 'unknown-code',
    }),
  device: (about) =>
    devicePage(about, {
      ...form,
      step: 'confirm',
      userCode: 'HKWNTQVR',
      appName: 'Living-room TV',
      scopes: scopes.slice(0, 2),
      failure: null,
    }),
  'device-allowed': (about) =>
    devicePage(about, { ...form, step: 'allowed', userCode: '', appName: null, scopes: [], failure: null }),
  'signed-out': (about) => signedOutPage(about, { logoutUrls: [], continueTo: null, signInUrl: '#' }),
  error: (about) =>
    errorPage(about, {
      status: 400,
      error: 'invalid_redirect_uri',
      description:
        'The redirect_uri https://app.example.com/cb is not one of the client. Add it to redirectUris of the App, letter by letter.',
      ecid: '9c1f0a2b-5b0e-4d7e-9d39-5a1d3c7b2f10-00000042',
    }),
  'my-apps': (about) =>
    myAppsPage(about, { displayName: 'Ada Lovelace', userName: 'ada@example.com', apps, signOutUrl: '#' }),
  'my-apps-empty': (about) =>
    myAppsPage(about, { displayName: 'Ada Lovelace', userName: 'ada@example.com', apps: [], signOutUrl: '#' }),
  'form-post': (about) => formPostPage(about, { target: 'https://app.example.com/cb', parameters: {} }),
  token: (about) =>
    tokenPage(about, {
      action: '#',
      token: `eyJhbGciOiJSUzI1NiIsImtpZCI6IlNJR05JTkdfS0VZIn0.${'eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20i'.repeat(5)}.c2lnbmF0dXJl`,
      header: JSON.stringify({ x5t: 'wCF3FbE4Yzq7nD0kR1uM9a2sV8o', kid: 'SIGNING_KEY', alg: 'RS256' }),
      claims: JSON.stringify({
        sub: 'ada@example.com',
        sub_type: 'user',
        iss: 'https://identity.oraclecloud.com/',
        aud: ['https://bills.example.com/'],
        scope: 'read',
        client_id: 'expense-reports',
        iat: 1767225600,
        exp: 1767229200,
        jti: '4f6e0d1c8b9a47f2a3d5e6c7b8a90112',
      }),
      verdict: [
        { good: true, text: 'It was signed by this domain.' },
        { good: false, text: 'It expired an hour ago.' },
      ],
      times: [
        { claim: 'iat', time: '1 January 2026 at 00:00:00 UTC' },
        { claim: 'exp', time: '1 January 2026 at 01:00:00 UTC' },
      ],
    }),
};

/** What docs/pages.md shows. */
function shown(): Readonly<Record<string, Picture>> {
  const page = (name: string, about = context()) => (pages[name] as (typeof pages)[string])(about);
  const branded = context('de', {
    customBranding: true,
    companyNames: [{ value: 'Beispiel GmbH', locale: 'de' }],
    loginTexts: [{ value: 'Willkommen! Hilfe gibt es unter Durchwahl 100.', locale: 'de' }],
    termsOfUseUrl: 'https://example.com/terms',
    privacyPolicyUrl: 'https://example.com/privacy',
  });
  return {
    'sign-in': { page: page('sign-in'), size: [720, 620] },
    'sign-in-branded': { page: page('sign-in', branded), size: [360, 700], dark: true },
    consent: { page: page('consent'), size: [600, 800] },
    device: { page: page('device'), size: [360, 800] },
    'my-apps': { page: page('my-apps'), size: [1000, 480] },
    error: { page: page('error'), size: [600, 700] },
    token: { page: page('token'), size: [800, 640], dark: true },
  };
}

/** Every page at two widths and in both schemes, and on the phone in every other language. */
function all(): Readonly<Record<string, Picture>> {
  const pictures: Record<string, Picture> = {};
  for (const [name, render] of Object.entries(pages)) {
    for (const dark of [false, true]) {
      const scheme = dark ? 'dark' : 'light';
      pictures[`${name}-desktop-${scheme}`] = { page: render(context()), size: [1100, 900], dark };
      pictures[`${name}-phone-${scheme}`] = { page: render(context()), size: PHONE, dark };
    }
    for (const language of LANGUAGES.slice(1)) {
      pictures[`${name}-phone-${language}`] = { page: render(context(language)), size: PHONE };
    }
  }
  return pictures;
}

function take(pictures: Readonly<Record<string, Picture>>, target: string): void {
  mkdirSync(target, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'screenshots-'));
  try {
    for (const [name, { page, size, dark }] of Object.entries(pictures)) {
      const file = join(work, 'page.html');
      // A page that sends itself off can't be looked at.
      writeFileSync(file, page.html.replace(/<script>[\s\S]*<\/script>/, ''));
      execFileSync(
        CHROMIUM,
        [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
          '--hide-scrollbars',
          `--user-data-dir=${join(work, 'profile')}`,
          `--blink-settings=preferredColorScheme=${dark === true ? 0 : 1}`,
          `--window-size=${size.join(',')}`,
          `--screenshot=${join(target, `${name}.png`)}`,
          `file://${file}`,
        ],
        { stdio: 'ignore', timeout: 60_000 },
      );
      console.log(`${name}.png`);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const [option, directory] = process.argv.slice(2);
if (option === '--all' && directory !== undefined) take(all(), directory);
else take(shown(), fileURLToPath(new URL('../docs/images', import.meta.url)));
