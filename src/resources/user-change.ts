import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { notFound } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { ActionResult } from './behaviour.ts';
import type { UserRow } from './password-replacement.ts';
import { authorOf } from './pipeline/author.ts';
import { refusePrevented } from './pipeline/write-errors.ts';
import type { RequestContext } from './request-context.ts';
import { refuseStrongerUser } from './stronger-principals.ts';
import { tellOfAccount } from './user-notices.ts';

/** What an action makes of a user; `secret` left out: as it was. */
export interface UserChange {
  readonly data: JsonObject;
  readonly secret?: JsonObject;
}

/**
 * Changes one thing about a user on the locked row, with a new version and author. The caller may not take over stronger users.
 *
 * @param key id or OCID
 * @param change gets the row as it stands; null: it is so already, and nothing is written
 * @returns the user afterwards
 * @throws ScimError 404, 401 for a user with administrator roles that the caller lacks
 */
export async function changeUser(
  context: RequestContext,
  key: string,
  change: (user: UserRow) => UserChange | null,
): Promise<StoredResource> {
  const { domain, store, clock, ids } = context;
  const type = resourceType('User');
  const read = await store.resources.read(domain.id, 'User', key);
  if (read === null) throw notFound('User', key);
  await refuseStrongerUser(context, read.id);
  return store.transaction(async (session) => {
    const user = await session.resources.readWithSecret(domain.id, 'User', read.id, { lock: true });
    if (user === null) throw notFound('User', key);
    refusePrevented(type, user, 'update');
    const changed = change(user);
    if (changed === null) return user;
    const { id, ocid } = user;
    const data: JsonObject = { ...changed.data, idcsLastModifiedBy: authorOf(context) };
    const secret = changed.secret === undefined ? {} : { secret: changed.secret };
    const write = { id, ocid, version: newId(ids), lastModified: clock.now(), data };
    await session.resources.update(domain.id, { type, ...write, ...secret }, null);
    // Verified tokens are kept by every process until the epoch moves; those of a deactivated user end at once.
    if (user.data['active'] === true && data['active'] !== true) await session.domains.bumpEpoch(domain.id);
    await tellOfAccount(context, session, user.data, { id, data });
    return { ...user, ...write };
  });
}

/** What an action on a user answers: whom it was about, and what it did. @param key as asked */
export function aboutUser(key: string, user: Pick<StoredResource, 'id' | 'ocid'>, data: JsonObject = {}): ActionResult {
  const named: JsonObject = user.ocid === null ? { id: user.id } : { id: user.id, ocid: user.ocid };
  return { status: 200, locationKey: key, data: { ...named, ...data } };
}
