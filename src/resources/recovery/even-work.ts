import { newId } from '../../ids.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';

/*
 * Asking for a recovery takes the same statements whether there is such a user or not, so that the time of an answer tells nobody:
 * what would be written for somebody is written for nobody, too, and rolled back.
 */

/** For whom something is written. */
export type Recovering = Pick<StoredResource, 'id' | 'data'>;

class RolledBack extends Error {}

/**
 * Runs what is written for who recovers an account, in one transaction.
 * @param user null: nobody; `work` gets somebody made up, and nothing of it stays
 */
export async function evenly(
  { store, ids }: Pick<RequestContext, 'store' | 'ids'>,
  user: Recovering | null,
  work: (session: StoreSession, somebody: Recovering) => Promise<void>,
): Promise<void> {
  const somebody = user ?? nobody(newId(ids));
  try {
    await store.transaction(async (session) => {
      await work(session, somebody);
      if (user === null) throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
}

/** Where what is written for nobody would go. RFC 2606: no such host. */
export const NOWHERE = 'nobody@example.invalid';

function nobody(id: string): { readonly id: string; readonly data: JsonObject } {
  return { id, data: { userName: id, active: true, emails: [{ value: NOWHERE, type: 'work', primary: true }] } };
}
