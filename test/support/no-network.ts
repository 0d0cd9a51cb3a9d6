import { Socket } from 'node:net';
import { testDatabase } from './test-database.ts';

/*
 * Vitest's set-up of every test file: a test that reaches for anything but this machine (and the run's database) fails, whatever network there is.
 */

const LOOPBACK = /^(127\.|::1$|\[::1\]$|localhost$|[\w-]+\.localhost$)/;
const { connectionString, host: databaseHost } = testDatabase();
const DATABASE = connectionString === undefined ? databaseHost : new URL(connectionString).hostname;
const connect = Socket.prototype.connect;
const GUARDED = Symbol.for('idcs-emulator.test.guarded');

function guarded(this: Socket, ...args: Parameters<typeof connect>) {
  // net.connect() passes its normalised arguments as one array: [options, listener].
  const [first] = args as unknown[];
  const options = (Array.isArray(first) ? first[0] : first) as { host?: string; path?: string } | undefined;
  if (typeof options === 'object' && options?.path === undefined && options?.host && !isAllowed(options.host)) {
    throw new Error(`A test tried to connect to ${options.host}; tests use this machine only.`);
  }
  return connect.apply(this, args);
}

// Once a worker process, however many files it runs.
if (!(GUARDED in connect)) Socket.prototype.connect = Object.assign(guarded as typeof connect, { [GUARDED]: true });

function isAllowed(host: string): boolean {
  return LOOPBACK.test(host) || host === DATABASE;
}
