import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { type TestDomain, testDomain, userBody } from '../support/emulator.ts';
import { HANG_MS } from '../support/hang.ts';

/*
 * What a hostile or broken client sends gets a 4xx in SCIM form that names the attribute or the position; the server keeps
 * serving and nothing is half-written.
 */

let domain: TestDomain;

beforeAll(async () => {
  domain = await testDomain();
});

const ERROR_SCHEMAS = [
  'urn:ietf:params:scim:api:messages:2.0:Error',
  'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error',
];

async function refused(answer: ReturnType<TestDomain['send']>, status: number, detail: RegExp) {
  const { body, text, ...rest } = await answer;
  expect(rest.status, text.slice(0, 500)).toBe(status);
  expect(body.schemas).toEqual(ERROR_SCHEMAS);
  expect(body.status).toBe(String(status));
  expect(body.detail).toMatch(detail);
  expect(body.detail.length).toBeLessThan(1200);
}

const create = (body: string) => domain.send('POST', '/admin/v1/Users', { body });

describe('hostile input', () => {
  test.each([
    ['malformed JSON', '{"userName":', /not valid JSON/],
    ['no body', '', /body is missing/],
    ['an array', '[]', /must be a JSON object/],
    ['a duplicate key', '{"userName":"a","userName":"b"}', /userName is given twice/],
    ['one attribute in two spellings', '{"userName":"a","USERNAME":"b"}', /userName/i],
    ['__proto__', '{"__proto__":{"admin":true},"userName":"a"}', /__proto__/],
    ['constructor', JSON.stringify({ ...userBody('c'), constructor: { prototype: {} } }), /constructor/],
    ['an unknown attribute', JSON.stringify({ ...userBody('u'), nickname2: 'x' }), /nickname2/],
    ['an unknown extension', JSON.stringify({ ...userBody('u'), 'urn:x:y': { a: 1 } }), /urn:x:y/],
    ['a wrong type', JSON.stringify({ ...userBody('w'), active: 'maybe' }), /active/],
    ['an object for a string', JSON.stringify({ ...userBody('w'), title: { a: 1 } }), /title/],
    ['a string for an array', JSON.stringify({ ...userBody('w'), emails: 'a@b.c' }), /emails/],
    ['a canonical value that is none', JSON.stringify({ ...userBody('w'), userType: 'Robot' }), /userType/],
    ['deep nesting', `${'{"name":'.repeat(500)}1${'}'.repeat(500)}`, /nested deeper/],
    ['NUL in a string', JSON.stringify({ ...userBody('n'), title: 'a\u0000b' }), /title/],
    ['a lone surrogate', `${JSON.stringify(userBody('s')).slice(0, -1)},"title":"\\ud800"}`, /title/],
  ])('POST with %s is a 400 that names it', async (_what, body, detail) => {
    const before = (await domain.send('GET', '/admin/v1/Users?count=0')).body.totalResults;
    await refused(create(body), 400, detail);
    expect((await domain.send('GET', '/admin/v1/Users?count=0')).body.totalResults).toBe(before);
  });

  test.each([
    ['does not parse', 'userName eq', /filter/i],
    ['names no attribute', 'nosuch eq "x"', /nosuch/],
    ['compares with unquoted junk', 'userName eq a&b', /filter|userName/i],
    ['opens 10 kB of parentheses', '('.repeat(10_000), /filter/i],
    ['nests not 3,000 deep', `${'not('.repeat(2000)}userName pr${')'.repeat(2000)}`, /filter/i],
    ['has an unterminated string of newlines', `userName eq "${'\n'.repeat(200)}`, /filter/i],
    ['asks for __proto__', '__proto__ eq "x"', /__proto__/],
    ['uses a password', 'password eq "x"', /password/],
    ['has NUL in a value', 'userName eq "a\u0000b"', /filter|userName/i],
    ['orders booleans', 'active gt true', /active/],
  ])('a filter that %s is a 400 within a second', async (_what, filter, detail) => {
    const started = performance.now();
    await refused(domain.send('GET', `/admin/v1/Users?filter=${encodeURIComponent(filter)}`), 400, detail);
    expect(performance.now() - started).toBeLessThan(HANG_MS);
  });

  test.each([
    ['a quote and a comment', `x'--`],
    ['a double quote', 'x"'],
    ['1,000 characters', 'x'.repeat(1000)],
    ['a path escape', '..%2f..%2fetc'],
    ['unicode', 'ü✓'],
  ])('an id with %s is a 404', async (_what, id) => {
    await refused(
      domain.send('GET', `/admin/v1/Users/${id.includes('%') ? id : encodeURIComponent(id)}`),
      404,
      /not found/i,
    );
  });

  test('an id with NUL is a 400', async () => {
    await refused(domain.send('GET', '/admin/v1/Users/a%00b'), 400, /NUL/);
  });

  test('a path that is not valid percent-encoding is a 400', async () => {
    await refused(domain.send('GET', '/admin/v1/Users/%zz'), 400, /path/);
  });

  test.each([
    ['a path of NULs and quotes', { op: 'replace', path: 'name\u0000"', value: 'x' }],
    ['an unknown path', { op: 'replace', path: 'nosuch.thing', value: 'x' }],
    ['an unknown op', { op: 'merge', path: 'title', value: 'x' }],
    ['10 kB of brackets', { op: 'remove', path: 'emails['.repeat(1500) }],
    ['no value', { op: 'replace', path: 'title' }],
    ['a readOnly path', { op: 'replace', path: 'meta.created', value: '2020-01-01T00:00:00Z' }],
  ])('PATCH with %s is a 400', async (what, operation) => {
    const user = await domain.createUser(`patch-${what.length}-${what.replace(/\W/g, '')}@example.com`);
    await refused(
      domain.send('PATCH', `/admin/v1/Users/${user.id}`, {
        body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] },
      }),
      400,
      /./,
    );
    expect((await domain.send('GET', `/admin/v1/Users/${user.id}`)).body.meta.version).toBe(user.meta.version);
  });

  test('a form is a 415, whatever is in it', async () => {
    for (const [method, path] of [
      ['POST', '/admin/v1/Users'],
      ['PUT', '/admin/v1/Users/x'],
      ['PATCH', '/admin/v1/Users/x'],
      ['POST', '/admin/v1/Users/.search'],
      ['POST', '/admin/v1/Bulk'],
    ] as const) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      await refused(domain.send(method, path, { headers, body: 'userName=a' }), 415, /Content-Type/);
    }
  });

  test('forceDelete is true or false, in any case', async () => {
    const user = await domain.createUser('forced@example.com');
    await refused(domain.send('DELETE', `/admin/v1/Users/${user.id}?forceDelete=yes`), 400, /forceDelete/);
    await domain.send('POST', '/admin/v1/Groups', { body: { displayName: 'forced', members: [{ value: user.id }] } });
    await refused(domain.send('DELETE', `/admin/v1/Users/${user.id}?forceDelete=FALSE`), 400, /referenced/);
    expect((await domain.send('DELETE', `/admin/v1/Users/${user.id}?forceDelete=True`)).status).toBe(204);
  });

  test('a body over 1 MiB is a 413', async () => {
    await refused(create(`{"userName":"${'x'.repeat(1_100_000)}"}`), 413, /larger/);
  });

  test('a Bulk of more than 1,000 operations is a 413', async () => {
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: Array.from({ length: 1001 }, () => ({ method: 'DELETE', path: '/Users/1' })),
    };
    await refused(domain.send('POST', '/admin/v1/Bulk', { body }), 413, /1000|1,000/);
  });

  test('a wrong content type is a 415', async () => {
    await refused(
      domain.send('POST', '/admin/v1/Users', { body: '<a/>', headers: { 'content-type': 'text/xml' } }),
      415,
      /Content-Type/,
    );
  });

  test('a header block of 32 KiB is served, one of 1 MiB is a 431 in SCIM form', async () => {
    const served = await domain.send('GET', '/admin/v1/Users?count=0', {
      headers: { 'x-long': 'x'.repeat(32 * 1024) },
    });
    expect(served.status).toBe(200);
    const answer = await raw(`GET /admin/v1/Users HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(1024 * 1024)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({
      schemas: ERROR_SCHEMAS,
      status: '431',
    });
  });

  test('what is not HTTP is a 400 in SCIM form', async () => {
    const answer = await raw('HELLO\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"status":"400"');
  });

  test('the server keeps serving', async () => {
    expect((await domain.send('GET', '/admin/v1/Users?count=1')).status).toBe(200);
  });

  /** Sends bytes on a socket of its own. @returns everything that came back */
  function raw(bytes: string): Promise<string> {
    const { hostname, port } = new URL(domain.url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      let text = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => (text === '' ? reject(new Error('closed without an answer')) : resolve(text)));
      // Writing goes on while the server has already refused: a reset then is no failure.
      socket.on('error', () => {});
      socket.write(bytes);
    });
  }
});
