import type { Domain } from '../domains/domain.ts';
import { EpochCache } from '../domains/epoch-cache.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import { copyOf } from '../scim/resource-data.ts';
import { fillCreateDefaults, nothingAccepted } from '../scim/sent-values.ts';
import type { Store } from '../store/store.ts';
import type { Behaviour } from './behaviour.ts';

/*
 * Settings of which a domain has one resource, its id the type's name. Their first values are the `defaults` of the type's
 * overlay. The row is made when somebody first asks for it (pipeline/singleton-row.ts), so that a birth costs nothing and a domain
 * that is older than the type has it too; until then, features read the defaults.
 */

const kept = new EpochCache<JsonObject>(2000);
const defaults = new Map<string, JsonObject>();

/** The attributes of a singleton that nobody has changed. The caller may keep and change the object. */
export function singletonDefaults(typeName: string): JsonObject {
  let known = defaults.get(typeName);
  if (known === undefined) {
    const filled = nothingAccepted();
    fillCreateDefaults(resourceType(typeName), filled);
    known = filled.data;
    defaults.set(typeName, known);
  }
  return copyOf(known);
}

/**
 * A domain's attributes of a singleton, read once an epoch: every write of one moves the domain's epoch. Must not be changed.
 * @param typeName `IdentitySettings`, `OAuthConfig` ...
 */
export function singletonData(
  store: Store,
  domain: Pick<Domain, 'id' | 'epoch'>,
  typeName: string,
): Promise<JsonObject> {
  return kept.get(store, domain, `singleton:${typeName}`, async () => {
    const row = await store.resources.read(domain.id, typeName, typeName);
    return row?.data ?? singletonDefaults(typeName);
  });
}

/**
 * The behaviour of a singleton that features read by `singletonData`.
 * @param prepareUpdate its rules beyond the attributes' own
 */
export function singletonBehaviour(type: string, prepareUpdate?: Behaviour['prepareUpdate']): Behaviour {
  return {
    type,
    ...(prepareUpdate === undefined ? {} : { prepareUpdate }),
    async afterWrite(context, session) {
      await session.domains.bumpEpoch(context.domain.id);
    },
  };
}
