/*
 * Run by the tests as a process of its own: starts or joins the private PostgreSQL of the directory it is given (with a
 * second argument `loopback`: the one for Windows), prints
 * `{ pid, connection, notes }` as one line, and stops it on SIGTERM. An error is printed as `{ code, message }`.
 */
import { silentLog } from '../../../src/log.ts';
import { startOnLoopback } from '../../../src/store/embedded/loopback.ts';
import { startPrivatePostgres } from '../../../src/store/embedded/private-postgres.ts';

try {
  const [, , dataDir, mode] = process.argv;
  const server =
    mode === 'loopback'
      ? { notes: [], ...(await startOnLoopback(dataDir!)) }
      : await startPrivatePostgres({ dataDir: dataDir!, log: silentLog });
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
