import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';

/**
 * Fills `name.formatted` and `displayName` from given and family name. IDCS: both are "given family" when they are not sent
 * (CNC Console guide 3.2; scim.md, "User specifics"). On a later change they follow the names as long as they still are what
 * the names made of them; what was set by hand stays.
 *
 * @param data the new data, changed in place
 * @param before the stored data; null on create
 */
export function completeNames(data: JsonObject, before: JsonObject | null): void {
  const derived = derivedName(data);
  const name = data['name'];
  if (isObject(name) && derived !== null) {
    if (name['formatted'] === undefined || follows(name['formatted'], formattedOf(before), before)) {
      name['formatted'] = derived;
    }
  }
  const shown = formattedOf(data) ?? derived;
  if (shown === null) return;
  if (data['displayName'] === undefined || follows(data['displayName'], before?.['displayName'], before)) {
    data['displayName'] = shown;
  }
}

/** Whether a value was not touched by this change and is what the names made of it before. */
function follows(value: unknown, stored: unknown, before: JsonObject | null): boolean {
  return before !== null && value === stored && stored !== undefined && stored === derivedName(before);
}

function formattedOf(data: JsonObject | null): JsonValue | undefined {
  const name = data?.['name'];
  return isObject(name) ? name['formatted'] : undefined;
}

function derivedName(data: JsonObject): string | null {
  const name = data['name'];
  if (!isObject(name)) return null;
  const parts = [name['givenName'], name['familyName']].filter((part) => typeof part === 'string' && part !== '');
  return parts.length === 0 ? null : parts.join(' ');
}
