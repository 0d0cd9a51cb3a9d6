import { takeEvent } from '../audit/function-event.ts';
import { stateEvents, updateEvents } from '../audit/write-events.ts';
import { newId } from '../ids.ts';
import type { NotifyContext } from '../notifications/notify.ts';
import { resourceType } from '../schemas/registry.ts';
import { notFound } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { ActionResult } from './behaviour.ts';
import { followMembershipRules, hasMembershipRules } from './membership.ts';
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
  const read = await context.store.resources.read(context.domain.id, 'User', key);
  if (read === null) throw notFound('User', key);
  await refuseStrongerUser(context, read.id);
  return changeUserRow(context, read.id, authorOf(context), change);
}

/** What a change of a user needs of a request. */
export type UserChangeContext = NotifyContext &
  Pick<RequestContext, 'ids' | 'request' | 'event'> & { readonly caller?: RequestContext['caller'] };

/**
 * As `changeUser`, by nobody who was asked for rights: the service, or the holder of a token.
 * @param author value of idcsLastModifiedBy
 */
export async function changeUserRow(
  context: UserChangeContext,
  id: string,
  author: JsonObject,
  change: (user: UserRow) => UserChange | null,
): Promise<StoredResource> {
  const { domain, store, clock, ids } = context;
  const type = resourceType('User');
  const ruled = await hasMembershipRules(context);
  return store.transaction(async (session) => {
    const user = await session.resources.readWithSecret(domain.id, 'User', id, { lock: true });
    if (user === null) throw notFound('User', id);
    refusePrevented(type, user, 'update');
    const changed = change(user);
    if (changed === null) return user;
    const data: JsonObject = { ...changed.data, idcsLastModifiedBy: author };
    const secret = changed.secret === undefined ? {} : { secret: changed.secret };
    const write = { id: user.id, ocid: user.ocid, version: newId(ids), lastModified: clock.now(), data };
    const after = { ...user, ...write };
    const { type: actorType, value, display } = author;
    const actor = { type: actorType === 'App' ? 'App' : 'User', id: String(value), display: String(display) } as const;
    const by = context.caller === undefined ? actor : undefined;
    const taken = takeEvent(context, after);
    const events = taken
      ? [...taken, ...stateEvents(context, type, user, after, { actor: by })]
      : updateEvents(context, type, user, after, 'update', undefined, by);
    await session.resources.update(domain.id, { type, ...write, ...secret, ...(events && { events }) }, null);
    if (ruled) await followMembershipRules(context, session, user.id);
    // Verified tokens are kept by every process until the epoch moves; those of a deactivated user end at once.
    if (user.data['active'] === true && data['active'] !== true) await session.domains.bumpEpoch(domain.id);
    // Who confirmed an address knows that it let them in.
    if (author['value'] !== id) await tellOfAccount(context, session, user.data, { id, data });
    return after;
  });
}

/** What an action on a user answers: whom it was about, and what it did. @param key as asked */
export function aboutUser(key: string, user: Pick<StoredResource, 'id' | 'ocid'>, data: JsonObject = {}): ActionResult {
  const named: JsonObject = user.ocid === null ? { id: user.id } : { id: user.id, ocid: user.ocid };
  return { status: 200, locationKey: key, data: { ...named, ...data } };
}
