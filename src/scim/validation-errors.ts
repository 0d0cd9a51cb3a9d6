import { badRequest, type ScimError } from './errors.ts';
import type { Attribute } from './schema.ts';

/*
 * What a client reads when a body breaks an attribute's rules. Every text names the attribute by its canonical path.
 * Recorded from the service: missingReqAttributes with its text, the id stringExceedsMaxLimit (errors.tsv), the text of
 * `immutable` (quoted by users of SCIM gateways) and "Invalid value [x] for attribute y. One of [a,b] was expected."
 * (errors.tsv, AUTH-1111). The other ids follow the same family.
 */

const FAMILY = 'error.common.validation';
const LONGEST_QUOTE = 100;

/** Some required attributes are missing. IDCS: a comma list without blanks (errors.tsv). */
export function missingRequired(paths: readonly string[]): ScimError {
  return badRequest(`Missing required attribute(s): ${paths.join(',')}.`, `${FAMILY}.missingReqAttributes`);
}

/** A body or path names something that the resource type does not have. */
export function unknownAttribute(name: string, typeName: string): ScimError {
  return badRequest(`The attribute ${quote(name)} is not defined for ${typeName}.`, `${FAMILY}.unknownAttribute`);
}

/** One attribute was sent twice, in two spellings. */
export function repeatedAttribute(path: string): ScimError {
  return badRequest(`The attribute ${path} is given more than once.`, `${FAMILY}.repeatedAttribute`);
}

/** A PUT or PATCH tries to change a readOnly attribute. */
export function readOnlyAttribute(path: string): ScimError {
  return badRequest(`The attribute ${path} is readOnly.`, `${FAMILY}.readOnlyAttribute`);
}

/** A PUT or PATCH tries to change an immutable attribute that has a value. */
export function immutableAttribute(path: string): ScimError {
  return badRequest(`The attribute ${path} is immutable.`, `${FAMILY}.immutableAttribute`);
}

/** A value of the wrong JSON type. `expected` reads after "must be": `a boolean`, `an array`. */
export function wrongType(path: string, expected: string): ScimError {
  return badRequest(`The value of attribute ${path} must be ${expected}.`, `${FAMILY}.invalidType`);
}

/** A value that is none of the canonical ones. The value of a sensitive attribute is not repeated. */
export function notCanonical(attribute: Attribute, value: string): ScimError {
  const shown = attribute.returned === 'never' || attribute.definition.idcsSensitive ? '***' : quote(value);
  const allowed = (attribute.definition.canonicalValues ?? []).join(',');
  return badRequest(
    `Invalid value [${shown}] for attribute ${attribute.path}. One of [${allowed}] was expected.`,
    `${FAMILY}.invalidCanonicalValue`,
  );
}

/** A value that is not on the list that the attribute refers to. `list`: where it is found. */
export function notListed({ path }: Attribute, value: string, list: string): ScimError {
  return badRequest(
    `Invalid value [${quote(value)}] for attribute ${path}. One of ${list} was expected.`,
    `${FAMILY}.invalidCanonicalValue`,
  );
}

/** A string longer than maxLength characters. */
export function tooLong(path: string, maxLength: number): ScimError {
  return badRequest(
    `The value of attribute ${path} exceeds the maximum length of ${maxLength} characters.`,
    `${FAMILY}.stringExceedsMaxLimit`,
  );
}

/** A string shorter than minLength characters. */
export function tooShort(path: string, minLength: number): ScimError {
  return badRequest(
    `The value of attribute ${path} is shorter than the minimum length of ${minLength} characters.`,
    `${FAMILY}.stringBelowMinLimit`,
  );
}

/** A number outside minimum..maximum. */
export function outOfRange(path: string, minimum: number | undefined, maximum: number | undefined): ScimError {
  const bounds = [
    minimum === undefined ? '' : `at least ${minimum}`,
    maximum === undefined ? '' : `at most ${maximum}`,
  ];
  return badRequest(
    `The value of attribute ${path} must be ${bounds.filter((bound) => bound !== '').join(' and ')}.`,
    `${FAMILY}.valueOutOfRange`,
  );
}

/** Two elements of a multi-valued attribute are the same one. */
export function duplicateValue(path: string, key: readonly string[]): ScimError {
  const same = key.length === 0 ? '' : ` with the same ${key.join(', ')}`;
  return badRequest(`The attribute ${path} has duplicate values${same}.`, `${FAMILY}.duplicateValues`);
}

/** More than one element has the flag of which only one may be true (`emails.primary`). */
export function onlyOneTrue(path: string): ScimError {
  return badRequest(`Only one value of ${path} can be true.`, `${FAMILY}.onlyOneValueCanBeTrue`);
}

/** A multi-valued attribute with too many elements in one request. */
export function tooManyValues(path: string, max: number): ScimError {
  return badRequest(`The attribute ${path} has more than ${max} values in one request.`, `${FAMILY}.tooManyValues`);
}

/** The `schemas` of a body: not a list, or a URN that does not belong there. */
export function invalidSchemas(detail: string): ScimError {
  return badRequest(detail, `${FAMILY}.invalidSchemas`);
}

/** A PATCH names an element that is not there (RFC 7644 §3.5.2.3, noTarget). */
export function noTarget(path: string): ScimError {
  return badRequest(`The path ${quote(path)} matches no value.`, `${FAMILY}.noTarget`);
}

/** A PATCH body or one of its operations is malformed. `position` names the operation, from 1. */
export function invalidPatch(detail: string, position?: number): ScimError {
  const where = position === undefined ? '' : `Operation ${position}: `;
  return badRequest(`${where}${detail}`, `${FAMILY}.invalidPatch`);
}

/** A Bulk request or one of its operations is malformed. */
export function invalidBulk(detail: string): ScimError {
  return badRequest(detail, `${FAMILY}.invalidBulk`);
}

/** Client text that goes into a message: cut, so that an error is never larger than a line. */
export function quote(text: string): string {
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}...`;
}
