import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoreSession } from '../../store/store.ts';
import type { SeedSource } from './read-seed.ts';

/*
 * The seeds that a domain was made with, so that a reset applies them again. They are kept in the never-returned state of
 * the domain's Settings: they go where the domain goes.
 */

const KEY = 'seeds';

/** The secret state of a new domain's Settings; null when there is nothing to remember. */
export function rememberSeeds(seeds: readonly SeedSource[]): JsonObject | null {
  return seeds.length === 0 ? null : { [KEY]: [...seeds] };
}

/** The seeds that a domain was made with. */
export async function rememberedSeeds(
  session: Pick<StoreSession, 'resources'>,
  domainId: number,
): Promise<readonly SeedSource[]> {
  const settings = await session.resources.readWithSecret(domainId, 'Settings', 'Settings');
  const seeds = settings?.secret?.[KEY];
  return Array.isArray(seeds) ? seeds.filter((seed) => typeof seed === 'string' || isObject(seed)) : [];
}
