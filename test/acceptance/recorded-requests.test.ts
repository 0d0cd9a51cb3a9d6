import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_CLIENT_SECRET } from '../../src/config.ts';
import { isObject, type JsonObject, type JsonValue } from '../../src/scim/json.ts';
import type { Answer } from '../support/emulator.ts';
import { RecordedWorld } from './recorded-world.ts';

/*
 * Oracle's collection of REST requests, replayed: users, groups, bulk, apps, app roles, grants, policies, settings, security questions, terms of use, OAuth and discovery. The table
 * recorded-requests.json holds each request and what must come of it; where the whole recording is at hand, the table is
 * checked against it. Free text of the recording is "text" in the table.
 */

interface Expectation {
  readonly status: number;
  /** Exactly these members. */
  readonly keys?: readonly string[];
  /** At least these. */
  readonly hasKeys?: readonly string[];
  readonly lacks?: readonly string[];
  /** Members whose value the server makes: present and not empty. */
  readonly generated?: readonly string[];
  readonly values?: JsonObject;
  /** Members of the recorded answer by path (`meta`, `grantedAppRoles.0`), and what newer releases add. */
  readonly shape?: { readonly [path: string]: readonly string[] };
  readonly newer?: readonly string[];
  /** Lists: all ids, some ids, members of every element, itemsPerPage, the attribute that elements are sorted by. */
  readonly ids?: readonly string[];
  readonly includes?: readonly string[];
  readonly itemKeys?: readonly string[];
  readonly except?: { readonly [id: string]: readonly string[] };
  readonly page?: number;
  readonly sorted?: string;
  /** messageId of a SCIM error. */
  readonly error?: string;
  readonly empty?: boolean;
  /** A path that is 404 afterwards. */
  readonly gone?: string;
  /** What a GET shows afterwards; :created is the id that the answer has. */
  readonly after?: { path: string; values?: JsonObject; hasKeys?: string[]; lacks?: string[] };
  /** Replacements in path and body, where the recording's own world is needed. */
  readonly where?: { readonly [text: string]: string };
  /** The text after `filter=` is one value, `&` included. */
  readonly wholeQuery?: boolean;
}

interface Case {
  /** The recording has some requests under several folders. */
  readonly ids: readonly string[];
  readonly method: string;
  readonly path: string;
  /** Content type of the request, when it isn't application/json. */
  readonly type?: string;
  readonly body?: JsonObject;
  readonly expect: Expectation;
}

interface Recorded {
  readonly id: string;
  readonly collection: string;
  readonly folder: string;
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | null;
  readonly responses: readonly { readonly status: number; readonly body: JsonObject }[];
}

const FOLDERS =
  /^(MFA\/Authentication Factor Settings|MFA\/Security Questions|Terms of Use \(TOU\)|Policy|Users|Groups|Apps|AppRoles|Grants|OAuth|\.well-known)(\/|$)|^Bulk$/;
const cases = JSON.parse(readFileSync(new URL('recorded-requests.json', import.meta.url), 'utf8')) as Case[];
const recorded = readRecording();

/** The whole recording by id; empty where it is not at hand. */
function readRecording(): ReadonlyMap<string, Recorded> {
  const file = new URL('../../../shared/reference/requests.jsonl', import.meta.url);
  if (!existsSync(file)) return new Map();
  const all = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded);
  const ours = all.filter(({ collection, folder }) => collection === 'REST API' && FOLDERS.test(folder));
  return new Map(ours.map((request) => [request.id, request]));
}

describe.runIf(recorded.size > 0)('the table of recorded requests', () => {
  test('has every request of its folders', () => {
    expect(cases.flatMap(({ ids }) => ids).sort()).toEqual([...recorded.keys()].sort());
  });

  test('agrees with the recording of each', () => {
    for (const each of cases) {
      for (const id of each.ids) {
        const { method, path, body, responses } = recorded.get(id)!;
        expect({ method: each.method, path: each.path, body: each.body ?? null }, id).toEqual({
          method,
          path,
          body: body && withoutFreeText(body),
        });
        const response = responses[0];
        // Where the type isn't built, the recorded answer is for later.
        if (response === undefined || each.expect.status === 501) continue;
        expect(each.expect.status, id).toBe(response.status);
        expect(each.expect.shape ?? {}, id).toEqual(shapeOf(response.body));
      }
    }
  });
});

let reads: RecordedWorld;

beforeAll(async () => {
  reads = await RecordedWorld.make('csaladna@example.com');
  await reads.makeAll();
});

describe('recorded requests', () => {
  test.each(cases.map((each) => [`${each.method} ${each.path.slice(0, 120)} (${each.ids.join(', ')})`, each] as const))(
    '%s',
    async (_name, each) => {
      const isRead = ['GET', 'OPTIONS'].includes(each.method) || each.path.endsWith('/.search');
      const world = isRead ? reads : await RecordedWorld.make();
      const expected = await world.fillJson(replaced(each.expect, each.expect.where));
      const answer = await play(world, each);
      expect(answer.status, answer.text).toBe(expected.status);
      expectType(each.path, answer);
      expectAnswer(answer, expected);
      if (expected.gone !== undefined) expect((await world.domain.send('GET', expected.gone)).status).toBe(404);
      if (expected.after !== undefined) {
        const path = expected.after.path.replace(':created', String(answer.body.id));
        const seen = await world.domain.send('GET', path);
        expectAnswer(seen, { status: 200, ...expected.after });
      }
    },
  );

  test('an unescaped & ends a filter, and what follows are unknown parameters', async () => {
    const group = await reads.value('groupid');
    const path = `/admin/v1/Grants?filter=grantee[value eq "${group}"]&entitlement[attributeName eq "appRoles"`;
    const answer = await reads.domain.send('GET', path);
    expect(answer.status).toBe(200);
    expect(idsOf(answer)).toEqual([await reads.value('groupgrantid')]);
  });
});

/** Sends a request as recorded (its extract where the recording is not at hand). */
async function play(world: RecordedWorld, each: Case): Promise<Answer> {
  const { where, wholeQuery } = each.expect;
  const body = recorded.get(each.ids[0]!)?.body ?? each.body;
  const filled = body === undefined ? undefined : await world.fillJson(replaced(body, where));
  const path = await world.fill(replaced(each.path, where));
  if (path.startsWith('/oauth2/')) {
    const form = filled as Record<string, string>;
    if (path.endsWith('/token')) return world.domain.tokenRequest(form);
    const basic = Buffer.from(`idcs-admin:${DEVELOPMENT_CLIENT_SECRET}`).toString('base64');
    return world.domain.send('POST', path, {
      token: null,
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${basic}` },
    });
  }
  return world.domain.send(each.method, wholeQuery ? escapedFilter(path) : path, {
    ...(filled === undefined ? {} : { body: filled }),
    ...(each.type === undefined ? {} : { headers: { 'content-type': each.type } }),
  });
}

function escapedFilter(path: string): string {
  const [before, filter] = path.split('filter=', 2);
  return `${before}filter=${encodeURIComponent(filter!)}`;
}

/** shapes.md §1: what each API family calls its JSON. */
function expectType(path: string, { status, headers, text }: Answer): void {
  const type = headers.get('content-type');
  if (text === '') expect(type).toBeNull();
  else if (path.startsWith('/oauth2/')) expect(type).toBe('application/json;charset=UTF-8');
  else expect(type).toBe(status < 300 ? 'application/json;charset=utf-8' : 'application/json');
}

function expectAnswer(answer: Answer, expected: Expectation): void {
  const { body } = answer;
  if (expected.empty) expect(answer.text).toBe('');
  if (expected.keys) expect(Object.keys(body).sort()).toEqual(expected.keys);
  for (const key of expected.hasKeys ?? []) expect(body).toHaveProperty([key]);
  for (const key of expected.lacks ?? []) expect(body).not.toHaveProperty([key]);
  for (const key of expected.generated ?? []) expect(body[key]).toMatch(/^[0-9a-f-]{32,36}$/);
  if (expected.values) expect(body).toMatchObject(expected.values);
  if (expected.shape) expectShape(body, expected.shape, expected.newer ?? []);
  if (expected.status === 501) expectNotBuilt(answer);
  if (expected.error) expectScimError(answer, expected.error);
  if (expected.ids ?? expected.includes) expectList(answer, expected);
}

function expectList(answer: Answer, expected: Expectation): void {
  const { schemas, startIndex, itemsPerPage, totalResults, Resources } = answer.body;
  expect(schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:ListResponse']);
  expect({ startIndex, itemsPerPage }).toEqual({ startIndex: 1, itemsPerPage: expected.page ?? 50 });
  if (expected.ids) {
    expect(idsOf(answer).sort()).toEqual([...expected.ids].sort());
    expect(totalResults).toBe(expected.ids.length);
  }
  expect(idsOf(answer)).toEqual(expect.arrayContaining([...(expected.includes ?? [])]));
  for (const item of Resources as JsonObject[]) {
    if (expected.itemKeys) expect(Object.keys(item).sort()).toEqual(expected.itemKeys);
    for (const key of expected.except?.[String(item['id'])] ?? []) expect(item).not.toHaveProperty([key]);
  }
}

/** Compares the members that the recording shows, and those of newer releases, with those that came, part by part. */
function expectShape(
  body: JsonObject,
  recordedShape: NonNullable<Expectation['shape']>,
  newer: readonly string[],
): void {
  const shape = shapeOf(body);
  for (const [path, keys] of Object.entries(recordedShape)) {
    const prefix = path === '' ? '' : `${path}.`;
    const added = newer.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    const wanted = [...keys, ...added.filter((name) => !name.includes('.'))].sort();
    expect(shape[path], `members of ${path === '' ? 'the body' : path}`).toEqual(wanted);
  }
}

function expectNotBuilt({ body }: Answer): void {
  if ('error' in body) expect(Object.keys(body).sort()).toEqual(['error', 'error_description']);
  else expect(body).toMatchObject({ status: '501', schemas: SCIM_ERROR });
}

const SCIM_ERROR = [
  'urn:ietf:params:scim:api:messages:2.0:Error',
  'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error',
];

function expectScimError({ status, body }: Answer, messageId: string): void {
  expect(body).toMatchObject({ schemas: SCIM_ERROR, status: String(status), [SCIM_ERROR[1]!]: { messageId } });
}

function idsOf(answer: Answer): string[] {
  return (answer.body.Resources as { id: string }[]).map(({ id }) => id);
}

function replaced<T>(value: T, where: Expectation['where'] = {}): T {
  let text = JSON.stringify(value);
  for (const [from, to] of Object.entries(where)) text = text.replaceAll(from, to);
  return JSON.parse(text) as T;
}

/** Members of an answer and of its parts; of a list of objects, those of the first. */
function shapeOf(value: JsonValue, path = ''): Record<string, string[]> {
  if (Array.isArray(value)) return isObject(value[0]) ? shapeOf(value[0], `${path}.0`) : {};
  if (!isObject(value)) return {};
  const parts = Object.entries(value)
    // The last change is made by whoever runs the request.
    .filter(([name]) => name !== 'idcsLastModifiedBy')
    .map(([name, part]) => shapeOf(part, path === '' ? name : `${path}.${name}`));
  return Object.assign({ [path]: Object.keys(value).sort() }, ...parts);
}

/** The recording's descriptions are prose; the table says "text" instead. */
function withoutFreeText(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutFreeText);
  if (!isObject(value)) return value;
  const describes = String(value['path'] ?? '').endsWith('description');
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const isText =
        typeof part === 'string' && (name === 'description' || name === 'statement' || (name === 'value' && describes));
      return [name, isText ? 'text' : withoutFreeText(part)];
    }),
  );
}
