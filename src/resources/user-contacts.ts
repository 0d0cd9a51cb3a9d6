import { isDeepStrictEqual } from 'node:util';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';

/** One label or the local part: letters, digits and RFC 5322's atext. Every alternative is fixed by its first character. */
const ADDRESS =
  /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*$/u;
const MAX_ADDRESS = 320;

/**
 * Checks the mail addresses and fills what was not sent: flags are false, and a recovery address is added as a copy of the
 * primary one. IDCS: CNC Console guide 3.4 shows the copy; a recovery address that was posted stays (scim.md).
 *
 * @param data the new data, changed in place
 * @param before the stored data; null on create
 * @param required whether a primary address must be there (IdentitySettings.primaryEmailRequired; not for service users)
 * @throws ScimError 400 `primaryEmailNotSpecified`, `invalidEmailFormat`
 */
export function completeEmails(data: JsonObject, before: JsonObject | null, required: boolean): void {
  const emails = elementsOf(data['emails']);
  for (const email of emails) {
    checkAddress(email['value']);
    email['primary'] ??= false;
    email['secondary'] ??= false;
    email['verified'] ??= sameElement(email, before?.['emails'])?.['verified'] ?? false;
  }
  const primary = emails.find((email) => email['primary'] === true);
  if (primary === undefined) {
    if (!required) return;
    throw badRequest('The primary email must be specified.', 'error.identity.user.primaryEmailNotSpecified');
  }
  if (emails.some((email) => email['type'] === 'recovery')) return;
  const recovery = { value: primary['value']!, type: 'recovery', primary: false, secondary: false, verified: false };
  data['emails'] = [...emails, recovery];
}

/**
 * Takes `verified` from addresses and numbers that were not: who changes only the value of an element has proved nothing.
 * IDCS: schemas.md: `verified` depends on the value. In a request that says `verified` itself, that counts (attribute rules say who may).
 */
export function unverifyChanged(data: JsonObject, before: JsonObject): void {
  for (const name of ['emails', 'phoneNumbers']) {
    const proved = new Set(elementsOf(before[name]).filter(isVerifiedElement).map(foldedValue));
    for (const element of elementsOf(data[name])) {
      if (isVerifiedElement(element) && !proved.has(foldedValue(element))) element['verified'] = false;
    }
  }
}

/** Whether addresses or recovery numbers are others afterwards: where a forgotten password would lead to. */
export function changesRecovery(before: JsonObject, after: JsonObject): boolean {
  return (
    !isDeepStrictEqual(
      addresses(before['emails'], () => true),
      addresses(after['emails'], () => true),
    ) || !isDeepStrictEqual(addresses(before['phoneNumbers'], isRecovery), addresses(after['phoneNumbers'], isRecovery))
  );
}

function isRecovery(element: JsonObject): boolean {
  return element['type'] === 'recovery';
}

/** What counts of addresses and numbers: where they lead and what they are for, whatever their order. */
function addresses(value: JsonValue | undefined, wanted: (element: JsonObject) => boolean): string[] {
  const elements = Array.isArray(value) ? value.filter(isObject).filter(wanted) : [];
  return elements.map(({ value: address, type, primary }) => JSON.stringify([address, type, primary === true])).sort();
}

function isVerifiedElement({ verified }: JsonObject): boolean {
  return verified === true;
}

function foldedValue({ value }: JsonObject): string {
  return String(value).toLowerCase();
}

/**
 * Refuses what is no mail address. IDCS: errors.tsv, with the blank before the full stop as quoted there.
 * @throws ScimError 400 `invalidEmailFormat`
 */
export function checkAddress(value: JsonValue | undefined): void {
  if (typeof value !== 'string') return;
  if (value.length <= MAX_ADDRESS && ADDRESS.test(value)) return;
  throw badRequest(
    `"${value.slice(0, MAX_ADDRESS)}" is an invalid format for an email address . The format must be compliant with RFC 5322.`,
    'error.common.validation.invalidEmailFormat',
  );
}

/** Fills `display` (what to show, the number itself), `primary` and `verified` of phone numbers (shapes.md §5, Me). */
export function completePhoneNumbers(data: JsonObject, before: JsonObject | null): void {
  for (const phone of elementsOf(data['phoneNumbers'])) {
    if (phone['value'] !== undefined) phone['display'] = phone['value'];
    phone['primary'] ??= false;
    phone['verified'] ??= sameElement(phone, before?.['phoneNumbers'])?.['verified'] ?? false;
  }
}

/** The stored element with the same value and type: a PUT that leaves out `verified` does not undo a verification. */
function sameElement(element: JsonObject, stored: JsonValue | undefined): JsonObject | undefined {
  return elementsOf(stored).find((other) => other['value'] === element['value'] && other['type'] === element['type']);
}

function elementsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
