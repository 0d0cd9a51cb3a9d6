import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { readValue } from '../scim/resource-data.ts';
import type { Attribute } from '../scim/schema.ts';
import { CUSTOM_USER_URN } from './discovery/custom-attributes.ts';

/*
 * User expressions: `$user.name.formatted`, `$user.emails.0.value`, `$(user.emails[*].value)`,
 * `$user.urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User.employeeNumber`.
 * IDCS: Managing Custom Claims (oauth.md §7.4). What is never returned is never found.
 */

/** Steps below the attribute: a name, an index, or all elements. */
type Step = string | number | '*';

interface Expression {
  readonly attribute: Attribute;
  readonly steps: readonly Step[];
}

/** Values that stand beside a user's row, by the attribute's path (`groups`). */
export type BesideRow = (path: string) => JsonValue | undefined;

/** Whether a text has the form of an expression. Whether the attribute exists shows when a token is made. */
export function isUserExpression(text: string): boolean {
  return pathOf(text) !== null;
}

/** Whether evaluating the expression needs the user's groups or AppRoles. */
export function needsMemberships(text: string): boolean {
  const attribute = parse(text)?.attribute;
  return attribute !== undefined && (attribute.name === 'groups' || attribute.name === 'appRoles');
}

/**
 * The value of an expression: a string, or a list of strings where the path goes through a list, also by an index ("a single value
 * within an array"). Everything is rendered as a string. Undefined when the user has no such value.
 */
export function evaluateUserExpression(
  text: string,
  user: JsonObject,
  beside: BesideRow,
): string | string[] | undefined {
  const expression = parse(text);
  if (expression === null) return customValue(text, user);
  const { attribute, steps } = expression;
  const start = readValue(user, attribute) ?? beside(attribute.path);
  if (start === undefined) return undefined;
  let found: { attribute: Attribute; value: JsonValue }[] = [{ attribute, value: start }];
  let many = attribute.multiValued;
  for (const step of steps) {
    if (typeof step === 'number' || step === '*') many = true;
    found = found.flatMap((one) => below(one, step));
  }
  const values = found.flatMap(({ value }) => (Array.isArray(value) ? value : [value])).flatMap(asText);
  if (values.length === 0) return undefined;
  return many ? values : values[0];
}

/** IDCS: scim.md §12: `$user.urn:ietf:params:scim:schemas:idcs:extension:custom:User:nickname`, an attribute of the domain's own. */
function customValue(text: string, user: JsonObject): string | string[] | undefined {
  const path = pathOf(text)?.toLowerCase();
  const custom = user[CUSTOM_USER_URN];
  if (path === undefined || !isObject(custom)) return undefined;
  const name = Object.keys(custom).find(
    (one) => path === `${CUSTOM_USER_URN}:${one}`.toLowerCase() || path === `${CUSTOM_USER_URN}.${one}`.toLowerCase(),
  );
  const value = name === undefined ? undefined : custom[name];
  if (Array.isArray(value)) return value.flatMap(asText);
  return value === undefined || typeof value === 'object' ? undefined : String(value);
}

function below(
  { attribute, value }: { attribute: Attribute; value: JsonValue },
  step: Step,
): { attribute: Attribute; value: JsonValue }[] {
  if (step === '*') return Array.isArray(value) ? value.map((element) => ({ attribute, value: element })) : [];
  if (typeof step === 'number') {
    const element = Array.isArray(value) ? value[step] : undefined;
    return element === undefined ? [] : [{ attribute, value: element }];
  }
  const sub = attribute.sub(step);
  if (sub === undefined || sub.returned === 'never' || !isObject(value) || !Object.hasOwn(value, sub.name)) return [];
  return [{ attribute: sub, value: value[sub.name]! }];
}

function asText(value: JsonValue): string[] {
  return typeof value === 'object' ? [] : [String(value)];
}

function parse(text: string): Expression | null {
  const path = pathOf(text);
  if (path === null) return null;
  const type = resourceType('User');
  const urn = type.extensions.find(
    (one) => path.toLowerCase().startsWith(one.toLowerCase()) && /[.:]/.test(path[one.length] ?? ''),
  );
  const [first, ...rest] = (urn === undefined ? path : path.slice(urn.length + 1)).split('.');
  const attribute = urn === undefined ? type.core(first!) : type.extension(urn)?.get(first!);
  if (attribute === undefined || attribute.returned === 'never' || attribute.storage === 'transient') return null;
  return { attribute, steps: rest.map((step) => (/^\d{1,4}$/.test(step) ? Number(step) : step)) };
}

/** The path behind `$user.`, with `[n]` written as `.n`; null: no expression. */
function pathOf(text: string): string | null {
  const inner = /^\$\((.*)\)$/.exec(text)?.[1] ?? (text.startsWith('$') ? text.slice(1) : null);
  if (inner === null) return null;
  const path = /^user\.([\w$:.*-]+)$/.exec(inner.replace(/\[(\d{1,4}|\*)\]/g, '.$1'))?.[1];
  return path === undefined || /\.\.|\.$/.test(path) ? null : path;
}
