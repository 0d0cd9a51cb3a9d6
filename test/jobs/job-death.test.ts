import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { clientFor, emulator, testDatabaseUrl, testDomain } from '../support/emulator.ts';
import { type EmulatorProcess, startProcess } from '../support/emulator-process.ts';
import { ask, rowsOf, run, upload } from './job-client.ts';

let other: EmulatorProcess | undefined;
afterEach(async () => {
  if (other?.child.exitCode === null) await other.end('SIGKILL');
});

async function sql(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: testDatabaseUrl() });
  await client.connect();
  await client.query(text);
  await client.end();
}

test('a job whose process is killed is seen to have failed by another process, and can be run again', async () => {
  await emulator();
  const domain = await testDomain();
  other = await startProcess({ DATABASE_URL: testDatabaseUrl() });
  const there = await clientFor(domain.name, `${other.url}/_domains/${domain.name}`);
  const rows = Array.from({ length: 2_000 }, (_, at) => `d${at},Last,d${at}@example.com,TRUE`);
  const fileLocation = await upload(there, `User ID,Last Name,Work Email,ByPass Notification\n${rows.join('\n')}\n`);
  const { body } = await ask(there, 'UserImport', { fileLocation, fileType: 'csv' });
  const mine = `jobScheduleId eq "${body.id}"`;
  for (let done = 0; done === 0; ) {
    const [history] = await rowsOf(domain, 'JobHistories', mine);
    expect(['scheduled', 'running']).toContain(history.status);
    done = history.totalCount;
    await setTimeout(50);
  }
  await other.end('SIGKILL');
  const [before] = await rowsOf(domain, 'JobHistories', mine);
  expect(before.status).toBe('running');

  // Instead of waiting for half a minute.
  await sql(`UPDATE job_run SET beat_at = now() - interval '1 minute' WHERE history_id = '${before.id}'`);
  const [after] = await rowsOf(domain, 'JobHistories', mine);
  expect(after).toMatchObject({ id: before.id, status: 'failed', endTime: expect.any(String) });
  expect(after.totalCount).toBeLessThan(2_000);
  const [report] = await rowsOf(domain, 'JobReports', `historyId eq "${before.id}" and type eq "error"`);
  expect(report.message).toMatch(/process that ran the job has ended/);

  const again = await upload(domain, 'User ID,Last Name\nd0,Again\n');
  expect((await run(domain, 'UserImport', { fileLocation: again })).successCount).toBe(1);
}, 60_000);

test('a server that stops ends its jobs as failed', async () => {
  const domain = await testDomain();
  other = await startProcess({ DATABASE_URL: testDatabaseUrl() });
  const there = await clientFor(domain.name, `${other.url}/_domains/${domain.name}`);
  const rows = Array.from({ length: 1_000 }, (_, at) => `s${at},Last,s${at}@example.com,TRUE`);
  const fileLocation = await upload(there, `User ID,Last Name,Work Email,ByPass Notification\n${rows.join('\n')}\n`);
  const { body } = await ask(there, 'UserImport', { fileLocation, fileType: 'csv' });
  await other.end('SIGTERM');
  const [history] = await rowsOf(domain, 'JobHistories', `jobScheduleId eq "${body.id}"`);
  expect(history.status).toBe('failed');
  const [report] = await rowsOf(domain, 'JobReports', `historyId eq "${history.id}" and type eq "error"`);
  expect(report.message).toMatch(/server was stopped/);
}, 60_000);
