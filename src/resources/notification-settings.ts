import { isObject, type JsonValue } from '../scim/json.ts';
import { singletonBehaviour } from './singleton.ts';
import { checkAddress } from './user-contacts.ts';

/** NotificationSettings: who notifications come from, and about which events there are any. */
export const notificationSettingsBehaviour = singletonBehaviour(
  'NotificationSettings',
  async (_context, before, draft) => {
    const { data } = draft;
    const sender = data['fromEmailAddress'];
    if (isObject(sender)) {
      checkAddress(sender['value']);
      // IDCS: schema reference: VERIFIED or PENDING. An address that nobody has confirmed yet is pending; here none is ever asked to.
      sender['validationStatus'] =
        partOf(before.data['fromEmailAddress'], 'value') === sender['value']
          ? (partOf(before.data['fromEmailAddress'], 'validationStatus') ?? 'PENDING')
          : 'PENDING';
      const last = before.data['fromEmailAddress'];
      // Mails go on coming from the address that was verified last (notification-rules.ts).
      if (sender['validationStatus'] === 'PENDING' && partOf(last, 'validationStatus') === 'VERIFIED') {
        draft.secret = { ...before.secret, verifiedSender: last! };
      }
    }
    const recipients = data['testRecipients'];
    if (Array.isArray(recipients)) for (const recipient of recipients) checkAddress(recipient);
  },
);

function partOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) ? value[name] : undefined;
}
