import type { ClientConfig } from 'pg';
import type { Clock } from './clock.ts';
import { type Config, ConfigError } from './config.ts';
import type { Domain } from './domains/domain.ts';
import type { DomainRegistry } from './domains/registry.ts';
import { Listener, type TlsPort } from './http/listener.ts';
import type { TlsCredentials } from './http/tls-certificate.ts';
import type { Inbox } from './inbox/inbox.ts';
import type { Log } from './log.ts';
import type { Store } from './store/store.ts';
import { VERSION } from './version.ts';

/** A running emulator, as the command line and the library face see it. */
export interface Server {
  /** Base URL of HTTP. */
  readonly url: string;
  /** Base URL of HTTPS; null when it is off. */
  readonly tlsUrl: string | null;
  /** Base URL of HTTPS with client certificates; null when it is off. */
  readonly mtlsUrl: string | null;
  readonly store: Store;
  readonly registry: DomainRegistry;
  readonly inbox: Inbox;
  /** The machine's clock, which domains' clocks follow. */
  readonly clock: Clock;
  /** Domains' lives: made, reset and deleted as the control plane does. */
  readonly domains: DomainLife;
  describeStore(): string;
  /**
   * Stops accepting, finishes what runs, closes the store and ends the private PostgreSQL.
   * @param graceMs milliseconds that running requests get
   */
  stop(graceMs: number): Promise<void>;
}

/** What can be done to whole domains. */
export interface DomainLife {
  /** @param seeds presets and files, as IDCS_SEED takes them; applied again with every reset */
  create(name: string, seeds: readonly string[]): Promise<Domain>;
  reset(name: string): Promise<Domain>;
  delete(name: string): Promise<void>;
}

/** How a server is started. */
export interface StartOptions {
  readonly log: Log;
  /** Ends the start early: what was opened is closed again. */
  readonly signal?: AbortSignal;
}

/** What has to be undone at a stop, last opened first. */
class Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.unshift(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0)) await step();
  }
}

/**
 * Starts everything: sockets first (health answers 503 from then on), the store beside the loading of code, then the domain.
 * @throws ConfigError, and the typed errors of the store; nothing is left running then
 */
export async function startServer(config: Config, options: StartOptions): Promise<Server> {
  const teardown = new Teardown();
  try {
    return await start(config, options, teardown);
  } catch (error) {
    await teardown
      .run()
      .catch((further: unknown) => options.log.error({ err: further }, 'stopping after a failed start'));
    throw error;
  }
}

async function start(config: Config, { log, signal }: StartOptions, teardown: Teardown): Promise<Server> {
  const listener = new Listener(config.host);
  const url = await listening('IDCS_PORT', config.port, config.host, listener.open(config.port));
  teardown.add(() => listener.close(0));
  // Code loads while PostgreSQL starts: two processes, two cores.
  const [{ connection }, parts] = await Promise.all([connect(config, log, teardown), import('./parts.ts')]);
  signal?.throwIfAborted();
  const made = await parts.makeParts(config, connection, { log, version: VERSION });
  teardown.add(() => made.close());
  signal?.throwIfAborted();
  // The routes are built while the database answers and the administrator's password is hashed on another thread.
  const wantsTls = config.tlsPort !== null || config.mtlsPort !== null;
  const [app, credentials] = await Promise.all([
    made.app(),
    wantsTls ? made.tlsCredentials() : null,
    made.prepareDefaultDomain(),
  ]);
  listener.serve(app.routing);
  const { tlsUrl, mtlsUrl } = await openTlsPorts(config, listener, credentials);
  if (mtlsUrl !== null) made.mtlsOpened(Number(new URL(mtlsUrl).port) || 443, tlsUrl ?? url);
  await made.applySeeds();
  made.startBackground();
  return {
    url,
    tlsUrl,
    mtlsUrl,
    store: made.store,
    registry: made.registry,
    inbox: made.inbox,
    clock: made.clock,
    domains: made.domains,
    describeStore: () => made.store.describe(),
    stop: async (grace) => {
      // Requests first: the store stays until the last of them is answered. Those that only wait are told to end.
      await Promise.all([app.close(), listener.close(grace)]);
      await teardown.run();
    },
  };
}

/** Opens the ports for HTTPS that are configured; both show the same certificate. */
async function openTlsPorts(
  { host, tlsPort, mtlsPort, mtlsClientCa }: Config,
  listener: Listener,
  credentials: TlsCredentials | null,
): Promise<{ tlsUrl: string | null; mtlsUrl: string | null }> {
  if (credentials === null) return { tlsUrl: null, mtlsUrl: null };
  const open = (variable: string, port: number | null, clients?: TlsPort['clients']) =>
    port === null
      ? null
      : listening(variable, port, host, listener.open(port, { ...credentials, ...(clients ? { clients } : {}) }));
  const tlsUrl = await open('IDCS_TLS_PORT', tlsPort);
  const authorities =
    mtlsClientCa === null ? null : (await import('./http/mtls-authorities.ts')).clientAuthorities(mtlsClientCa);
  const mtlsUrl = await open('IDCS_MTLS_PORT', mtlsPort, { authorities });
  return { tlsUrl, mtlsUrl };
}

/** Says which setting is wrong when a port can't be opened. @throws ConfigError */
async function listening(variable: string, port: number, host: string, opened: Promise<string>): Promise<string> {
  try {
    return await opened;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new ConfigError(`${variable}=${port}: something else listens there (${message})`);
    if (code === 'EACCES') throw new ConfigError(`${variable}=${port}: this user may not listen there (${message})`);
    const isHost = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL', 'ENOTFOUND', 'EAI_AGAIN'].includes(code ?? '');
    throw isHost ? new ConfigError(`IDCS_HOST=${host}: not an address of this machine (${message})`) : error;
  }
}

/** The user's PostgreSQL, or a private one that this process starts; migrated either way. */
async function connect(
  config: Config,
  log: Log,
  teardown: Teardown,
): Promise<{ connection: ClientConfig; applied: readonly string[] }> {
  const migrations = import('./store/migrations.ts');
  if (config.databaseUrl === null) {
    const connection = await startPrivate(config, log, teardown);
    return { connection, ...(await (await migrations).migrate(connection, { log })) };
  }
  const connection = { connectionString: config.databaseUrl };
  try {
    return { connection, ...(await (await migrations).migrate(connection, { log })) };
  } catch (error) {
    throw unreachable(config.databaseUrl, error) ?? error;
  }
}

/** An error for the person who wrote DATABASE_URL, when the server can't be reached or doesn't let us in. Null for others. */
function unreachable(url: string, error: unknown): ConfigError | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^(E[A-Z]+|28...|3D000|57P03)$/.test(code)) return null;
  const { host, pathname } = new URL(url);
  return new ConfigError(`DATABASE_URL: can't connect to ${host}${pathname}: ${(error as Error).message || code}`);
}

async function startPrivate(config: Config, log: Log, teardown: Teardown): Promise<ClientConfig> {
  const { startPrivatePostgres } = await import('./store/embedded/private-postgres.ts');
  const postgres = await startPrivatePostgres({ dataDir: config.dataDir, log });
  teardown.add(() => postgres.stop());
  for (const note of postgres.notes) log.info({}, note);
  return postgres.connection;
}

/** Brings the database up to date and stops again (`idcs-emulator migrate`). */
export async function migrateOnly(config: Config, log: Log): Promise<{ applied: readonly string[]; store: string }> {
  const teardown = new Teardown();
  try {
    const { applied } = await connect(config, log, teardown);
    return { applied, store: config.databaseUrl === null ? 'the private PostgreSQL' : 'the database' };
  } finally {
    await teardown.run();
  }
}
