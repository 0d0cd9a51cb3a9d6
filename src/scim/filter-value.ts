import { parseDateTime } from './date-time.ts';
import { badRequest } from './errors.ts';
import type { Comparison } from './filter-ast.ts';
import type { Literal } from './filter-scan.ts';
import type { Attribute, AttributeType } from './schema.ts';

const EQUALITY: ReadonlySet<Comparison> = new Set(['eq', 'ne']);
const ORDER: ReadonlySet<Comparison> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);

/**
 * Converts a filter's value to the type of the attribute that it is compared with.
 *
 * @returns dateTime: milliseconds since the epoch; null for a bare `null`
 * @throws ScimError 400 when the operator or the value does not fit the type
 */
export function comparisonValue(
  attribute: Attribute,
  op: Comparison,
  literal: Literal,
): string | number | boolean | null {
  const allowed = operatorsOf(attribute.type);
  if (allowed !== null && !allowed.has(op)) {
    throw badRequest(
      `The filter compares ${attribute.path} with ${op}: not possible for a value of type ${attribute.type}.`,
    );
  }
  if (!literal.quoted && literal.text.toLowerCase() === 'null') {
    if (EQUALITY.has(op)) return null;
    throw badRequest(`The filter compares ${attribute.path} with null: only eq and ne can.`);
  }
  const value = convert(attribute.type, literal.text);
  if (value === null) {
    throw badRequest(
      `The filter's value for ${attribute.path} at position ${literal.position} is not of type ${attribute.type}.`,
    );
  }
  return value;
}

/** Operators that a type knows; null: all of them. */
function operatorsOf(type: AttributeType): ReadonlySet<Comparison> | null {
  switch (type) {
    case 'boolean':
    case 'binary':
      return EQUALITY;
    case 'integer':
    case 'decimal':
    case 'dateTime':
      return ORDER;
    default:
      return null;
  }
}

function convert(type: AttributeType, text: string): string | number | boolean | null {
  switch (type) {
    case 'boolean': {
      const folded = text.toLowerCase();
      return folded === 'true' ? true : folded === 'false' ? false : null;
    }
    case 'integer': {
      const number = toNumber(text);
      return number !== null && Number.isSafeInteger(number) ? number : null;
    }
    case 'decimal':
      return toNumber(text);
    case 'dateTime':
      return parseDateTime(text);
    default:
      return text;
  }
}

function toNumber(text: string): number | null {
  if (!/^-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?$/.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}
