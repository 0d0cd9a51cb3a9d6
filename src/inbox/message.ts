import type { MessageRow } from '../store/store.ts';

/** A captured message, as the control plane and the library show it. What a message doesn't have is left out. */
export interface Message {
  readonly id: string;
  readonly channel: MessageRow['channel'];
  /** Mail address, phone number (`+441122334455`) or device id. */
  readonly to: string;
  readonly subject: string | null;
  /** The domain's time, ISO 8601. */
  readonly created: string;
  /** Sender of a mail: its address and name. */
  readonly from?: string;
  readonly fromName?: string;
  readonly text?: string;
  readonly html?: string;
  /** Language of a mail: `en`. */
  readonly locale?: string;
  /** What it is about: an id of NotificationSettings.eventSettings, or `passcode`. */
  readonly event?: string;
  /** Passcode or one-time password in it. */
  readonly code?: string;
  readonly link?: string;
  /** What the link proves. */
  readonly token?: string;
}

/** A row as it is shown. */
export function messageOf({ id, channel, to, subject, created, data }: MessageRow): Message {
  return { ...data, id, channel, to, subject, created: new Date(created).toISOString() };
}
