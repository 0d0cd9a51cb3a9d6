import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { silentLog } from '../src/log.ts';
import { startPrivatePostgres } from '../src/store/embedded/private-postgres.ts';
import { measureAuthentication } from './authentication.ts';
import { ROOT } from './emulator-process.ts';
import { measureGrants } from './grants.ts';
import { measureLists } from './lists.ts';
import { measureOAuth } from './oauth.ts';
import { type BenchDatabase, measureOperations } from './operations.ts';
import { measurePasswords } from './passwords.ts';
import { measurePeers } from './peers.ts';
import { type Row, table } from './report.ts';
import { measureStartUp } from './start-up.ts';

/*
 * npm run bench: prints tables; `--write` puts them into docs/performance.md, in place of those of the same title. It measures the
 * built emulator (npm run build).
 * The verdicts compare CPU time per request, which is steady where rates are not, with a floor measured in the same run.
 *
 *   --sizes 1000,100000,1000000   users per domain
 *   --given-sizes 1000,100000     the same on the given PostgreSQL; as --sizes unless said
 *   --requests 2000               per measurement
 *   --only startup|operations|lists|oauth|grants|authentication|passwords|peers
 *   --write
 *
 * DATABASE_URL or TEST_DATABASE_URL: a given PostgreSQL to measure on beside the private one (a database of its own is made).
 */
const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,100000,1000000' },
    'given-sizes': { type: 'string' },
    requests: { type: 'string', default: '2000' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const sizes = values.sizes.split(',').map(Number);
const givenSizes = values['given-sizes']?.split(',').map(Number) ?? sizes;
const requests = Number(values.requests);
const wanted = (part: string) => values.only === undefined || values.only === part;
const parts = new Map<string, string>();
const rows: Row[] = [];

const show = (title: string, measured: Row[]) => {
  const text = table(title, measured);
  process.stdout.write(`${text}\n`);
  const judged = measured.filter((row) => row.met !== undefined);
  const result = judged.length === 0 ? '' : ` ${verdictOn(measured)}`;
  parts.set(title, text.replace('\n\n', `\n\nMeasured on ${new Date().toISOString().slice(0, 10)}.${result}\n\n`));
  rows.push(...measured);
};

if (wanted('startup')) show('Start, memory and domains (private PostgreSQL)', await measureStartUp());
if (wanted('operations')) {
  await onPrivate(async (database) =>
    show(`Operations on the ${database.title}`, await measureOperations(database, sizes, requests)),
  );
  const url = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;
  if (url)
    await onGiven(url, async (database) =>
      show(`Operations on ${database.title}`, await measureOperations(database, givenSizes, requests)),
    );
}
if (wanted('lists')) {
  await onPrivate(async (database) =>
    show(`Lists of 50 on the ${database.title}`, await measureLists(database, Math.ceil(requests / 4))),
  );
}
if (wanted('oauth')) {
  await onPrivate(async (database) =>
    show(`OAuth on the ${database.title}`, await measureOAuth(database, Math.ceil(requests / 2))),
  );
}
if (wanted('grants')) {
  await onPrivate(async (database) => show(`Grants on the ${database.title}`, await measureGrants(database)));
}
if (wanted('authentication')) {
  await onPrivate(async (database) =>
    show(`Authentication API on the ${database.title}`, await measureAuthentication(database, Math.ceil(requests / 2))),
  );
}
if (wanted('passwords')) {
  await onPrivate(async (database) =>
    show(`Passwords on the ${database.title}`, await measurePasswords(database, requests)),
  );
}
if (wanted('peers')) show('Peers', await measurePeers(requests));

process.stdout.write(`${verdictOn(rows)}\n`);
const PAGE = join(ROOT, 'docs/performance.md');
if (values.write) writeFileSync(PAGE, page(readFileSync(PAGE, 'utf8')));

function verdictOn(measured: readonly Row[]): string {
  const judged = measured.filter((row) => row.met !== undefined);
  const missed = judged.filter((row) => !row.met);
  const names = missed.length === 0 ? '.' : `; missed: ${missed.map((row) => row.what).join('; ')}.`;
  return `${judged.length - missed.length} of ${judged.length} targets met${names}`;
}

/** The page with what was measured now; tables of other titles stay as they are. */
function page(before: string): string {
  const [, ...old] = before.split(/^(?=## )/m);
  const sections = new Map(old.map((text) => [/^## (.*)$/m.exec(text)![1]!, text.trimEnd()]));
  for (const [title, text] of parts) sections.set(title, text.trimEnd());
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}`;
  return `<!-- Written by npm run bench -- --write. -->
# Performance

Measured on ${machine}.

CPU / request is user and system time of the emulator's process divided by requests; the database's processes are not in it. "To
floor" divides it by what bare Fastify with \`pg\` (or \`jose\`) needs for the same rows in the same run. Rates and latencies depend on
what else the machine does. Users are loaded through the store's own code.

${[...sections.values()].join('\n\n')}
`;
}

async function onPrivate(work: (database: BenchDatabase) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'idcs-bench-'));
  const server = await startPrivatePostgres({ dataDir, log: silentLog });
  try {
    const { host, port, user, database } = server.connection;
    const url = `postgres://${user}@/${database}?host=${encodeURIComponent(host ?? '')}&port=${port}`;
    await work({ title: `private PostgreSQL ${server.version}`, url, connection: server.connection });
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function onGiven(url: string, work: (database: BenchDatabase) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: shown } = await client.query<{ server_version: string }>('SHOW server_version');
  const name = `idcs_bench_${process.pid}`;
  await client.query(`CREATE DATABASE ${name}`);
  const address = new URL(url);
  address.pathname = `/${name}`;
  try {
    await work({
      title: `a given PostgreSQL ${shown[0]!.server_version}`,
      url: address.href,
      connection: { connectionString: address.href },
    });
  } finally {
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.end();
  }
}
