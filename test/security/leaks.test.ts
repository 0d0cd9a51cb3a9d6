import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, authorizeWorld, REDIRECT_URI } from '../oauth/authorize/authorize-world.ts';
import { replace } from '../oauth/token-world.ts';
import { newBrowser } from '../support/browser.ts';
import { clientFor, testDatabaseUrl } from '../support/emulator.ts';
import { type EmulatorProcess, startProcess } from '../support/emulator-process.ts';
import { accountFlows } from './account-secrets.ts';
import { postAs, refusalOf, victim } from './victim.ts';

/*
 * What logs, the database and error messages give away (RFC 6749 §10.3 to §10.5).
 */

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const PASSWORD = 'Secret-Horse-4711';
const WRONG = 'Wrong-Horse-4712';
const VERIFIER = 'leaky-verifier-0123456789012345678901234567890';

let running: EmulatorProcess;
/** Every secret that the flow below has used, by what it is. */
const secrets = new Map<string, string>();
const accountSecrets = new Map<string, string[]>();
let domainName: string;

beforeAll(async () => {
  running = await startProcess({ DATABASE_URL: testDatabaseUrl(), IDCS_LOG_LEVEL: 'trace' });
  domainName = `t${Date.now().toString(36)}leaks`;
  const made = await fetch(`${running.url}/_emulator/domains`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: domainName }),
  });
  expect(made.status).toBe(201);
  const domain = await clientFor(domainName, `${running.url}/_domains/${domainName}`);
  await flow(domain);
  // Mails are kept to be read, so these are looked for in the log alone.
  await accountFlows(domain, (what, value) => {
    expect(value, what).toEqual(expect.any(String));
    accountSecrets.set(what, [...(accountSecrets.get(what) ?? []), value!]);
    return value!;
  });
}, 120_000);
afterAll(() => running?.end('SIGTERM'));

/** A whole code flow with everything beside it, and every error on the way. */
async function flow(domain: Awaited<ReturnType<typeof clientFor>>): Promise<void> {
  const keep = (what: string, value: string) => {
    expect(value, what).toEqual(expect.any(String));
    secrets.set(what, value);
    return value;
  };
  const { send, url } = domain;
  keep("the administrator's token", domain.token);
  const { body: app } = await send('POST', '/admin/v1/Apps', {
    body: {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName: 'Leaky',
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      isOAuthClient: true,
      clientType: 'confidential',
      active: true,
      allowedGrants: [
        'authorization_code',
        'implicit',
        'refresh_token',
        'password',
        'client_credentials',
        DEVICE,
        JWT_BEARER,
      ],
      redirectUris: [REDIRECT_URI],
    },
  });
  keep('the client secret', app.clientSecret);
  const { id } = await domain.createUser('leaky');
  keep('the password', PASSWORD);
  keep('a wrong password', WRONG);
  const schemas = ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'];
  await send('PUT', `/admin/v1/UserPasswordChanger/${id}`, { body: { schemas, password: PASSWORD } });
  const client = { clientId: app.name as string, secret: app.clientSecret as string };
  const world = { ...domain } as never;

  const browser = newBrowser(url);
  const query = (parameters: Record<string, string>) =>
    `/oauth2/v1/authorize?${new URLSearchParams({
      client_id: client.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid offline_access urn:opc:idm:__myscopes__',
      ...parameters,
    })}`;
  keep('the verifier', VERIFIER);
  const challenge = createHash('sha256').update(VERIFIER).digest('base64url');
  const page = await browser.follow(
    await browser.get(query({ code_challenge: challenge, code_challenge_method: 'S256' })),
  );
  keep('a csrf token', page.forms[0]!.fields['csrf']!);
  keep("a waiting sign-in's name", page.forms[0]!.fields['request']!);
  await browser.submit(page, { username: 'leaky', password: WRONG });
  const submitted = await browser.submit(page, { username: 'leaky', password: PASSWORD });
  keep("a waiting request's name", new URL(submitted.location!).searchParams.get('resume')!);
  const consent = await browser.follow(submitted);
  const answered =
    consent.location === null ? await browser.follow(await browser.submit(consent, { decision: 'allow' })) : consent;
  const code = keep('the code', answerOf(answered)['code']!);
  for (const { name, value } of browser.cookies()) keep(`the cookie ${name}`, value);
  const exchange = (more: Record<string, string>) =>
    postAs(world, client, 'token', { grant_type: 'authorization_code', code, ...more });
  await exchange({ code_verifier: `${VERIFIER}x` });
  await exchange({});
  await exchange({ code_verifier: VERIFIER, redirect_uri: 'https://evil.example/' });
  const { body } = await exchange({ code_verifier: VERIFIER });
  keep('the access token', body.access_token);
  keep('the identity token', body.id_token);
  keep('the refresh token', body.refresh_token);
  await send('GET', '/oauth2/v1/userinfo', { token: body.access_token });
  await send('GET', `/admin/v1/Users?filter=${encodeURIComponent(`userName eq "${PASSWORD}"`)}`);
  await send('GET', `/oauth2/v1/userinfo?access_token=${body.access_token}`, { token: null });
  await send('GET', '/admin/v1/Users', { token: `${body.access_token}x` });
  const refreshed = await postAs(world, client, 'token', {
    grant_type: 'refresh_token',
    refresh_token: body.refresh_token,
  });
  keep('the refreshed token', refreshed.body.access_token);
  await postAs(world, client, 'token', {
    grant_type: 'password',
    username: 'leaky',
    password: PASSWORD,
    scope: 'openid',
  });
  await postAs(world, client, 'token', { grant_type: 'password', username: 'leaky', password: WRONG, scope: 'openid' });
  await postAs(world, { ...client, secret: WRONG }, 'token', { grant_type: 'client_credentials' });
  await postAs(world, client, 'token', { grant_type: JWT_BEARER, assertion: body.id_token, scope: 'openid' });
  await postAs(world, client, 'token', { grant_type: JWT_BEARER, assertion: `${body.id_token}x`, scope: 'openid' });
  await postAs(world, client, 'introspect', { token: body.refresh_token });
  const device = await postAs(world, null, 'device', {
    response_type: 'device_code',
    client_id: client.clientId,
    scope: 'openid',
  });
  keep('the device code', device.body.device_code);
  keep('the user code', device.body.user_code);
  const typed = await browser.submit(await browser.get('/ui/v1/device'), { user_code: device.body.user_code });
  await browser.submit(typed, { decision: 'allow' });
  await postAs(world, client, 'token', { grant_type: DEVICE, device_code: device.body.device_code });
  // Things that the log warns of.
  await exchange({ code_verifier: VERIFIER });
  await browser.get(query({ id_token_hint: body.id_token, prompt: 'none' }));
  await send('POST', '/oauth2/v1/token', { body: '{"password":', headers: { 'content-type': 'application/json' } });
  const token = await domain.tokenRequest({ grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' });
  keep("another administrator's token", token.body.access_token);
  await browser.get(`/oauth2/v1/userlogout?${new URLSearchParams({ id_token_hint: body.id_token })}`);
  await postAs(world, client, 'revoke', { token: body.refresh_token });
}

describe('After a whole flow with every error', () => {
  test('the log has requests and warnings, and no password, code, token, secret, cookie or verifier', () => {
    const output = running.output();
    expect(output).toContain('/oauth2/v1/token');
    expect(output).toContain('used twice');
    expect(secrets.size).toBeGreaterThan(15);
    for (const [what, secret] of secrets) {
      const found = output
        .split('\n')
        .find((line) => line.includes(secret) || line.includes(encodeURIComponent(secret)));
      expect(found, what).toBeUndefined();
      const [, payload] = secret.split('.');
      if (payload !== undefined && secret.startsWith('eyJ')) expect(output.includes(payload), what).toBe(false);
    }
  });

  test('nor has it a password, mailed token, link or passcode of the flows of an account', () => {
    const output = running.output();
    expect(output).toContain('/admin/v1/MePasswordResetter');
    expect([...accountSecrets.values()].flat().length).toBeGreaterThan(15);
    for (const [what, values] of accountSecrets) {
      for (const value of values) {
        // Six digits may be a part of any id.
        const found = /^\d+$/.test(value)
          ? new RegExp(`(?<![0-9a-f-])${value}(?![0-9a-f-])`).test(output)
          : output.includes(value) || output.includes(encodeURIComponent(value));
        expect(found, what).toBe(false);
      }
    }
  });

  test('no row of the database has one in clear', async () => {
    const database = new Client({ connectionString: testDatabaseUrl() });
    await database.connect();
    try {
      const { rows: tables } = await database.query<{ table_name: string; column: string | null }>(
        `select t.table_name, (select c.column_name from information_schema.columns c
           where c.table_schema = t.table_schema and c.table_name = t.table_name and c.column_name = 'domain_id') as column
         from information_schema.tables t where t.table_schema = 'public' and t.table_type = 'BASE TABLE'`,
      );
      const { rows: domains } = await database.query<{ id: string }>('select id from domain where name = $1', [
        domainName,
      ]);
      expect(domains).toHaveLength(1);
      let seen = 0;
      for (const { table_name, column } of tables) {
        if (column === null) continue;
        const { rows } = await database.query<{ row: string }>(
          `select row_to_json(t)::text as row from "${table_name}" t where domain_id = $1`,
          [domains[0]!.id],
        );
        seen += rows.length;
        for (const { row } of rows) {
          for (const [what, secret] of secrets) {
            // A name is worth nothing without the cookie of the browser that it is tied to.
            if (what.startsWith('a waiting')) continue;
            expect(row.includes(secret) ? `${table_name}: ${row.slice(0, 300)}` : null, what).toBeNull();
          }
        }
      }
      expect(seen).toBeGreaterThan(20);
    } finally {
      await database.end();
    }
  });
});

describe('Errors tell nobody who exists', () => {
  test('the password grant has one answer for an unknown user, a wrong password of an active or inactive one, and one without', async () => {
    const { world, app } = await victim({ allowedGrants: ['authorization_code', 'password'] });
    const { id, form } = await world.person('inactive');
    await world.send('PATCH', `/admin/v1/Users/${id}`, { body: replace('active', false) });
    await world.createUser('without');
    await world.person('dora');
    const answers = new Set<string>();
    for (const [username, password] of [
      ['nobody', WRONG],
      ['dora', WRONG],
      ['inactive', WRONG],
      ['without', WRONG],
      ['dora\0', WRONG],
      ["' or 1=1 --", WRONG],
    ] as const) {
      const { status, text } = await postAs(world, app, 'token', {
        grant_type: 'password',
        username,
        password,
        scope: 'openid',
      });
      answers.add(`${status} ${text}`);
    }
    expect([...answers]).toHaveLength(1);
    const right = await postAs(world, app, 'token', { grant_type: 'password', ...form, scope: 'openid' });
    expect(refusalOf(right)).toEqual([400, 'invalid_grant']);
  });

  test('the sign-in page has one answer for an unknown user, a wrong password of an active or inactive one, and one without', async () => {
    const world = await authorizeWorld();
    await world.createUser('without');
    await world.person('dora');
    const { id } = await world.person('inactive');
    await world.send('PATCH', `/admin/v1/Users/${id}`, { body: replace('active', false) });
    const pages = new Set<string>();
    for (const username of ['nobody', 'dora', 'without', 'inactive']) {
      const browser = world.browser();
      const page = await browser.follow(await browser.get('/ui/v1/signin'));
      const { status, text } = await browser.submit(page, { username, password: WRONG });
      pages.add(`${status} ${text.replaceAll(username, '').replace(/value="[^"]*"/g, '')}`);
    }
    expect([...pages]).toHaveLength(1);
  });

  test('the token endpoint has one answer for an unknown client, a wrong secret and an inactive client', async () => {
    const { world, app } = await victim();
    const inactive = await world.app({ active: false });
    const answers = new Set<string>();
    for (const clientId of ['nobody', app.clientId, inactive.clientId, 'a\0b']) {
      for (const endpoint of ['token', 'introspect', 'revoke']) {
        const form = { grant_type: 'client_credentials', token: 'x' };
        const { status, text } = await postAs(world, { clientId, secret: WRONG }, endpoint, form);
        answers.add(`${status} ${text}`);
      }
    }
    expect([...answers]).toHaveLength(1);
  });

  test('a code, refresh token or device code of another client is answered as one that never was', async () => {
    const { world, code, tokens, app } = await victim({
      allowedGrants: ['authorization_code', 'refresh_token', DEVICE],
    });
    const other = await world.app({ allowedGrants: ['authorization_code', 'refresh_token', DEVICE] });
    const { body } = await postAs(world, null, 'device', {
      response_type: 'device_code',
      client_id: app.clientId,
      scope: 'openid',
    });
    for (const [grant_type, name, value] of [
      ['authorization_code', 'code', await code()],
      ['refresh_token', 'refresh_token', (await tokens()).refresh_token],
      [DEVICE, 'device_code', body.device_code],
    ] as const) {
      const theirs = await postAs(world, other, 'token', { grant_type, [name]: value });
      const none = await postAs(world, other, 'token', { grant_type, [name]: 'x'.repeat(43) });
      expect(theirs.text, grant_type).toBe(none.text);
      expect(refusalOf(theirs)).toEqual([400, 'invalid_grant']);
    }
  });

  test('introspection says of everything that is not good the same', async () => {
    const { world, tokens } = await victim();
    const asker = await world.app({ allowedGrants: ['client_credentials'], allowedOperations: ['introspect'] });
    const { access_token, id_token, refresh_token } = await tokens();
    const foreign = (await victim()).world.token;
    for (const token of ['x', 'a.b.c', id_token, refresh_token, foreign, `${access_token}x.y`]) {
      const { status, text } = await postAs(world, asker, 'introspect', { token });
      expect([status, text]).toEqual([200, '{"active":false}']);
    }
  });
});
