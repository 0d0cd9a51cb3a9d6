import { newId, newOcid, randomIds } from '../src/ids.ts';
import { resourceType } from '../src/schemas/registry.ts';
import type { JsonObject } from '../src/scim/json.ts';
import type { ResourceWrite, Store } from '../src/store/store.ts';

const BATCH = 5000;

/**
 * Fills a domain with users as the pipeline writes them, through the store's own code.
 * @returns their ids, in order
 */
export async function loadUsers(store: Store, domainId: number, count: number): Promise<string[]> {
  const type = resourceType('User');
  const ids: string[] = [];
  const now = Date.now();
  for (let from = 0; from < count; from += BATCH) {
    const writes: ResourceWrite[] = [];
    for (let n = from; n < Math.min(from + BATCH, count); n++) {
      const id = newId(randomIds);
      ids.push(id);
      writes.push({
        type,
        id,
        ocid: newOcid(randomIds, 'user'),
        version: newId(randomIds),
        lastModified: now,
        data: userData(n),
        secret: null,
      });
    }
    await store.resources.insertMany(domainId, writes, now);
  }
  return ids;
}

/** The userName of the n-th loaded user. */
export const loadedName = (n: number): string => `user${n}@bench.example.com`;

function userData(n: number): JsonObject {
  const family = `Family${n % 5000}`;
  const by = { type: 'App', value: '0123456789ab4def8123456789abcdef', display: 'Bench' };
  return {
    userName: loadedName(n),
    active: n % 20 !== 0,
    name: { givenName: `Given${n}`, familyName: family, formatted: `Given${n} ${family}` },
    displayName: `Given${n} ${family}`,
    emails: [
      { value: loadedName(n), type: 'work', primary: true, verified: false, secondary: false },
      { value: loadedName(n), type: 'recovery', primary: false, verified: false, secondary: false },
    ],
    idcsCreatedBy: by,
    idcsLastModifiedBy: by,
    'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User': {
      isFederatedUser: false,
      preferredUiLandingPage: 'MyApps',
    },
    'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User': { locked: { on: false } },
    'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User': {
      canUseApiKeys: true,
      canUseAuthTokens: true,
      canUseConsolePassword: true,
      canUseCustomerSecretKeys: true,
      canUseOAuth2ClientCredentials: true,
      canUseSmtpCredentials: true,
      canUseDbCredentials: true,
    },
  };
}
