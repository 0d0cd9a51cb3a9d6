import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import { type IdSource, newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import type { Store, StoredResource, StoreSession } from '../store/store.ts';
import { UniqueViolation } from '../store/store.ts';
import type { Behaviour } from './behaviour.ts';

/*
 * OAuthConsents: what a user has agreed that an application may have. One row a user and application; written by the consent page
 * alone, read and taken back over SCIM.
 * IDCS: oauth.md §3: the type is named, with GET and DELETE, but its attributes are not printed: they are inferred.
 */

/** OAuthConsent: users see their own, an application those given to it. */
export const oauthConsentBehaviour: Behaviour = {
  type: 'OAuthConsent',
  owner: { User: 'user.value', App: 'app.value' },
};

/** Who agreed to what. */
export interface Consent {
  readonly user: Pick<StoredResource, 'id'>;
  readonly app: Pick<StoredResource, 'id'>;
  readonly scopes: readonly string[];
}

/** The scopes that a user has agreed to for an application; one statement. */
export async function agreedScopes(
  { resources }: Pick<StoreSession, 'resources'>,
  domain: Domain,
  userId: string,
  appId: string,
): Promise<ReadonlySet<string>> {
  const row = await resources.readByName(domain.id, 'OAuthConsent', compositeKeyOf(userId, appId));
  return new Set(row === null ? [] : scopesOf(row.data));
}

/**
 * Adds scopes to what a user has agreed to. Does nothing when user or application are gone.
 */
export async function rememberConsent(
  { store, ids }: { readonly store: Store; readonly ids: IdSource },
  { domain, clock }: { readonly domain: Domain; readonly clock: Clock },
  consent: Consent,
): Promise<void> {
  for (;;) {
    try {
      return await store.transaction((session) => write(session, ids, domain, clock.now(), consent));
    } catch (error) {
      // Two first consents at once: the second adds to the first's row.
      if (!(error instanceof UniqueViolation)) throw error;
    }
  }
}

async function write(
  session: StoreSession,
  ids: IdSource,
  domain: Domain,
  now: number,
  { user, app, scopes }: Consent,
): Promise<void> {
  const { resources } = session;
  // Held until the row is written: a delete meanwhile would leave it pointing to nothing.
  const userRow = await resources.readWithSecret(domain.id, 'User', user.id, { lock: true });
  const appRow = await resources.readWithSecret(domain.id, 'App', app.id, { lock: true });
  if (userRow === null || appRow === null) return;
  const compositeKey = compositeKeyOf(user.id, app.id);
  const before = await resources.readByName(domain.id, 'OAuthConsent', compositeKey);
  const author = authorOf(userRow);
  const data: JsonObject = {
    idcsCreatedBy: before?.data['idcsCreatedBy'] ?? author,
    idcsLastModifiedBy: { ...author },
    user: { value: userRow.id, display: userRow.data['displayName'] ?? userRow.data['userName'] ?? userRow.id },
    app: { value: appRow.id, display: appRow.data['displayName'] ?? appRow.id, name: appRow.data['name'] ?? appRow.id },
    scopes: [...new Set([...(before === null ? [] : scopesOf(before.data)), ...scopes])],
    compositeKey,
  };
  const type = resourceType('OAuthConsent');
  const version = newId(ids);
  if (before === null) {
    await resources.insert(domain.id, { type, id: newId(ids), ocid: null, version, lastModified: now, data }, now);
  } else {
    const { id, ocid } = before;
    await resources.update(domain.id, { type, id, ocid, version, lastModified: now, data }, null);
  }
}

/** The user who agrees is the author of the row. */
function authorOf({ id, ocid, data }: StoredResource): JsonObject {
  const author: JsonObject = { type: 'User', value: id, display: data['displayName'] ?? data['userName'] ?? id };
  return ocid === null ? author : { ...author, ocid };
}

function scopesOf(data: JsonObject): readonly string[] {
  const { scopes } = data;
  return Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [];
}

function compositeKeyOf(userId: string, appId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([userId, appId]))
    .digest('hex');
}
