import { type AuditContext, type NewEvent, recordEvent } from '../audit/record-event.ts';
import { randomIds } from '../ids.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoreSession } from '../store/store.ts';
import type { NotifiedUser, NotifyContext } from './notify.ts';

/** What an event tells of a mail: never its text, which has links and codes. */
export interface DeliveredMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly locale: string;
  readonly subject: string;
}

/** Records what became of a mail, as AuditEvents. */
export interface DeliveryRecorder {
  /** It was delivered; in that transaction. */
  now(session: StoreSession): Promise<void>;
  /** What the relay says of it; null: it was delivered. Nobody waits. */
  later(error: Error | null): void;
}

/**
 * IDCS: shapes.md §13, main-0123 and main-0124: the keys and the messages. The actor is who asked for what is told, else the user.
 */
export function deliveryRecorder(context: NotifyContext, user: NotifiedUser, mail: DeliveredMail): DeliveryRecorder {
  const record = (session: Pick<StoreSession, 'audit'> | null, event: NewEvent) => {
    const { domain, clock, store, ids = randomIds, request, caller } = context;
    if (request === undefined) return Promise.resolve();
    const audited: AuditContext = { domain, clock, store, ids, request, ...(caller ? { caller } : {}) };
    return recordEvent(audited, session, caller ? event : { ...event, actor: selfOf(user) });
  };
  return {
    now: (session) => record(session, delivered(user, mail)),
    later(error) {
      void record(null, error === null ? delivered(user, mail) : failed(user, mail)).catch((reason: unknown) =>
        context.log?.warn({ err: reason }, 'the event of a mail could not be recorded'),
      );
    },
  };
}

function delivered(user: NotifiedUser, { to, from, locale, subject }: DeliveredMail): NewEvent {
  const recipients = bracketed(to);
  return {
    eventId: 'notification.delivery.success',
    values: {
      ...about(user),
      reasonValue: '201',
      message: `The EMAIL notification was delivered successfully to the following recipients: ${recipients}.`,
      notificationDeliveryChannel: 'EMAIL',
      notificationDeliveryEmailStatus: 'SUCCESS',
      notificationDeliveryEmailTo: recipients,
      notificationDeliveryEmailFrom: from,
      notificationDeliveryEmailLocale: locale,
      notificationDeliveryEmailSubject: subject,
    },
  };
}

function failed(user: NotifiedUser, { to }: DeliveredMail): NewEvent {
  return {
    eventId: 'notification.delivery.failure',
    values: {
      ...about(user),
      reasonValue: '500',
      // What the server said is in the log: it may name hosts that are nobody's business here.
      message: `The EMAIL notification delivery has failed to the following recipients: ${bracketed(to)} with error: Internal Server Error.`,
      notificationDeliveryEmailStatus: 'FAILURE',
    },
  };
}

function about({ id, data }: NotifiedUser): JsonObject {
  return { adminResourceId: id, adminResourceName: String(data['userName']) };
}

function bracketed(addresses: readonly string[]): string {
  return `[${addresses.join(', ')}]`;
}

function selfOf({ id, data }: NotifiedUser) {
  const { userName, displayName } = data;
  const name = String(userName);
  return { type: 'User' as const, id, name, display: typeof displayName === 'string' ? displayName : name };
}
