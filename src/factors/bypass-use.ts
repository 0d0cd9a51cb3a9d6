import { newId } from '../ids.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { credentialsOf } from '../resources/user-credential.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoreSession } from '../store/store.ts';
import { sameCode } from './digits.ts';

const TYPE = 'BypassCode';

/** Whether a code can still be used. @param now milliseconds since the epoch */
export function isActiveCode({ expiresOn, actualUsageCount, maxUsageCount }: JsonObject, now: number): boolean {
  if (typeof expiresOn === 'string' && Date.parse(expiresOn) <= now) return false;
  return Number(actualUsageCount ?? 0) < Number(maxUsageCount ?? 1);
}

/**
 * Uses a user's bypass code. The caller holds the user's row.
 * @returns false when the user has no such code, or it was used up or has expired
 */
export async function useBypassCode(
  { domain, clock, secrets, ids }: RequestContext,
  session: StoreSession,
  userId: string,
  code: string,
): Promise<boolean> {
  const now = clock.now();
  const codes = (await credentialsOf(session, domain.id, TYPE, userId)).filter(({ data }) => isActiveCode(data, now));
  const kept = await session.resources.readSecrets(
    domain.id,
    TYPE,
    codes.map(({ id }) => id),
  );
  // All are compared, so that the time says nothing of which one it is.
  const [match] = codes.filter(({ id }) => {
    const sealed = kept.get(id)?.['code'];
    return typeof sealed === 'string' && sameCode(secrets.open(sealed), code);
  });
  if (match === undefined) return false;
  const row = await session.resources.readWithSecret(domain.id, TYPE, match.id, { lock: true });
  if (row === null || !isActiveCode(row.data, now)) return false;
  const data = { ...row.data, actualUsageCount: Number(row.data['actualUsageCount'] ?? 0) + 1 };
  const write = { id: row.id, ocid: row.ocid, version: newId(ids), lastModified: now, data };
  return session.resources.update(domain.id, { type: resourceType(TYPE), ...write }, null);
}
