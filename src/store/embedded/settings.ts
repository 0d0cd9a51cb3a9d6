/*
 * How the private server is set up: one small machine, one application, durable unless nothing is kept.
 */

/** The port: on a unix socket only a part of the file's name. */
export const SOCKET_PORT = 5432;
export const USER = 'idcs';
/** initdb makes it; a database of another name would cost a copy of the template at the first start. */
export const DATABASE = 'postgres';

/** What initdb is told: UTF-8 text compared by code point, the same on every machine. */
export const INITDB_OPTIONS: readonly string[] = [
  `--username=${USER}`,
  '--encoding=UTF8',
  '--locale=C',
  '--no-sync',
  '--no-instructions',
];

const SMALL: readonly string[] = [
  'max_connections=100',
  'shared_buffers=64MB',
  'huge_pages=off',
  // No processes that nothing here needs: parallel workers, replication, asynchronous reads.
  'io_method=sync',
  'max_worker_processes=0',
  'max_parallel_workers_per_gather=0',
  'max_parallel_maintenance_workers=0',
  'max_logical_replication_workers=0',
  'max_wal_senders=0',
  'wal_level=minimal',
  'autovacuum_max_workers=1',
  'jit=off',
  'update_process_title=off',
  'max_wal_size=512MB',
  'checkpoint_timeout=15min',
  'random_page_cost=1.1',
  'timezone=UTC',
  'log_timezone=UTC',
  // Failed statements are the application's to report, and their text may hold secrets.
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_checkpoints=off',
];

/** Nothing outlives the server, so nothing has to reach the disk. */
const NOT_DURABLE: readonly string[] = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** Arguments for `postgres`, or for `pg_ctl -o`. */
export function serverSettings(options: { readonly durable: boolean; readonly listen: readonly string[] }): string[] {
  const settings = [...SMALL, ...(options.durable ? [] : NOT_DURABLE), ...options.listen];
  return settings.flatMap((setting) => ['-c', setting]);
}

/** Listens on a socket in `directory` and on no network address. */
export function socketSettings(directory: string): string[] {
  return [
    'listen_addresses=',
    `unix_socket_directories="${directory}"`,
    'unix_socket_permissions=0700',
    `port=${SOCKET_PORT}`,
  ];
}
