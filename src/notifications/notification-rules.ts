import type { Domain } from '../domains/domain.ts';
import { EpochCache } from '../domains/epoch-cache.ts';
import { singletonDefaults } from '../resources/singleton.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Store, StoreSession } from '../store/store.ts';

const TYPE = 'NotificationSettings';

/** Who mails come from. */
export interface Sender {
  readonly address: string;
  readonly displayName: string | null;
}

/** A domain's NotificationSettings, as mails are sent by them. */
export interface NotificationRules {
  /** Whether mails about an event are sent at all. */
  isOn(event: string): boolean;
  /** Null: mails go to those whom they are for. Else, in test mode, to these addresses instead. */
  readonly testRecipients: readonly string[] | null;
  /** Users are told at their second address too (deprecated in the real service since 19.2.1). */
  readonly secondaryToo: boolean;
  /** An administrator's change of a primary address is told at the old and the new one. */
  readonly oldAndNewPrimary: boolean;
  readonly sender: Sender;
}

const kept = new EpochCache<NotificationRules>(1000);

/**
 * The rules of a domain, read once an epoch: every write of NotificationSettings moves it.
 * @param session where they are read, so that a transaction needs no second connection
 */
export function notificationRules(
  store: Store,
  domain: Pick<Domain, 'id' | 'epoch'>,
  session: Pick<StoreSession, 'resources'>,
): Promise<NotificationRules> {
  return kept.get(store, domain, TYPE, async () => {
    const row = await session.resources.readWithSecret(domain.id, TYPE, TYPE);
    return rulesOf(row?.data ?? singletonDefaults(TYPE), row?.secret ?? null);
  });
}

/** @param secret what `verifiedSender` made */
export function rulesOf(data: JsonObject, secret: JsonObject | null): NotificationRules {
  const events = eventsOf(singletonDefaults(TYPE));
  // An event that the settings don't speak of is as on the first day: they may be older than the event.
  for (const [event, enabled] of eventsOf(data)) events.set(event, enabled);
  const enabled = data['notificationEnabled'] !== false;
  const recipients = data['testRecipients'];
  return {
    isOn: (event) => enabled && events.get(event) !== false,
    testRecipients:
      data['testModeEnabled'] !== true
        ? null
        : Array.isArray(recipients)
          ? recipients.filter((address) => typeof address === 'string')
          : [],
    secondaryToo: data['sendNotificationsToSecondaryEmail'] === true,
    oldAndNewPrimary: data['sendNotificationToOldAndNewPrimaryEmailsWhenAdminChangesPrimaryEmail'] === true,
    sender: senderOf(data['fromEmailAddress']) ?? senderOf(secret?.['verifiedSender']) ?? shippedSender(),
  };
}

function eventsOf(data: JsonObject): Map<string, boolean> {
  const settings = Array.isArray(data['eventSettings']) ? data['eventSettings'].filter(isObject) : [];
  return new Map(settings.map(({ eventId, enabled }) => [String(eventId), enabled !== false]));
}

/**
 * IDCS: "If you haven't verified the domain or the email address, then this value is the previously validated email address"
 * (Modifying Notification Templates).
 * @returns null for an address that is not verified
 */
function senderOf(value: unknown): Sender | null {
  if (!isObject(value as JsonObject)) return null;
  const { value: address, displayName, validationStatus } = value as JsonObject;
  if (typeof address !== 'string' || validationStatus !== 'VERIFIED') return null;
  return { address, displayName: typeof displayName === 'string' ? displayName : null };
}

function shippedSender(): Sender {
  return senderOf(singletonDefaults(TYPE)['fromEmailAddress'])!;
}
