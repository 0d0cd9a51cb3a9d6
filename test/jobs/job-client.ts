import { setTimeout } from 'node:timers/promises';
import type { JsonObject } from '../../src/scim/json.ts';
import type { Answer, TestDomain } from '../support/emulator.ts';

const SCHEDULE = 'urn:ietf:params:scim:schemas:oracle:idcs:JobSchedule';
/** Longest time that a test waits for a job. */
const MOST_MS = 25_000;
const POLLED_EVERY_MS = 30;

/** Brings a file. @returns its name */
export async function upload(
  domain: TestDomain,
  content: string | Uint8Array<ArrayBuffer>,
  fileName = 'in.csv',
): Promise<string> {
  const form = new FormData();
  form.append('contentType', 'text/csv');
  form.append('fileName', fileName);
  form.append('isPublic', 'false');
  form.append('file', new Blob([content], { type: 'text/csv' }), fileName);
  const headers = { authorization: `Bearer ${domain.token}` };
  const response = await fetch(`${domain.url}/storage/v1/Files`, { method: 'POST', headers, body: form });
  const body = (await response.json()) as { fileName: string };
  if (response.status !== 201) throw new Error(JSON.stringify(body));
  return body.fileName;
}

/** Asks for a job. */
export function ask(
  domain: TestDomain,
  jobType: string,
  parameters: Record<string, string>,
  more: { token?: string; body?: JsonObject } = {},
): Promise<Answer> {
  const list = Object.entries(parameters).map(([name, value]) => ({ name, value }));
  const body = { schemas: [SCHEDULE], jobType, runNow: true, parameters: list, ...more.body };
  return domain.send('POST', '/job/v1/JobSchedules', {
    body,
    ...(more.token === undefined ? {} : { token: more.token }),
  });
}

/** Rows of a list of jobs. */
// biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions
export async function rowsOf(domain: TestDomain, endpoint: string, filter: string): Promise<any[]> {
  const path = `/job/v1/${endpoint}?count=1000&filter=${encodeURIComponent(filter)}`;
  const { status, body, text } = await domain.send('GET', path);
  if (status !== 200) throw new Error(text);
  return body.Resources;
}

/** Runs a job to its end. @returns its history */
// biome-ignore lint/suspicious/noExplicitAny: as above
export async function run(domain: TestDomain, jobType: string, parameters: Record<string, string>): Promise<any> {
  const { status, body, text } = await ask(domain, jobType, parameters);
  if (status !== 201) throw new Error(`${status} ${text}`);
  return ended(domain, body.id);
}

/** A job's history once it has ended. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export async function ended(domain: TestDomain, scheduleId: string): Promise<any> {
  for (const until = Date.now() + MOST_MS; Date.now() < until; ) {
    const [history] = await rowsOf(domain, 'JobHistories', `jobScheduleid eq "${scheduleId}"`);
    if (history?.status === 'succeeded' || history?.status === 'failed') return history;
    await setTimeout(POLLED_EVERY_MS);
  }
  throw new Error('the job does not end');
}

/** The lines of an export, by the report of its history. */
export async function exported(domain: TestDomain, historyId: string): Promise<string> {
  const [report] = await rowsOf(domain, 'JobReports', `historyId eq "${historyId}"`);
  const name = String(report.name).replace('files/', '');
  return (await domain.send('GET', `/storage/v1/Files?fileName=${name}`)).text;
}
