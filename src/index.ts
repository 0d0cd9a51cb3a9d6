import { adjustedClock, type ClockSetting, clockFrozen, clockRunning, clockShowing } from './clock.ts';
import { configFromOptions, type EmulatorOptions } from './config.ts';
import type { Domain } from './domains/domain.ts';
import { moveClock } from './domains/move-clock.ts';
import type { MessageQuery } from './inbox/inbox.ts';
import { type Message, messageOf } from './inbox/message.ts';
import { silentLog } from './log.ts';
import { createLogger } from './logger.ts';
import { type Server, startServer } from './server.ts';
import { UniqueViolation } from './store/store.ts';

export { ConfigError, type EmulatorOptions } from './config.ts';
export type { MessageQuery } from './inbox/inbox.ts';
export type { Message } from './inbox/message.ts';

/** Milliseconds that running requests get when an emulator is stopped. */
const GRACE_MS = 10_000;

/** The mails, SMS and pushes that a domain would have sent. */
export interface DomainInbox {
  /** Newest first; `total` counts those beyond the page, too. */
  list(query?: MessageQuery): Promise<{ readonly total: number; readonly messages: readonly Message[] }>;
  /**
   * The first message that matches, waiting for it if need be.
   * @param timeoutMs milliseconds to wait at most; null comes back then
   */
  wait(query?: MessageQuery, timeoutMs?: number): Promise<Message | null>;
  /** Deletes all messages. @returns how many there were */
  clear(): Promise<number>;
}

/** A domain's clock: tokens, lockouts and expiries read it. */
export interface DomainClock {
  now(): Promise<Date>;
  /** Sets the time; the clock goes on from there (or stands there, when it is frozen). */
  set(time: Date): Promise<void>;
  /** Moves the time by `milliseconds`, forward or back. */
  advance(milliseconds: number): Promise<void>;
  freeze(): Promise<void>;
  unfreeze(): Promise<void>;
}

/** One identity domain of a running emulator. */
export interface DomainHandle {
  readonly name: string;
  /** Base URL, without a trailing slash: the prefix form for all but the default domain. */
  readonly url: string;
  readonly inbox: DomainInbox;
  readonly clock: DomainClock;
  /** Makes the domain new, with its seeds. */
  reset(): Promise<void>;
  /** Removes the domain. The default one can't be. */
  delete(): Promise<void>;
}

/** A running emulator. */
export interface Emulator {
  /** Base URL of the default domain. */
  readonly url: string;
  /** Base URL over HTTPS; null when it is off. */
  readonly tlsUrl: string | null;
  /** Base URL over HTTPS with client certificates; null when it is off. */
  readonly mtlsUrl: string | null;
  /** Inbox and clock of the default domain. */
  readonly inbox: DomainInbox;
  readonly clock: DomainClock;
  /**
   * A domain by name; made when there is none.
   * @param options.seeds presets and files for a domain that is made now; a reset applies them again
   */
  domain(name: string, options?: { readonly seeds?: readonly string[] }): Promise<DomainHandle>;
  /** Makes the default domain new. */
  reset(): Promise<void>;
  /** Stops serving, closes the store and ends a private PostgreSQL. Resolves when all is gone. */
  stop(): Promise<void>;
}

/**
 * Starts an emulator inside this process.
 *
 * @example
 * const emulator = await startEmulator({ port: 0, dataDir: ':memory:' });
 * const alpha = await emulator.domain('alpha');
 * await fetch(`${alpha.url}/.well-known/openid-configuration`);
 * await emulator.stop();
 *
 * @param options the settings of docs/configuration.md by name; `logLevel` is `silent` unless given
 * @throws ConfigError for a bad option; errors of the start as `idcs-emulator` prints them
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const config = configFromOptions({ logLevel: 'silent', ...options });
  const log = config.logLevel === 'silent' ? silentLog : await createLogger(config.logLevel);
  const server = await startServer(config, { log });
  const fallback = handle(server, config.domainName, server.url);
  return {
    url: server.url,
    tlsUrl: server.tlsUrl,
    mtlsUrl: server.mtlsUrl,
    inbox: fallback.inbox,
    clock: fallback.clock,
    domain: async (name, { seeds = [] } = {}) => {
      if (name.toLowerCase() === config.domainName.toLowerCase()) return fallback;
      if ((await server.registry.resolve(name)) === null) await createOnce(server, name, seeds);
      return handle(server, name, `${server.url}/_domains/${name}`);
    },
    reset: () => fallback.reset(),
    stop: () => server.stop(GRACE_MS),
  };
}

/** Of several calls at once one makes the domain; the others find it made. */
async function createOnce(
  server: Server,
  name: string,
  seeds: Parameters<Server['domains']['create']>[1],
): Promise<void> {
  try {
    await server.domains.create(name, seeds);
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
  }
}

function handle(server: Server, name: string, url: string): DomainHandle {
  const domain = async (): Promise<Domain> => {
    const found = await server.registry.resolve(name);
    if (found === null) throw new Error(`There is no domain named ${name}: it was deleted.`);
    return found;
  };
  return {
    name,
    url,
    inbox: {
      list: async (query = {}) => {
        const { total, messages } = await server.inbox.list(await domain(), query);
        return { total, messages: messages.map(messageOf) };
      },
      wait: async (query = {}, timeoutMs = 5000) => {
        const [first] = (await server.inbox.wait(await domain(), query, timeoutMs)).messages;
        return first === undefined ? null : messageOf(first);
      },
      clear: async () => server.store.messages.delete((await domain()).id, null),
    },
    clock: domainClock(server, domain),
    reset: async () => {
      await server.domains.reset(name);
    },
    delete: () => server.domains.delete(name),
  };
}

function domainClock(server: Server, domain: () => Promise<Domain>): DomainClock {
  const machine = server.clock;
  const move = async (next: (setting: ClockSetting) => ClockSetting) => {
    await moveClock(server.store, machine, await domain(), next);
  };
  return {
    now: async () => new Date(server.registry.clockOf(await domain()).now()),
    set: (time) => move((setting) => clockShowing(machine, setting, time.getTime())),
    advance: (milliseconds) =>
      move((setting) => clockShowing(machine, setting, adjustedClock(machine, setting).now() + milliseconds)),
    freeze: () => move((setting) => clockFrozen(machine, setting)),
    unfreeze: () => move((setting) => clockRunning(machine, setting)),
  };
}
