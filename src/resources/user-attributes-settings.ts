import type { Domain } from '../domains/domain.ts';
import { EpochCache } from '../domains/epoch-cache.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute } from '../scim/schema.ts';
import type { Store } from '../store/store.ts';
import { singletonBehaviour, singletonData, singletonDefaults } from './singleton.ts';

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

const rules = new EpochCache<ReadonlyMap<string, EndUserMutability>>(1000);

/**
 * What users may do with their own attributes, by canonical path (`name.givenName`, `urn:…:enterprise:2.0:User:department`), where
 * a domain has a rule: the shipped one's, or its own. An attribute without one goes by its own mutability, and what the overlay of
 * Me withholds (roles, active ...) no rule gives.
 */
export async function endUserMutabilities(
  store: Store,
  domain: Domain,
): Promise<ReadonlyMap<string, EndUserMutability>> {
  return await rules.get(store, domain, 'own', async () => {
    const data = await singletonData(store, domain, 'UserAttributesSettings');
    const withheld = withheldByOverlay();
    const found = new Map<string, EndUserMutability>();
    // A rule that a domain has taken out is the shipped one again.
    for (const setting of [...settingsOf(singletonDefaults('UserAttributesSettings')), ...settingsOf(data)]) {
      const attribute = attributeOf(setting['name']);
      const rule = setting['endUserMutability'] as EndUserMutability;
      if (attribute === undefined || attribute.mutability === 'readOnly') continue;
      if (rule !== 'hidden' && withheld.has(attribute.path)) continue;
      found.set(attribute.path, rule);
    }
    return found;
  });
}

let withheld: ReadonlySet<string> | undefined;

function withheldByOverlay(): ReadonlySet<string> {
  const { attributes = {} } = resourceType('Me').overlay;
  withheld ??= new Set(Object.keys(attributes).filter((path) => attributes[path]!.mutability === 'readOnly'));
  return withheld;
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
