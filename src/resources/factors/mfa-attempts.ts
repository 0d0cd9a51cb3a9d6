import { newId } from '../../ids.ts';
import { resourceType } from '../../schemas/registry.ts';
import { ScimError } from '../../scim/errors.ts';
import type { StoredResource } from '../../store/store.ts';
import { isLocked, withLock } from '../login-attempt.ts';
import { authorOf } from '../pipeline/author.ts';
import type { RequestContext } from '../request-context.ts';
import { factorSettings, partOf } from './factor-settings.ts';
import { MFA_URN } from './mfa-state.ts';

/** Locked by second factors (userState locked.reason): from memory of Oracle's SDK text, not verified. */
const LOCKED_BY_WRONG_CODES = 3;

/** @throws ScimError 401 for a user whose account is locked */
export function checkAttempts(user: StoredResource): void {
  // IDCS: errors.tsv AUTH-1010.
  if (isLocked(user.data)) throw new ScimError(401, 'Your account is locked. Contact your system administrator.');
}

/** Counts a wrong code of a user who proves a factor; too many in a row lock the account (flows.md E4). */
export async function countWrong(context: RequestContext, userId: string): Promise<void> {
  const { store, domain, ids, clock } = context;
  const settings = await factorSettings(context);
  const most = settings.number(
    'endpointRestrictions',
    'maxMfaIncorrectValidationAttempts',
    settings.number('endpointRestrictions', 'maxIncorrectAttempts', 10),
  );
  await store.transaction(async (session) => {
    const user = await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
    if (user === null) return;
    const mfa = partOf(user.data, MFA_URN);
    const loginAttempts = Number(mfa['loginAttempts'] ?? 0) + 1;
    const now = clock.now();
    const counted = { ...user.data, [MFA_URN]: { ...mfa, loginAttempts }, idcsLastModifiedBy: authorOf(context) };
    const lock = { on: true, reason: LOCKED_BY_WRONG_CODES, lockDate: new Date(now).toISOString() };
    const data = loginAttempts < most ? counted : withLock(counted, lock);
    const write = { id: user.id, ocid: user.ocid, version: newId(ids), lastModified: now, data };
    await session.resources.update(domain.id, { type: resourceType('User'), ...write }, null);
  });
}
