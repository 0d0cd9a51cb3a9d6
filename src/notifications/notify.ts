import { brandingOf } from '../pages/branding.ts';
import type { Caller, RequestContext } from '../resources/request-context.ts';
import { primaryAddress, secondaryAddress } from '../resources/user-mail.ts';
import { USER_URN } from '../resources/user-urns.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { deliveryRecorder } from './delivery-event.ts';
import { dateAndTime, languageFor } from './language.ts';
import { type MailVariables, writeMail } from './mail-template.ts';
import type { NotificationEvent } from './notification-event.ts';
import { notificationRules } from './notification-rules.ts';

/** What sending a mail needs of a request. Without an inbox nobody is told; without `request` no audit event is recorded. */
export interface NotifyContext
  extends Pick<RequestContext, 'domain' | 'store' | 'clock'>,
    Partial<Pick<RequestContext, 'baseUrl' | 'ids' | 'inbox' | 'log' | 'request' | 'secrets'>> {
  readonly caller?: Caller | null;
}

/** Something that a user is told. */
export interface Notification {
  readonly event: NotificationEvent;
  /** Values of the template's variables beyond those of every mail (docs/mail.md). */
  readonly variables?: MailVariables;
  /** Where the mail leads. */
  readonly link?: string;
  /** What the link proves, for tests to read; default: the link's `token`. Also the variable `userToken`. */
  readonly token?: string;
  /** When the link ends: milliseconds since the Unix epoch, of the domain's clock. */
  readonly linkExpires?: number;
  /** A passcode or one-time password, for tests to read. Also the variable `OTP`. */
  readonly code?: string;
  /** Another address than the user's primary one: an address to verify, or one that was the user's. */
  readonly to?: string;
}

/** Who is told. */
export type NotifiedUser = Pick<StoredResource, 'id' | 'data'>;

/** Events about users who are not active. */
const TOLD_WHEN_INACTIVE: ReadonlySet<NotificationEvent> = new Set([
  'admin.user.deactivated.success',
  'admin.user.create.success',
  'admin.user.federated.create.success',
  'admin.user.initiate.activation.success',
  'admin.me.register.success',
  'admin.me.register.activation.required',
]);

/**
 * Mails a user about an event, into the inbox, as the domain's NotificationSettings say.
 *
 * @param session the transaction of what the mail tells about: then there is a mail exactly when that is committed
 * @returns false when nobody was told: the event is off, the user has no address, is a service user or not active, or nobody takes
 * mail (seeds)
 */
export async function notify(
  context: NotifyContext,
  user: NotifiedUser,
  notification: Notification,
  session: StoreSession = context.store,
): Promise<boolean> {
  const { inbox, domain, store, clock, baseUrl } = context;
  const { event, link = null, code } = notification;
  if (inbox === undefined || baseUrl === undefined || !isTold(user.data, event)) return false;
  const rules = await notificationRules(store, domain, session);
  if (!rules.isOn(event)) return false;
  const addresses = rules.testRecipients ?? addressesOf(user.data, notification, rules.secondaryToo);
  if (addresses.length === 0) return false;
  const locale = languageFor(user.data, domain);
  const token = notification.token ?? tokenOf(link);
  const at = (ms: number) => dateAndTime(ms, locale, user.data, domain);
  const { linkExpires } = notification;
  const { userName, displayName } = user.data;
  const variables: MailVariables = {
    'user.userName': String(userName),
    'user.displayName': typeof displayName === 'string' ? displayName : String(userName),
    companyName: brandingOf(domain, locale).companyName ?? domain.name,
    tenantName: domain.name,
    domainName: domain.name,
    emailId: notification.to ?? primaryAddress(user.data) ?? undefined,
    email: rules.sender.address,
    homePageRedirectUrl: baseUrl,
    redirectUrl: link ?? undefined,
    userToken: token,
    OTP: code,
    linkExpirationTime: linkExpires === undefined ? undefined : Object.values(at(linkExpires)).join(' '),
    ...at(clock.now()),
    ...notification.variables,
  };
  const { subject, text, html } = writeMail(event, locale, variables, link);
  const { address: from, displayName: fromName } = rules.sender;
  const parts = { ...(code === undefined ? {} : { code }), ...(link === null ? {} : { link }) };
  const data: JsonObject = { event, locale, from, fromName, text, html, ...parts };
  if (token !== undefined) data['token'] = token;
  for (const to of addresses) {
    const relayed = deliveryRecorder(context, user, { to: [to], from, locale, subject }).later;
    await inbox.deliver(domain, { channel: 'email', to, subject, data }, { session, relayed });
  }
  // With a relay, the delivery is what the relay says.
  if (!inbox.relays) await deliveryRecorder(context, user, { to: addresses, from, locale, subject }).now(session);
  return true;
}

function isTold(data: JsonObject, event: NotificationEvent): boolean {
  const extension = data[USER_URN];
  if (isObject(extension) && extension['serviceUser'] === true) return false;
  return data['active'] !== false || TOLD_WHEN_INACTIVE.has(event);
}

function addressesOf(data: JsonObject, { to }: Notification, secondaryToo: boolean): readonly string[] {
  if (to !== undefined) return [to];
  const addresses = [primaryAddress(data), secondaryToo ? secondaryAddress(data) : null];
  return [...new Set(addresses.filter((address) => address !== null))];
}

/** The token in a link's query. */
function tokenOf(link: string | null): string | undefined {
  if (link === null || !URL.canParse(link)) return undefined;
  return new URL(link).searchParams.get('token') ?? undefined;
}
