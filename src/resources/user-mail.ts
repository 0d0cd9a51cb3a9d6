import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';

/** Where mail to a user goes; null: there is no address. */
export function primaryAddress(data: JsonObject): string | null {
  const emails = emailsOf(data);
  const address = (emails.find((email) => email['primary'] === true) ?? emails[0])?.['value'];
  return typeof address === 'string' ? address : null;
}

/** A user's second address; null: there is none. */
export function secondaryAddress(data: JsonObject): string | null {
  const address = emailsOf(data).find((email) => email['secondary'] === true)?.['value'];
  return typeof address === 'string' ? address : null;
}

function emailsOf({ emails }: { readonly emails?: JsonValue }): readonly JsonObject[] {
  return Array.isArray(emails) ? emails.filter(isObject) : [];
}
