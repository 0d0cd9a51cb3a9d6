import { badRequest } from './errors.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { readValue } from './resource-data.ts';
import type { ExactlyOneOf, RequiredWhen, ResourceType } from './schema.ts';
import { missingRequired } from './validation-errors.ts';

/**
 * Checks what an overlay requires under a condition (`requiredWhen`, `exactlyOneOf`), of a resource as it will be kept.
 *
 * @param before the resource as it stands; null: it is new. What it lacked already is not asked of a change.
 * @throws ScimError 400 naming the attributes
 */
export function checkConditions(type: ResourceType, data: JsonObject, before: JsonObject | null): void {
  const { requiredWhen = [], exactlyOneOf = [] } = type.overlay;
  for (const rule of requiredWhen) {
    const missing = lacking(type, rule, data);
    const known = before === null ? [] : lacking(type, rule, before);
    const added = missing.filter((path) => !known.includes(path));
    if (added.length > 0) throw missingRequired(added);
  }
  for (const rule of exactlyOneOf) {
    if (given(type, rule, data) === 1 || (before !== null && given(type, rule, before) !== 1)) continue;
    const names = rule.attributes.map((path) => `${type.name}.${path}`).join(' and ');
    throw badRequest(`Exactly one of ${names} must be given.`);
  }
}

function lacking(type: ResourceType, { when, attributes }: RequiredWhen, data: JsonObject): string[] {
  const holds = Object.entries(when).every(([path, value]) => has(read(type, path, data), value));
  return holds ? attributes.filter((path) => read(type, path, data) === undefined) : [];
}

function given(type: ResourceType, { attributes }: ExactlyOneOf, data: JsonObject): number {
  return attributes.filter((path) => read(type, path, data) !== undefined).length;
}

/** A value; an empty list is none. */
function read(type: ResourceType, path: string, data: JsonObject): JsonValue | undefined {
  const value = readValue(data, type.resolve(path)!);
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

/** Whether an attribute has a value, or one of several. */
function has(value: JsonValue | undefined, wanted: JsonValue): boolean {
  if (Array.isArray(wanted)) return wanted.some((each) => has(value, each));
  return Array.isArray(value) ? value.includes(wanted) : value === wanted;
}
