import { EventEmitter } from 'node:events';
import type { Clock } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import { type IdSource, newId } from '../ids.ts';
import type { Log } from '../log.ts';
import type { JsonObject } from '../scim/json.ts';
import type { MessageRow, StoreSession } from '../store/store.ts';
import type { MailRelay } from './smtp-relay.ts';

/** A mail, SMS or push on its way into the inbox. */
export interface OutgoingMessage {
  readonly channel: MessageRow['channel'];
  /** Mail address, phone number or device id. */
  readonly to: string;
  readonly subject: string | null;
  /** What it says (`text`, `html`), and what tests look for in it (`event`, `code`, `link`, `token`). */
  readonly data: JsonObject;
}

/** Which messages are meant. */
export interface MessageQuery {
  readonly to?: string;
  readonly channel?: MessageRow['channel'];
  /** What it is about: `admin.me.locked.success`. */
  readonly event?: string;
  /** Only messages later than this: milliseconds since the Unix epoch, of the domain's clock. */
  readonly after?: number;
  readonly limit?: number;
  readonly offset?: number;
}

export interface MessagePage {
  readonly total: number;
  readonly messages: readonly MessageRow[];
}

/** Where a message is written: a transaction, or the store itself. */
export type InboxSession = Pick<StoreSession, 'messages' | 'afterCommit'>;

/** What the inbox needs. */
export interface InboxOptions {
  readonly store: InboxSession;
  readonly ids: IdSource;
  readonly clockOf: (domain: Domain) => Clock;
  /** How often a waiting call looks for messages that another process delivered, in milliseconds. */
  readonly pollMs?: number;
  /** Where mails go besides (IDCS_SMTP_URL). */
  readonly relay?: MailRelay;
  /** Takes what the relay refuses. */
  readonly log?: Log;
}

/** How a message is delivered. */
export interface Delivery {
  /** The transaction of what the message tells about: it is there when that is committed. */
  readonly session?: InboxSession;
  /** Told once the relay has taken or refused a mail; null: taken. Must not throw. */
  readonly relayed?: (error: Error | null) => void;
}

/**
 * Everything that the emulator would have sent, kept per domain for tests to read. Messages live in the store: N processes
 * share one inbox. Nothing leaves the machine, unless there is a relay.
 */
export class Inbox {
  readonly #store: InboxSession;
  readonly #ids: IdSource;
  readonly #clockOf: (domain: Domain) => Clock;
  readonly #pollMs: number;
  readonly #relay: MailRelay | null;
  readonly #log: Log | null;
  readonly #arrivals = new EventEmitter().setMaxListeners(0);
  #delivered = 0;

  constructor(options: InboxOptions) {
    this.#store = options.store;
    this.#ids = options.ids;
    this.#clockOf = options.clockOf;
    this.#pollMs = options.pollMs ?? 500;
    this.#relay = options.relay ?? null;
    this.#log = options.log ?? null;
  }

  /** Whether mails are sent on (`Delivery.relayed`). */
  get relays(): boolean {
    return this.#relay !== null;
  }

  /** Captures a message, at the domain's time. A mail goes to the relay too, when it has been captured; nobody waits for that. */
  async deliver(
    domain: Domain,
    message: OutgoingMessage,
    { session = this.#store, relayed }: Delivery = {},
  ): Promise<MessageRow> {
    const row: MessageRow = { ...message, id: newId(this.#ids), created: this.#clockOf(domain).now() };
    await session.messages.insert(domain.id, row);
    session.afterCommit(() => {
      this.#delivered++;
      this.#arrivals.emit('message');
      if (row.channel === 'email') void this.#sendOn(row, relayed);
    });
    return row;
  }

  async #sendOn(row: MessageRow, relayed: Delivery['relayed']): Promise<void> {
    if (this.#relay === null) return;
    try {
      await this.#relay.send(row);
      relayed?.(null);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      // Not the mail itself: it has links and codes.
      this.#log?.warn({ messageId: row.id, reason: failure.message }, 'the relay did not take a mail');
      relayed?.(failure);
    }
  }

  async list(domain: Domain, query: MessageQuery = {}): Promise<MessagePage> {
    if (query.to?.includes('\0') || query.event?.includes('\0')) return { total: 0, messages: [] };
    return await this.#store.messages.list(domain.id, {
      ...query,
      limit: query.limit ?? 50,
      offset: query.offset ?? 0,
    });
  }

  /**
   * As `list`, but waits until there is a match. A message of this process ends the wait at once, one of another process
   * within the poll interval.
   * @param timeoutMs milliseconds of real time to wait at most; then the empty page is the answer
   * @param signal ends the wait early
   */
  async wait(domain: Domain, query: MessageQuery, timeoutMs: number, signal?: AbortSignal): Promise<MessagePage> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const seen = this.#delivered;
      const page = await this.list(domain, query);
      const left = deadline - performance.now();
      if (page.total > 0 || left <= 0 || signal?.aborted) return page;
      // A delivery since the query began has emitted its event already: look again at once.
      if (seen === this.#delivered) await this.#arrival(Math.min(left, this.#pollMs), signal);
    }
  }

  async read(domain: Domain, id: string): Promise<MessageRow | null> {
    // PostgreSQL's text has no NUL: nothing can be called that.
    return id.includes('\0') ? null : this.#store.messages.read(domain.id, id);
  }

  /** @param id null: all of the domain's messages. @returns how many went */
  async delete(domain: Domain, id: string | null): Promise<number> {
    return id?.includes('\0') ? 0 : this.#store.messages.delete(domain.id, id);
  }

  /** Resolves at the next delivery, after `ms`, or when the signal aborts. */
  #arrival(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#arrivals.off('message', done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#arrivals.once('message', done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
