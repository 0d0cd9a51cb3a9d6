import type { JsonValue } from './json.ts';
import type { Attribute } from './schema.ts';
import { toTimestamp } from './timestamp.ts';
import { notCanonical, notListed, outOfRange, tooLong, tooShort, wrongType } from './validation-errors.ts';

const INTEGER = /^[+-]?\d{1,15}$/;
const DECIMAL = /^[+-]?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,3})?$/;
const BASE64 = /^[A-Za-z0-9+/_\-\s]*={0,2}$/;
// What PostgreSQL's jsonb cannot hold: U+0000 and half of a surrogate pair.
const NOT_STORABLE = /[\0\uD800-\uDFFF]/u;

/**
 * Converts one simple value to its attribute's type and checks it: canonical spelling, length, range.
 *
 * @param raw what the client sent; neither null nor an empty string (those mean "absent")
 * @throws ScimError 400 naming the attribute
 */
export function convertSimple(attribute: Attribute, raw: JsonValue): string | number | boolean {
  switch (attribute.type) {
    case 'boolean':
      return toBoolean(attribute, raw);
    case 'integer':
    case 'decimal':
      return toNumber(attribute, raw);
    case 'dateTime':
      return toDateTime(attribute, raw);
    case 'binary':
      return toBinary(attribute, raw);
    default:
      return toText(attribute, raw);
  }
}

// IDCS: booleans and integers arrive as strings too, in any case (scim.md §5; Entra ID sends "False").
function toBoolean(attribute: Attribute, raw: JsonValue): boolean {
  if (typeof raw === 'boolean') return raw;
  const text = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw wrongType(attribute.path, 'a boolean');
}

function toNumber(attribute: Attribute, raw: JsonValue): number {
  const pattern = attribute.type === 'integer' ? INTEGER : DECIMAL;
  const number = typeof raw === 'string' && pattern.test(raw.trim()) ? Number(raw) : raw;
  const fits = attribute.type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (typeof number !== 'number' || !fits) {
    throw wrongType(attribute.path, attribute.type === 'integer' ? 'an integer' : 'a number');
  }
  const { minimum, maximum } = attribute.definition;
  if ((minimum !== undefined && number < minimum) || (maximum !== undefined && number > maximum)) {
    throw outOfRange(attribute.path, minimum, maximum);
  }
  return number;
}

function toDateTime(attribute: Attribute, raw: JsonValue): string {
  const timestamp = typeof raw === 'string' ? toTimestamp(raw) : null;
  if (timestamp === null) throw wrongType(attribute.path, 'a date and time like 2024-04-23T04:56:22Z');
  return timestamp;
}

function toBinary(attribute: Attribute, raw: JsonValue): string {
  if (typeof raw !== 'string' || !BASE64.test(raw.trim())) throw wrongType(attribute.path, 'a base64 string');
  return withinLength(attribute, raw);
}

function toText(attribute: Attribute, raw: JsonValue): string {
  if (typeof raw !== 'string') throw wrongType(attribute.path, 'a string');
  if (NOT_STORABLE.test(raw)) throw wrongType(attribute.path, 'a string without NUL and broken characters');
  return canonical(attribute, withinLength(attribute, raw));
}

function withinLength(attribute: Attribute, text: string): string {
  const { minLength, maxLength } = attribute.definition;
  if (maxLength !== undefined && text.length > maxLength) throw tooLong(attribute.path, maxLength);
  if (minLength !== undefined && text.length < minLength) throw tooShort(attribute.path, minLength);
  return text;
}

function canonical(attribute: Attribute, text: string): string {
  const source = attribute.canonicalSource;
  if (source !== null) {
    const listed = source.spelling(text);
    if (listed === undefined) throw notListed(attribute, text, source.name);
    return listed;
  }
  const allowed = attribute.definition.canonicalValues;
  if (allowed === undefined || allowed.length === 0 || allowed.includes(text)) return text;
  const folded = text.toLowerCase();
  const spelling = attribute.caseExact ? undefined : allowed.find((value) => value.toLowerCase() === folded);
  if (spelling === undefined) throw notCanonical(attribute, text);
  return spelling;
}
