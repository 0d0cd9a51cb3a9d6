import type { JsonValue } from '../scim/json.ts';
import { missingRequired } from '../scim/validation-errors.ts';
import type { Draft } from './behaviour.ts';

/**
 * A value that an action can't do without, kept or never returned.
 * @throws ScimError 400 `missingReqAttributes`
 */
export function required(draft: Draft, name: string): JsonValue {
  const value = draft.data[name] ?? draft.transient.get(name);
  if (value === undefined || value === null || value === '') throw missingRequired([name]);
  return value;
}

/** As `required`, for a string attribute. */
export function requiredText(draft: Draft, name: string): string {
  return String(required(draft, name));
}
