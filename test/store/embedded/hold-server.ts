/*
 * Run by the tests as a process of its own: starts or joins the private PostgreSQL of the directory it is given, prints
 * `{ pid, connection, notes }` as one line, and stops it on SIGTERM. An error is printed as `{ code, message }`.
 */
import { silentLog } from '../../../src/log.ts';
import { startPrivatePostgres } from '../../../src/store/embedded/private-postgres.ts';

try {
  const server = await startPrivatePostgres({ dataDir: process.argv[2]!, log: silentLog });
  const alive = setInterval(() => {}, 60_000);
  process.once('SIGTERM', () => {
    clearInterval(alive);
    void server.stop();
  });
  console.log(JSON.stringify({ pid: process.pid, connection: server.connection, notes: server.notes }));
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  console.log(JSON.stringify({ code, message }));
}
