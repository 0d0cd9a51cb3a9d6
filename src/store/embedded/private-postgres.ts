import type { ClientConfig } from 'pg';
import type { Log } from '../../log.ts';
import { serverVersion } from './binaries.ts';
import { startOnLoopback } from './loopback.ts';
import { type Placement, placeServer } from './placement.ts';
import { removeAbandoned } from './private-directory.ts';
import { joinOrStart, startInMemory } from './server.ts';
import { DATABASE, SOCKET_PORT, USER } from './settings.ts';

/** The value of `dataDir` that keeps nothing. */
export const IN_MEMORY = ':memory:';

export interface PrivatePostgresOptions {
  /** The directory for the data, made when missing, or `:memory:`. */
  readonly dataDir: string;
  readonly log: Log;
}

/** A PostgreSQL server that is ours alone. */
export interface PrivatePostgres {
  /** For a pg.Client or pg.Pool. */
  readonly connection: ClientConfig;
  /** The server's version: `18.4`. */
  readonly version: string;
  /** One line for each thing that is not where one would look for it; to be shown at start. */
  readonly notes: readonly string[];
  /** Ends the server and waits for its end, unless another process uses it too. Close all connections before. */
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL server of our own, or joins the one that another process has started on the same directory. It
 * ends with its last user, however that one ends: kill -9 included.
 * @throws PrivatePostgresError with one line for the person who starts the emulator
 */
export async function startPrivatePostgres(options: PrivatePostgresOptions): Promise<PrivatePostgres> {
  const dataDir = options.dataDir === IN_MEMORY ? null : options.dataDir;
  return process.platform === 'win32' ? startOnPort(dataDir, options.log) : startOnSocket(dataDir, options.log);
}

async function startOnSocket(dataDir: string | null, log: Log): Promise<PrivatePostgres> {
  const place = placeServer(dataDir);
  const server = await (place.data === null ? startInMemory(place) : joinOrStart(place, place.data));
  for (const note of place.notes) log.info({}, note);
  tidyUp(place, log);
  return {
    // Every field is given: what is left out, pg takes from PGSSLMODE, PGPASSWORD and the like.
    connection: {
      host: server.privateDir,
      port: SOCKET_PORT,
      user: USER,
      database: DATABASE,
      password: '',
      ssl: false,
    },
    version: serverVersion(place.binaries),
    notes: place.notes,
    stop: stopOnce(server, () => server.leave(), log),
  };
}

async function startOnPort(dataDir: string | null, log: Log): Promise<PrivatePostgres> {
  const server = await startOnLoopback(dataDir);
  const { connection, version } = server;
  return { connection, version, notes: [], stop: stopOnce(server, () => server.stop(), log) };
}

/** The stop of a server, which may be called again; reports an end that nobody asked for. */
function stopOnce(
  server: { readonly ended: Promise<string> | null; readonly logFile: string },
  stop: () => Promise<void>,
  log: Log,
): () => Promise<void> {
  let stopped: Promise<void> | null = null;
  void server.ended?.then((how) => {
    if (!stopped) log.error({ log: server.logFile }, `the private PostgreSQL has gone: ${how}`);
  });
  return () => {
    stopped ??= stop();
    return stopped;
  };
}

function tidyUp(place: Placement, log: Log): void {
  removeAbandoned(place.temporaryRoot, place.runAs).catch((error: unknown) => {
    log.debug({ err: error }, 'left-overs of earlier private PostgreSQL servers could not be removed');
  });
}
