import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { RequestContext } from './request-context.ts';

/** A mail to a user. The texts are ours: the real service's templates are not copied. */
export interface UserMail {
  readonly subject: string;
  /** Plain text. */
  readonly body: string;
  /** What a reader looks for: see docs/control-plane.md. */
  readonly code?: string;
  readonly link?: string;
  /** What the notification is, for tests that wait for one kind. */
  readonly event: string;
}

/** Sends a mail to a user's primary address, into the inbox. @returns false when there is no address, or nobody takes mail */
export async function mailUser(
  { inbox, domain }: Pick<RequestContext, 'inbox' | 'domain'>,
  user: Pick<StoredResource, 'data'>,
  { subject, ...data }: UserMail,
): Promise<boolean> {
  const to = primaryAddress(user.data);
  if (to === null || inbox === undefined) return false;
  await inbox.deliver(domain, { channel: 'email', to, subject, data: { ...data } });
  return true;
}

/** Where mail to a user goes; null: there is no address. */
export function primaryAddress(data: JsonObject): string | null {
  const emails = Array.isArray(data['emails']) ? data['emails'].filter(isObject) : [];
  const address = (emails.find((email) => email['primary'] === true) ?? emails[0])?.['value'];
  return typeof address === 'string' ? address : null;
}
