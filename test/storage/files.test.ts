import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileWriter, MAX_FILE_BYTES } from '../../src/storage/file-writer.ts';
import { closeTestStore, testContext } from '../support/context.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const FILES = '/storage/v1/Files';

let domain: TestDomain;
let userToken: string;

beforeAll(async () => {
  domain = await testDomain();
  await newUser(domain, 'plain', 'Correct-Horse-7');
  const form = {
    grant_type: 'password',
    username: 'plain',
    password: 'Correct-Horse-7',
    scope: 'urn:opc:idm:__myscopes__',
  };
  userToken = (await domain.tokenRequest(form)).body.access_token;
});

afterAll(closeTestStore);

async function post(
  form: FormData | string,
  { token = domain.token, headers = {} }: { token?: string; headers?: Record<string, string> } = {},
): Promise<Pick<Answer, 'status' | 'headers' | 'text' | 'body'>> {
  const authorization = { authorization: `Bearer ${token}` };
  const response = await fetch(`${domain.url}${FILES}`, {
    method: 'POST',
    headers: { ...authorization, ...headers },
    body: form,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith('{') ? JSON.parse(text) : {},
  };
}

function formOf(
  fields: Record<string, string>,
  content: string | Uint8Array<ArrayBuffer> | null = 'a,b\n1,2\n',
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (content !== null) form.append('file', new Blob([content], { type: 'text/csv' }), 'local.csv');
  return form;
}

const get = (name: string, token: string | null = domain.token) =>
  domain.send('GET', `${FILES}?fileName=${encodeURIComponent(name)}`, {
    token,
    headers: { 'content-type': 'multipart/form-data' },
  });

describe('/storage/v1/Files', () => {
  test('keeps what a form brings, under a name with the time, and gives it back with "files/" or without', async () => {
    const fields = { contentType: 'text/csv', fileName: 'Users.csv', isPublic: 'false' };
    const { status, body, headers } = await post(formOf(fields, 'a,b\né,"\n"\n'));
    expect([status, body.isPublic]).toEqual([201, false]);
    expect(body.fileName).toMatch(/^files\/\d{12}\/Users\.csv$/);
    expect(body.fileUrl).toBe(headers.get('location'));
    for (const name of [body.fileName, body.fileName.replace('files/', '')]) {
      const answer = await get(name);
      expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([
        200,
        'text/csv',
        'a,b\né,"\n"\n',
      ]);
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
    }
    expect((await domain.send('GET', body.fileUrl.slice(domain.url.length))).status).toBe(200);
  });

  test('keeps files of many parts byte by byte, and of two with one name the later', async () => {
    const large = new Uint8Array(3_500_000).map((_, at) => (at * 31) % 251);
    const fields = { contentType: 'application/octet-stream', fileName: 'large.bin' };
    expect((await post(formOf(fields, 'first'))).status).toBe(201);
    const { body } = await post(formOf(fields, large));
    const response = await fetch(body.fileUrl, { headers: { authorization: `Bearer ${domain.token}` } });
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(large))).toBe(true);
    expect(response.headers.get('content-length')).toBe('3500000');
    expect((await domain.send('DELETE', `${FILES}?fileName=${body.fileName}`)).status).toBe(204);
    expect((await get(body.fileName)).status).toBe(404);
  });

  test('a folder has no bytes, and an empty file is a file', async () => {
    const folder = await post(formOf({ contentType: 'application/directory', fileName: 'images' }, null));
    expect(folder.status).toBe(201);
    const empty = await post(formOf({ contentType: 'text/csv', fileName: 'empty.csv' }, ''));
    expect([empty.status, (await get(empty.body.fileName)).text]).toEqual([201, '']);
  });

  test('public files are given to anybody, others to nobody without a token', async () => {
    const shown = await post(
      formOf({ contentType: 'text/html', fileName: 'p.html', isPublic: 'true' }, '<script>1</script>'),
    );
    const answer = await get(shown.body.fileName, null);
    expect([answer.status, answer.headers.get('content-security-policy')]).toEqual([
      200,
      "sandbox; default-src 'none'",
    ]);
    const hidden = await post(formOf({ contentType: 'text/csv', fileName: 'h.csv' }));
    expect([(await get(hidden.body.fileName, null)).status, (await get('files/none', null)).status]).toEqual([
      401, 401,
    ]);
    expect((await get(hidden.body.fileName, userToken)).status).toBe(401);
  });

  test('only administrators bring and remove files', async () => {
    expect((await post(formOf({ fileName: 'x.csv' }), { token: userToken })).status).toBe(401);
    expect((await domain.send('DELETE', `${FILES}?fileName=files/x`, { token: userToken })).status).toBe(401);
  });

  test.each<[string, Record<string, string>, string | null, RegExp]>([
    ['no file', { contentType: 'text/csv', fileName: 'x.csv' }, null, /field file is missing/],
    ['isPublic', { fileName: 'x.csv', isPublic: 'perhaps' }, 'x', /isPublic/],
    ['contentType', { fileName: 'x.csv', contentType: 'text' }, 'x', /contentType/],
    ['a line break in contentType', { fileName: 'x.csv', contentType: 'text/csv\r\nx: y' }, 'x', /contentType/],
    ['a way out', { fileName: '../x.csv' }, 'x', /fileName/],
    ['a backslash', { fileName: 'a\\x.csv' }, 'x', /fileName/],
    ['NUL', { fileName: 'a\0x.csv' }, 'x', /NUL/],
    ['a long name', { fileName: 'x'.repeat(300) }, 'x', /fileName/],
    ['a field that is too long', { fileName: 'x'.repeat(5_000) }, 'x', /too long/],
  ])('refuses a form with %s', async (_name, fields, content, says) => {
    const { status, body } = await post(formOf(fields, content));
    expect([status, body.detail]).toEqual([400, expect.stringMatching(says)]);
  });

  test('refuses what is no form, a form that breaks off, and two of one', async () => {
    expect((await post('{}', { headers: { 'content-type': 'application/json' } })).status).toBe(415);
    expect((await post('x', { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    expect((await post('x', { headers: { 'content-type': 'multipart/form-data' } })).status).toBe(400);
    const broken = '--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\nabc';
    expect((await post(broken, { headers: { 'content-type': 'multipart/form-data; boundary=b' } })).status).toBe(400);
    const twice = formOf({ fileName: 'x.csv' });
    twice.append('fileName', 'y.csv');
    expect((await post(twice)).status).toBe(400);
    const two = formOf({ fileName: 'x.csv' });
    two.append('file', new Blob(['y']), 'y');
    expect((await post(two)).status).toBe(400);
  });

  test('a file that is too large is a 413, whether its length is said or not', async () => {
    const { url, token } = domain;
    const said = await new Promise<number>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': String(MAX_FILE_BYTES + 1_000_000),
      };
      const sent = request(`${url}${FILES}`, { method: 'POST', headers }, (answer) => {
        resolve(answer.statusCode!);
        sent.destroy();
      });
      sent.on('error', reject);
      sent.write('--b');
    });
    expect(said).toBe(413);
    const writer = new FileWriter(await testContext());
    await writer.write('x');
    await expect(writer.write(Buffer.alloc(MAX_FILE_BYTES))).rejects.toMatchObject({ status: 413 });
  });

  test('a request without a good name, or with a bad one, is refused', async () => {
    for (const query of [
      '',
      '?fileName=',
      '?fileName=a&fileName=b',
      '?fileName=%00',
      `?fileName=${'x'.repeat(1_500)}`,
    ]) {
      expect([query, (await domain.send('GET', `${FILES}${query}`)).status]).toEqual([query, 400]);
    }
    expect((await get('files/../x')).status).toBe(404);
  });

  test('a reset leaves no files behind', async () => {
    const { body } = await post(formOf({ fileName: 'gone.csv', isPublic: 'true' }));
    expect((await get(body.fileName, null)).status).toBe(200);
    const reset = await domain.send('POST', `/_emulator/domains/${domain.name}/reset`, { token: null, body: {} });
    expect(reset.status).toBeLessThan(300);
    expect((await get(body.fileName, null)).status).not.toBe(200);
  });
});
