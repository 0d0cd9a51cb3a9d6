import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { keysOf } from '../audit/audit-world.ts';
import { type AuthorizeWorld, authorizeWorld, signIn } from '../oauth/authorize/authorize-world.ts';
import { newBrowser } from '../support/browser.ts';

/*
 * Oracle's collection of REST requests, folder "Audit Events", replayed in a domain on a day of the recording on which as much
 * has happened. The table has each request and the members of the first recorded event.
 */

interface Case {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject;
  /** startIndex and itemsPerPage. */
  readonly page?: readonly [number, number];
  /** eventId of the first event, where it was returned, and its members. */
  readonly event?: string;
  readonly keys?: readonly string[];
  /** Default: 200. No answer to a misspelled sortOrder was recorded; here it is refused. */
  readonly status?: number;
  /** Of these, what an event has that was caused in the console. */
  readonly elsewhere?: readonly string[];
}

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const FIREFOX = 'Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:60.0) Gecko/20100101 Firefox/60.0';
/** Nothing sends these here: no ID bridge, no mail that fails, no sign-in elsewhere, no provisioning that fails. */
const NEVER = /idbridge|notification\.delivery\.failure|eq "S(OCIAL|AML)"|account\.create\.failure/;
/** They need a page or a device of their own, which other tests have. */
const ELSEWHERE = /admin\.me\.(register|unocked|email\.verify)|admin\.account\.create\.success/;

const cases = JSON.parse(readFileSync(new URL('recorded-audit-requests.json', import.meta.url), 'utf8')) as Case[];
const recording = new URL('../../../shared/reference/requests.jsonl', import.meta.url);

describe.runIf(existsSync(recording))('the table of recorded requests for audit events', () => {
  test('has all of them', () => {
    const lines = readFileSync(recording, 'utf8').trim().split('\n');
    const all = lines.map((line) => JSON.parse(line) as { id: string; collection: string; folder: string });
    const ours = all.filter(({ collection, folder }) => collection === 'REST API' && folder.startsWith('Audit Events'));
    expect(cases.map(({ id }) => id)).toEqual(ours.map(({ id }) => id));
  });
});

let world: AuthorizeWorld;

beforeAll(async () => {
  world = await authorizeWorld();
  const body = { now: '2018-06-01T12:00:00Z' };
  const set = await world.send('PUT', '/_emulator/clock', { body, token: null });
  expect(set.status, set.text).toBe(200);
  await events();
}, 180_000);

/** What has happened that day. */
async function events(): Promise<void> {
  const ok = async (method: string, path: string, sent?: JsonObject) => {
    const { status, text, body } = await world.send(method, `/admin/v1/${path}`, sent && { body: sent });
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return body;
  };
  const patch = (...Operations: JsonObject[]) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations,
  });
  const app = await world.app({ isOAuthResource: true, audience: 'https://api.example.com' });
  await ok('PATCH', `Apps/${app.id}`, patch({ op: 'replace', path: 'displayName', value: 'Renamed' }));
  await ok('PATCH', `Apps/${(await world.app()).id}`, patch({ op: 'replace', path: 'active', value: false }));
  const gone = await world.app({ active: false });
  await ok('DELETE', `Apps/${gone.id}`);
  // Invited, which is mailed; then active, and deleted.
  const { id } = await world.createUser('invited@example.com');
  await ok('PATCH', `Users/${id}`, patch({ op: 'replace', path: 'active', value: false }));
  await ok('PATCH', `Users/${id}`, patch({ op: 'replace', path: 'active', value: true }));
  const joe = await world.person('joe.smith@example.com');
  const group = await world.createGroup('Employees', [joe.id]);
  await ok('PATCH', `Groups/${group.id}`, patch({ op: 'add', path: 'members', value: [{ value: id, type: 'User' }] }));
  await ok('PATCH', `Groups/${group.id}`, patch({ op: 'remove', path: `members[value eq "${id}"]` }));
  await ok('DELETE', `Groups/${group.id}`);
  await ok('DELETE', `Users/${id}`);
  // Signed in by a browser, after a mistake; signed out.
  const browser = newBrowser(world.url);
  const page = await browser.follow(await browser.get(world.authorizeUrl(app)));
  const { action, fields } = page.forms[0]!;
  const agent = { 'user-agent': FIREFOX };
  await browser.post(action, { ...fields, ...joe.form, password: 'Wrong-Horse-42' }, agent);
  await browser.follow(await browser.post(action, { ...fields, ...joe.form }, agent));
  await browser.get('/oauth2/v1/userlogout');
  // A password that must be changed, and one that is guessed until the account is locked.
  const { id: ann } = await world.person('ann.lee@example.com');
  await ok('PUT', `UserPasswordResetter/${ann}`, { schemas: [`${IDCS}UserPasswordResetter`] });
  const mails = await world.send('GET', '/_emulator/messages?to=ann.lee@example.com', { token: null });
  const { code } = mails.body.messages[0];
  const who = { mappingAttribute: 'userName', mappingAttributeValue: 'ann.lee@example.com' };
  const schemas = [`${IDCS}MePasswordMustChanger`];
  await ok('POST', 'MePasswordMustChanger', { schemas, oldPassword: code, password: 'Better-Horse-43', ...who });
  for (let left = 5; left > 0; left--) {
    const guess = { schemas: [`${IDCS}PasswordAuthenticator`], mappingAttributeValue: 'ann.lee@example.com' };
    await world.send('POST', '/admin/v1/PasswordAuthenticator', { body: { ...guess, password: 'Wrong-Horse-42' } });
  }
  await signIn(world.browser(), world.authorizeUrl(app));
  const role = { schemas: [`${IDCS}AppRole`], displayName: 'Reader', app: { value: app.id } };
  await ok('POST', 'Grants', {
    schemas: [`${IDCS}Grant`],
    grantee: { type: 'User', value: joe.id },
    app: { value: app.id },
    entitlement: { attributeName: 'appRoles', attributeValue: (await ok('POST', 'AppRoles', role)).id },
    grantMechanism: 'ADMINISTRATOR_TO_USER',
  });
}

test.each(cases.map((each) => [each.id, each] as const))('%s', async (_id, each) => {
  const [path = '', query = ''] = each.path.split('?', 2);
  const escaped = query.replaceAll(' ', '%20').replaceAll('"', '%22');
  const answer = await world.send(
    each.method,
    query === '' ? path : `${path}?${escaped}`,
    each.body && { body: each.body },
  );
  expect(answer.status, answer.text).toBe(each.status ?? 200);
  if (answer.status !== 200) return;
  const { schemas, startIndex, itemsPerPage, totalResults, Resources } = answer.body;
  expect(schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:ListResponse']);
  const [first, size] = each.page ?? [1, 50];
  const count = /count=(\d+)/.exec(query)?.[1];
  expect([startIndex, itemsPerPage]).toEqual([first, count === undefined ? size : Number(count)]);
  const isNever = NEVER.test(each.path);
  if (isNever || ELSEWHERE.test(each.path)) expect(totalResults).toBe(0);
  else expect(totalResults).toBeGreaterThan(0);
  if (each.keys === undefined || isNever) return;
  const wanted = each.keys.filter((key) => !each.elsewhere?.includes(key));
  const events = Resources as JsonObject[];
  const alike = each.event === undefined ? events : events.filter(({ eventId }) => eventId === each.event);
  expect(alike.map(keysOf)).toContainEqual(wanted);
});
