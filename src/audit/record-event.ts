import { newId } from '../ids.ts';
import type { Caller, RequestContext } from '../resources/request-context.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import type { AuditEventWrite, StoreSession } from '../store/store.ts';
import type { RequestFacts } from './request-facts.ts';

/** What recording needs of a request's context: OAuth's, sign-in's and SCIM's all have it. */
export interface AuditContext extends Pick<RequestContext, 'domain' | 'clock'> {
  readonly store: Pick<StoreSession, 'audit'>;
  readonly ids: RequestContext['ids'];
  readonly caller?: Caller | null;
  /** Absent: the emulator itself is at work (seeds, a domain's birth), and nothing is recorded. */
  readonly request?: RequestFacts | undefined;
}

/** Who did it. */
export interface Actor {
  readonly type: 'User' | 'App';
  readonly id: string;
  readonly ocid?: string | null;
  /** userName of a user, App.name of an App; default: `display`. */
  readonly name?: string | null;
  readonly display: string | null;
}

/** An event to record. */
export interface NewEvent {
  /** `sso.session.create.success`: service, what, verb, outcome. */
  readonly eventId: string;
  /** Default: the caller. */
  readonly actor?: Actor;
  /** Further attributes of AuditEvent. Never a password, secret, code or token: everybody who may read events sees them. */
  readonly values?: JsonObject;
}

/**
 * IDCS: shapes.md §13: who is not known is `IDCS`, under the name that was given.
 * @param name as it was typed: a user name that there is no user of
 */
export function unknownActor(name: string): Actor {
  // What was typed may hold what PostgreSQL has no text for.
  const shown = name.slice(0, MAX_NAME).replaceAll('\0', '').toWellFormed();
  return { type: 'User', id: 'IDCS', name: shown, display: shown };
}

/** Names that were typed are cut here: what has an index entry must be short. */
const MAX_NAME = 255;

/**
 * Records what happened: one statement.
 *
 * @param session the transaction that it is a part of: no event of what is rolled back; null: an event of its own
 */
export async function recordEvent(
  context: AuditContext,
  session: Pick<StoreSession, 'audit'> | null,
  event: NewEvent,
): Promise<void> {
  await recordEvents(context, session, [event]);
}

/** The same for several events, in their order. */
export async function recordEvents(
  context: AuditContext,
  session: Pick<StoreSession, 'audit'> | null,
  events: readonly NewEvent[],
): Promise<void> {
  const rows = events.map((event) => auditEvent(context, event)).filter((row) => row !== null);
  if (rows.length > 0) await (session ?? context.store).audit.insert(context.domain.id, rows);
}

/** The row of an event, for a write that takes it along (`ResourceWrite.events`); null: nothing is to be recorded. */
export function auditEvent(context: Omit<AuditContext, 'store'>, event: NewEvent): AuditEventWrite | null {
  const { request } = context;
  const actor = event.actor ?? context.caller ?? null;
  if (request === undefined || actor === null) return null;
  const type = resourceType('AuditEvent');
  const time = context.clock.now();
  const author = authorOf(actor);
  const service = serviceOf(event.eventId);
  const data: JsonObject = {
    eventId: event.eventId,
    serviceName: service,
    timestamp: new Date(time).toISOString(),
    clientIp: request.clientIp,
    actorId: actor.id,
    actorName: (actor.name ?? actor.display ?? actor.id).slice(0, MAX_NAME),
    ...(actor.display === null ? {} : { actorDisplayName: actor.display }),
    actorType: actor.type,
    ecId: request.ecid,
    rId: request.rid,
    idcsCreatedBy: author,
    idcsLastModifiedBy: { ...author },
    // IDCS: shapes.md §13: notification events are without these two.
    ...(service === MESSAGING ? {} : { quotaCount: 0, ssoAuthnLevel: 0 }),
    ...(service === 'SSO' ? signOnFacts(request) : {}),
    ...event.values,
  };
  if (service === 'SSO' && typeof data['message'] === 'string') data['ssoComments'] = data['message'];
  // IDCS: shapes.md §13: meta.created is a moment after timestamp.
  return { type, id: newId(context.ids), time, created: time + 1, data };
}

const MESSAGING = 'Messaging';

/** IDCS: shapes.md §13: serviceName by the first part of the event's id; of `idbridge` it is inferred. */
function serviceOf(eventId: string): string {
  const [service = ''] = eventId.split('.', 1);
  switch (service) {
    case 'sso':
      return 'SSO';
    case 'notification':
      return MESSAGING;
    case 'idbridge':
      return 'IDBridge';
    default:
      return 'Admin';
  }
}

function signOnFacts({ localIp, userAgent }: RequestFacts): JsonObject {
  return {
    // IDCS: rulings.md: what tokens call UserNamePassword is localIDP here.
    ssoIdentityProvider: 'localIDP',
    ...(localIp === null ? {} : { ssoLocalIp: localIp }),
    ...(userAgent === null ? {} : { ssoUserAgent: userAgent }),
  };
}

function authorOf({ type, id, ocid, display }: Actor): JsonObject {
  return { type, value: id, ...(display === null ? {} : { display }), ...(ocid ? { ocid } : {}) };
}
