import { DEVELOPMENT_ADMIN_PASSWORD } from '../src/config.ts';
import { adminToken, newDomain, startEmulatorProcess } from './emulator-process.ts';
import { measure, type Shot } from './load.ts';
import { settled } from './measured-process.ts';
import { type BenchDatabase, row } from './operations.ts';
import type { Row } from './report.ts';

/*
 * Passwords: how many a second, and whether others have to wait for their hashes. A hash takes about 24 ms of a core, on a thread
 * of its own: a GET beside it must not notice more than that the core is busy.
 */

/** Beside hashes, a GET may take this much longer at p99 than alone: a hash on the event loop would cost each GET one, or several. Milliseconds. */
const LONGER = 15;

/** PasswordAuthenticator alone, a GET alone, and the GET beside PasswordAuthenticator. */
export async function measurePasswords(database: BenchDatabase, requests: number): Promise<Row[]> {
  const emulator = await startEmulatorProcess({ DATABASE_URL: database.url });
  try {
    const url = await newDomain(emulator.url, 'bench-passwords');
    const { pathname: prefix } = new URL(url);
    const headers = { authorization: `Bearer ${await adminToken(url)}`, 'content-type': 'application/json' };
    const check: Shot = {
      method: 'POST',
      path: `${prefix}/admin/v1/PasswordAuthenticator`,
      headers,
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:PasswordAuthenticator'],
        mappingAttributeValue: 'admin@example.com',
        password: DEVELOPMENT_ADMIN_PASSWORD,
      }),
      expect: 201,
    };
    const id = await adminId(url, headers);
    const get: Shot = { method: 'GET', path: `${prefix}/admin/v1/Users/${id}`, headers, expect: 200 };
    await settled(emulator);

    const checks = Math.ceil(requests / 10);
    const gets = { requests, connections: 2 };
    const passwords = await measure(emulator, () => check, { requests: checks, connections: 4, warmUp: 20 });
    const alone = await measure(emulator, () => get, gets);
    let over = false;
    const load = (async () => {
      while (!over) await measure(emulator, () => check, { requests: 8, connections: 4, warmUp: 0 });
    })();
    const beside = await measure(emulator, () => get, gets);
    over = true;
    await load;
    return [
      row('PasswordAuthenticator', passwords),
      row('GET user by id, alone', alone),
      {
        what: 'GET user by id, beside PasswordAuthenticator (4 at once)',
        value: '',
        perSecond: beside.perSecond,
        p50: beside.p50,
        p99: beside.p99,
        target: `p99 <= alone + ${LONGER} ms`,
        met: beside.p99 <= alone.p99 + LONGER,
      },
    ];
  } finally {
    await emulator.stop();
  }
}

async function adminId(url: string, headers: Record<string, string>): Promise<string> {
  const filter = encodeURIComponent('userName eq "admin@example.com"');
  const answer = await fetch(`${url}/admin/v1/Users?attributes=id&filter=${filter}`, { headers });
  const { Resources } = (await answer.json()) as { Resources: { id: string }[] };
  return Resources[0]!.id;
}
