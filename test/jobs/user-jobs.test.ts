import { beforeAll, describe, expect, test } from 'vitest';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { ask, ended, exported, rowsOf, run, upload } from './job-client.ts';

const IMPORT = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:UserImport:JobReport';
const TITLES = 'User ID,Last Name,First Name,Work Email,Home Email,Mobile No,Department,Active,ByPass Notification';

let domain: TestDomain;
beforeAll(async () => {
  domain = await testDomain();
});

const user = async (userName: string) => {
  const filter = encodeURIComponent(`userName eq "${userName}"`);
  return (await domain.send('GET', `/admin/v1/Users?attributeSets=all&filter=${filter}`)).body.Resources[0];
};

describe('UserImport and UserExport', () => {
  test('200 rows, good and bad, become users and reports; what is exported is what was imported', async () => {
    const lines = Array.from({ length: 200 }, (_, at) => {
      if (at % 20 === 7) return `u${at},,Bad,u${at}@example.com,,,,,TRUE`;
      if (at % 20 === 9) return `u${at},Last,Bad,not an address,,,,,TRUE`;
      if (at % 20 === 11) return `u${at},Last,Bad,u${at}@example.com,,,,perhaps,TRUE`;
      if (at % 20 === 13) return `u${at},too,few`;
      return `u${at},"Last, ${at}","Fir""st\n${at}",u${at}@example.com,h${at}@example.com,'+1 555 ${at}',D ${at},TRUE,TRUE`;
    });
    const fileLocation = await upload(domain, `\ufeff${TITLES}\r\n${lines.join('\r\n')}\r\n`);
    const history = await run(domain, 'UserImport', { fileLocation, fileType: 'csv' });
    expect(history).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      jobScheduleId: expect.stringMatching(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/),
      status: 'succeeded',
      percentage: 100,
      totalCount: 200,
      successCount: 160,
      failureCount: 40,
      startTime: expect.any(String),
      endTime: expect.any(String),
    });
    expect(await user('u42')).toMatchObject({
      name: { familyName: 'Last, 42', givenName: 'Fir"st\n42' },
      emails: expect.arrayContaining([
        expect.objectContaining({ value: 'u42@example.com', type: 'work', primary: true }),
      ]),
      phoneNumbers: [expect.objectContaining({ value: '+1 555 42', type: 'mobile' })],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'D 42' },
      'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User': expect.objectContaining({
        creationMechanism: 'import',
      }),
    });
    for (const name of ['u7', 'u9', 'u11', 'u13']) expect(await user(name)).toBeUndefined();

    const reports = await rowsOf(domain, 'UserImportJobReports', `historyId eq "${history.id}"`);
    expect(reports).toHaveLength(200);
    expect(reports[0]).toMatchObject({
      type: 'info',
      message: 'User Imported Successfully.',
      [IMPORT]: { status: 'Creation Succeeded', userId: 'u0', firstName: 'Fir"st\n0', email: 'u0@example.com' },
    });
    expect(reports[0][IMPORT].requestData).toMatch(/^User ID=u0,Last Name=Last, 0,/);
    expect(JSON.parse(reports[0][IMPORT].responseData)).toMatchObject({
      status: '201',
      method: 'POST',
      requestNumber: 1,
    });
    expect(reports[11]).toMatchObject({
      type: 'error',
      message: expect.stringMatching(/^Active must be TRUE or FALSE/),
    });
    expect(reports[13]).toMatchObject({ type: 'error', message: expect.stringMatching(/number of cells/) });
    const errors = await rowsOf(domain, 'JobReports', `historyId eq "${history.id}" and type eq "error"`);
    expect(errors).toHaveLength(40);
    expect((await domain.send('GET', `/job/v1/JobReports/${reports[0].id}`)).body.id).toBe(reports[0].id);

    const parameters = {
      exportFormat: 'CSV',
      filter: 'userName sw "u4"',
      attributesToExclude: 'displayName, meta, profileUrl',
    };
    const first = await exported(domain, (await run(domain, 'UserExport', parameters)).id);
    expect(first).toContain(`"Fir""st\n42"`);
    expect(first).toContain(`'+1 555 42'`);
    expect(first.match(/,u4\d?,/g)).toHaveLength(9);
    expect(first.split('\n')[0]).not.toMatch(/Password|Display Name|Profile|Created/);
    const again = await testDomain();
    await run(again, 'UserImport', { fileLocation: await upload(again, first), fileType: 'csv' });
    expect(await exported(again, (await run(again, 'UserExport', parameters)).id)).toBe(first);
  }, 60_000);

  test('a second import merges lists, or replaces them where that is asked', async () => {
    const first = await upload(domain, `${TITLES}\nmerge,Last,,w@example.com,,1,D,TRUE,TRUE\n`);
    await run(domain, 'Import', { fileLocation: first, fileType: 'csv', resourceType: 'User' });
    const second = await upload(domain, 'user id,Last Name,Other Email\nMERGE,Next,o@example.com\n');
    const history = await run(domain, 'UserImport', { fileLocation: second, fileType: 'csv' });
    const [report] = await rowsOf(domain, 'JobReports', `historyId eq "${history.id}"`);
    expect([report.message, report[IMPORT].status]).toEqual(['User Imported Successfully.', 'Update Succeeded']);
    const values = (each: { emails: { value: string; type: string }[] }) =>
      each.emails
        .filter(({ type }) => type !== 'recovery')
        .map(({ value }) => value)
        .sort();
    const merged = await user('merge');
    expect([merged.name.familyName, values(merged)]).toEqual(['Next', ['o@example.com', 'w@example.com']]);
    expect(merged.emails.find(({ value }: { value: string }) => value === 'w@example.com').primary).toBe(true);
    await run(domain, 'UserImport', {
      fileLocation: second,
      fileType: 'csv',
      replaceExistingMultiValuedValues: 'true',
    });
    expect(values(await user('merge'))).toEqual(['o@example.com']);
    expect((await user('merge')).phoneNumbers).toHaveLength(1);
  });

  test('passwords are taken as plain text and held to the policy, and no report repeats one', async () => {
    const fileLocation = await upload(
      domain,
      'User ID,Last Name,Work Email,Password,ByPass Notification\n' +
        'pw1,L,pw1@example.com,Correct-Horse-71,TRUE\npw2,L,pw2@example.com,short,TRUE\npw3,L,pw3@example.com,{SSHA256}abc,TRUE\n',
    );
    const history = await run(domain, 'UserImport', { fileLocation, fileType: 'csv' });
    expect([history.successCount, history.failureCount]).toEqual([1, 2]);
    const reports = await rowsOf(domain, 'JobReports', `historyId eq "${history.id}"`);
    expect(JSON.stringify(reports)).not.toContain('Correct-Horse-71');
    expect(reports[2].message).toMatch(/^Password is hashed/);
    const grant = { grant_type: 'password', username: 'pw1', password: 'Correct-Horse-71', scope: 'openid' };
    expect((await domain.tokenRequest(grant)).text).toMatch(/password must be changed/);
  });

  test.each<[string, string, RegExp]>([
    ['no CSV', '%PDF-1.4\n\u0001\u0002', /column that is not known/],
    ['a title that is not known', 'User ID,Shoe Size\nx,44\n', /not known: "Shoe Size"/],
    ['no User ID', 'Last Name\nx\n', /no column User ID/],
    ['a title twice', 'User ID,user id\nx,y\n', /column User ID twice/],
    ['a quote that is not closed', 'User ID,Last Name\n"x,y\n', /cannot be read as CSV/],
    ['nothing', '', /file is empty/],
  ])('a file with %s fails as a whole', async (_name, content, says) => {
    const history = await run(domain, 'UserImport', { fileLocation: await upload(domain, content), fileType: 'csv' });
    expect([history.status, history.totalCount]).toEqual(['failed', 0]);
    const [report] = await rowsOf(domain, 'JobReports', `historyId eq "${history.id}"`);
    expect([report.type, report.message]).toEqual(['error', expect.stringMatching(says)]);
  });

  test('no rows are no mistake, a NUL is its row’s, and a file that is not there fails', async () => {
    const none = await run(domain, 'UserImport', {
      fileLocation: await upload(domain, `${TITLES}\n`),
      fileType: 'csv',
    });
    expect([none.status, none.totalCount]).toEqual(['succeeded', 0]);
    const nul = await run(domain, 'UserImport', {
      fileLocation: await upload(domain, 'User ID,Last Name\na\0b,L\n'),
      fileType: 'csv',
    });
    expect([nul.status, nul.failureCount]).toEqual(['succeeded', 1]);
    const missing = await run(domain, 'UserImport', { fileLocation: 'files/1/x.csv', fileType: 'csv' });
    expect(missing.status).toBe('failed');
  });

  test('what a job can’t do is refused when it is asked for', async () => {
    const good = { fileLocation: 'files/1/x.csv', fileType: 'csv' };
    for (const [jobType, parameters, body, says] of [
      ['UserImport', { fileType: 'csv' }, {}, /fileLocation/],
      ['UserImport', { ...good, fileType: 'xml' }, {}, /fileType/],
      ['UserImport', { ...good, colour: 'red' }, {}, /has no colour/],
      ['Import', { ...good, resourceType: 'App' }, {}, /resourceType/],
      ['Dance', good, {}, /jobType/],
      ['UserImport', good, { runNow: false }, /runNow/],
      ['UserImport', good, { runAt: '2030-01-01T00:00:00Z' }, /runAt/],
      ['UserExport', { exportFormat: 'CSV', attributesToGet: 'a', attributesToExclude: 'b' }, {}, /exclude each other/],
    ] as const) {
      const answer = await ask(domain, jobType, parameters, { body });
      expect([answer.status, answer.body.detail]).toEqual([400, expect.stringMatching(says)]);
    }
    const wrong = await run(domain, 'UserExport', { exportFormat: 'CSV', filter: 'shoeSize eq "4"' });
    expect(wrong.status).toBe('failed');
  });

  test('schedules are listed, read and deleted; what they did stays', async () => {
    const { body, headers } = await ask(domain, 'UserExport', { exportFormat: 'CSV', attributesToGet: 'userName' });
    expect(headers.get('location')).toBe(`${domain.url}/job/v1/JobSchedules/${body.id}`);
    const history = await ended(domain, body.id);
    expect(await exported(domain, history.id)).toMatch(/^User ID\n/);
    const path = `/job/v1/JobSchedules/${body.id}`;
    expect((await domain.send('GET', path)).body.meta.location).toBe(`${domain.url}${path}`);
    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
    expect((await domain.send('GET', `/job/v1/JobHistories/${history.id}`)).status).toBe(200);
  });
});
