import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { quote } from '../scim/validation-errors.ts';

/** IDCS: flows.md B8; `TOPT` is how the service spells the second one, the right spelling is taken too. */
const FACTORS: ReadonlySet<string> = new Set([
  'SECURITY_QUESTIONS',
  'TOPT',
  'TOTP',
  'EMAIL',
  'SMS',
  'BYPASSCODE',
  'PUSH',
  'YUBICO',
  'PHONE',
  'FIDO',
  'ANY',
]);

/**
 * Checks what a Rule returns against its type: the values of names that the type knows. Other names are kept as they are.
 * IDCS: a SignOn rule may return anything (tests of the Terraform provider: name `name`, value `value`).
 *
 * @param type the data of its PolicyType
 * @throws ScimError 400 naming the returned name
 */
export function checkReturn(type: JsonObject, rule: JsonObject): void {
  const returned = elements(rule['return']);
  // Inferred from the attribute's name.
  if (type['allowMultipleReturnAttributes'] === false && returned.length > 1) {
    throw badRequest(`Rule.return can have only one value in a rule of the type ${String(type['name'])}.`);
  }
  const known = new Map(elements(type['allowedReturnPathElements']).map((each) => [each['name'], each]));
  for (const { name, value } of returned) {
    const path = known.get(name as JsonValue);
    if (path !== undefined) checkOne(path, String(name), String(value));
  }
}

function checkOne(path: JsonObject, name: string, value: string): void {
  const { dataType, multiValued } = path;
  if (name === 'effect' && value !== 'ALLOW' && value !== 'DENY') throw bad(name, 'ALLOW or DENY', value);
  if (dataType === 'boolean' && value !== 'true' && value !== 'false') throw bad(name, 'true or false', value);
  if (dataType === 'integer' && !/^\d{1,9}$/.test(value)) throw bad(name, 'a whole number', value);
  if (name === '2FAFactors' && !(list(value)?.every((factor) => FACTORS.has(factor)) ?? false)) {
    throw bad(name, `a JSON array of ${[...FACTORS].join(', ')}`, value);
  }
  // One id without brackets is taken too.
  if (multiValued === true && /^\s*\[/.test(value) && list(value) === null) {
    throw bad(name, 'a JSON array of strings', value);
  }
}

function list(text: string): string[] | null {
  try {
    const values: unknown = JSON.parse(text);
    return Array.isArray(values) && values.every((value) => typeof value === 'string') ? values : null;
  } catch {
    return null;
  }
}

function elements(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function bad(name: string, expected: string, value: string): Error {
  return badRequest(`Rule.return.value of ${quote(name)} must be ${expected}: ${quote(value)}.`);
}
