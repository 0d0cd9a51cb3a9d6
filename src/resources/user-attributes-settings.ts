import type { Domain } from '../domains/domain.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute } from '../scim/schema.ts';
import type { Store } from '../store/store.ts';
import { singletonBehaviour, singletonData } from './singleton.ts';

/*
 * UserAttributesSettings: which of their own attributes users may see and change. IDCS: the schema reference names the parts and
 * where the values come from (AllowedValue `mutabilityValues`), but not what a domain begins with: that is inferred
 * (overlays/UserAttributesSettings.json).
 */

/** What a user may do with an attribute of the own profile. */
export type EndUserMutability = 'hidden' | 'readOnly' | 'immutable' | 'readWrite';

export const userAttributesSettingsBehaviour = singletonBehaviour(
  'UserAttributesSettings',
  async (_context, _before, { data }) => {
    for (const setting of settingsOf(data)) checkSetting(setting);
  },
);

/**
 * What users may do with their own attributes, by canonical path (`name.givenName`, `urn:…:enterprise:2.0:User:department`). What
 * is not listed has no rule here: an attribute's own mutability decides.
 */
export async function endUserMutabilities(
  store: Store,
  domain: Domain,
): Promise<ReadonlyMap<string, EndUserMutability>> {
  const data = await singletonData(store, domain, 'UserAttributesSettings');
  const found = new Map<string, EndUserMutability>();
  for (const { name, endUserMutability } of settingsOf(data)) {
    const attribute = attributeOf(name);
    if (attribute !== undefined) found.set(attribute.path, endUserMutability as EndUserMutability);
  }
  return found;
}

/** What a user may do with one attribute: its own rule, or that of the attribute it is a part of; null: there is no rule. */
export function mutabilityFor(
  rules: ReadonlyMap<string, EndUserMutability>,
  attribute: Attribute,
): EndUserMutability | null {
  for (let at: Attribute | null = attribute; at !== null; at = at.parent) {
    const rule = rules.get(at.path);
    if (rule !== undefined) return rule;
  }
  return null;
}

function checkSetting({ name, endUserMutability, endUserMutabilityCanonicalValues: allowed }: JsonObject): void {
  if (attributeOf(name) === undefined) {
    throw badRequest(`UserAttributesSettings.attributeSettings names no attribute of User: ${String(name)}.`);
  }
  if (!Array.isArray(allowed) || allowed.includes(endUserMutability!)) return;
  throw badRequest(
    `UserAttributesSettings.attributeSettings[name eq "${String(name)}"].endUserMutability must be one of ${allowed.join(', ')}.`,
  );
}

function attributeOf(name: JsonValue | undefined): Attribute | undefined {
  return typeof name === 'string' ? resourceType('User').resolve(name) : undefined;
}

function settingsOf(data: JsonObject): JsonObject[] {
  const settings = data['attributeSettings'];
  return Array.isArray(settings) ? settings.filter(isObject) : [];
}
