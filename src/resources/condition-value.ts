import { badRequest } from '../scim/errors.ts';
import { quote } from '../scim/validation-errors.ts';

/** What a Condition compares with: its `attributeValue` read. */
export type ConditionValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: 'call'; readonly name: string; readonly parameters: readonly string[] };

/** Operators that compare with each of several values. */
const NEEDS_LIST: ReadonlySet<string> = new Set(['in', 'nin', 'coany']);
const ORDER: ReadonlySet<string> = new Set(['gt', 'ge', 'lt', 'le']);
/** `#inIPRange("<perimeter>")` stands for a set, in which a value is or isn't. That the others are refused is inferred. */
const TAKES_CALL: ReadonlySet<string> = new Set(['eq', 'ne', 'in', 'nin']);
const CALL = /^#([A-Za-z]\w*)\((.*)\)$/s;
const BEGINS_CALL = /^#[A-Za-z]\w*\(/;

/**
 * Reads the value of a Condition. IDCS: a string that holds plain text (`Low`), JSON (`"Login"` with its quotes, `["group"]`) or a
 * call (`#inIPRange("<id>")`; names without quotes are taken too): flows.md B7, main-0364 to main-0369, main-0374.
 *
 * @param operator one of the canonical operators of Condition
 * @throws ScimError 400 naming attributeValue
 */
export function parseConditionValue(operator: string, raw: string): ConditionValue {
  if (BEGINS_CALL.test(raw)) {
    if (!TAKES_CALL.has(operator)) throw bad(`is a call, which the operator ${operator} can't compare with`, raw);
    return call(raw);
  }
  if (raw.trimStart().startsWith('[')) {
    if (ORDER.has(operator)) throw bad(`is a list, which the operator ${operator} can't compare with`, raw);
    return list(raw);
  }
  if (NEEDS_LIST.has(operator)) throw bad(`must be a JSON array for the operator ${operator}`, raw);
  return { kind: 'text', text: raw.startsWith('"') ? jsonText(raw) : raw };
}

function call(raw: string): ConditionValue {
  const match = CALL.exec(raw.trimEnd());
  if (match === null) throw bad('is a call without its closing parenthesis', raw);
  const [, name, inside] = match;
  const parameters = splitOutsideQuotes(inside!).map((part) => {
    const parameter = part.trim();
    if (parameter.startsWith('"')) return jsonText(parameter);
    if (!/["()]/.test(parameter)) return parameter;
    throw bad('is a call with a parameter that needs quotes', raw);
  });
  if (parameters.includes('')) throw bad('is a call with an empty parameter', raw);
  return { kind: 'call', name: name!, parameters };
}

/** Parts between commas; a comma inside a JSON string is none. */
function splitOutsideQuotes(text: string): string[] {
  const parts: string[] = [];
  let begin = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') quoted = !quoted;
    else if (text[at] === ',' && !quoted) {
      parts.push(text.slice(begin, at));
      begin = at + 1;
    }
  }
  return [...parts, text.slice(begin)];
}

function list(raw: string): ConditionValue {
  const values = json(raw);
  const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  if (!Array.isArray(values) || values.length === 0 || !values.every(isScalar)) {
    throw bad('must be a JSON array of at least one string, number or boolean', raw);
  }
  return { kind: 'list', values };
}

function jsonText(raw: string): string {
  const text = json(raw);
  if (typeof text !== 'string') throw bad('begins with a quote but is no JSON string', raw);
  return text;
}

function json(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

function bad(what: string, raw: string): Error {
  return badRequest(`Condition.attributeValue ${what}: ${quote(raw)}.`);
}
