import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { USER_URN } from './user-urns.ts';

/*
 * Whether an account was ever used by its owner: `…user:User.status`. IDCS: its values are pendingVerification and verified (schema
 * reference); an invited user is active all the while and has no password (scim.md §5). That one who registered is not active until
 * the address is confirmed is inferred: the attribute "indicates the reason why a user is disabled".
 */

const PENDING = 'pendingVerification';
const VERIFIED = 'verified';

/** The data of a user who has yet to choose a password, or to confirm an address. */
export function pendingAccount(data: JsonObject): JsonObject {
  return { ...data, [USER_URN]: { ...extensionOf(data), status: PENDING } };
}

export function isPending(data: JsonObject): boolean {
  return extensionOf(data)['status'] === PENDING;
}

/** Whether a user registered and has yet to confirm the address: not active, and not deactivated by anybody either. */
export function awaitsConfirmation(data: JsonObject): boolean {
  return isPending(data) && data['active'] !== true;
}

/** The data of an account that is in use now; the same where it was not waited for. */
export function activatedAccount(data: JsonObject): JsonObject {
  if (!isPending(data)) return data;
  return { ...data, active: true, [USER_URN]: { ...extensionOf(data), status: VERIFIED } };
}

/** The data of a user who has a password now. It is no confirmation of the address of who registered: that account waits on. */
export function withPassword(data: JsonObject): JsonObject {
  return awaitsConfirmation(data) ? data : activatedAccount(data);
}

/** Whether a user has this mail address. */
export function hasAddress(data: JsonObject, address: string): boolean {
  return emailsOf(data['emails']).some((email) => isAddress(email, address));
}

/** Whether every mail address of a user that is this one is verified. */
export function isVerified(data: JsonObject, address: string): boolean {
  return emailsOf(data['emails']).every((email) => !isAddress(email, address) || email['verified'] === true);
}

/** The data with an address proved: all of the user's that are this one, as the recovery address often is the primary one. */
export function withVerified(data: JsonObject, address: string): JsonObject {
  if (!Array.isArray(data['emails'])) return data;
  const emails = data['emails'].map((email) =>
    isObject(email) && isAddress(email, address) ? { ...email, verified: true } : email,
  );
  return { ...data, emails };
}

function isAddress({ value }: JsonObject, address: string): boolean {
  return typeof value === 'string' && value.toLowerCase() === address.toLowerCase();
}

function emailsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function extensionOf(data: JsonObject): JsonObject {
  const extension = data[USER_URN];
  return isObject(extension) ? extension : {};
}
