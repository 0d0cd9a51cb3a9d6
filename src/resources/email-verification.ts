import { functionEvent, type PendingEvent } from '../audit/function-event.ts';
import { recordEvent } from '../audit/record-event.ts';
import { userActor } from '../audit/sign-in-events.ts';
import { notify } from '../notifications/notify.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { activatedAccount, awaitsConfirmation, hasAddress, isVerified, withVerified } from './account-activation.ts';
import { userAuthor } from './user-author.ts';
import { changeUserRow, type UserChangeContext } from './user-change.ts';
import { invalidToken, useUserToken } from './user-token.ts';

/** What came of a confirmed address. */
export interface VerifiedEmail {
  readonly user: StoredResource;
  readonly address: string;
  /** It was the one that a registration waited for: the account is active now. */
  readonly activated: boolean;
}

/**
 * Confirms the address that a token was mailed to. Who registered with it may sign in from now on.
 * @throws ScimError 400 `invalidToken`, also when the user has another address by now
 */
export async function verifyEmail(context: UserChangeContext, token: string): Promise<VerifiedEmail> {
  return await useUserToken(context, token, ['email'], async ({ userId, address = '' }) => {
    const found = await context.store.resources.read(context.domain.id, 'User', userId);
    if (found === null) throw invalidToken();
    let activated = false;
    let changed = false;
    const event = verifiedEvent(context, found, address);
    const user = await changeUserRow({ ...context, event }, userId, userAuthor(found), ({ data }) => {
      if (!hasAddress(data, address)) throw invalidToken();
      activated = awaitsConfirmation(data);
      // An invited user who confirms an address has no password for all that.
      if (!activated && isVerified(data, address)) return null;
      changed = true;
      const verified = withVerified(data, address);
      return { data: activated ? activatedAccount(verified) : verified };
    });
    if (changed) {
      const kind = kindOfAddress(user.data, address);
      await notify(context, user, { event: `admin.user.email.verify.${kind}.success`, to: address });
    }
    if (!event.taken) await recordEvent(context, null, functionEvent(context, event, user));
    return { user, address, activated };
  });
}

/** IDCS: main-0126: `admin.me.email.verify.primary.success`; of the other kinds by NotificationSettings. On our page users act themselves. */
function verifiedEvent({ caller }: UserChangeContext, user: StoredResource, address: string): PendingEvent {
  const eventId = `admin.me.email.verify.${kindOfAddress(user.data, address)}.success`;
  const actor = caller ? {} : { actor: userActor(user) };
  return { eventId, type: resourceType('MeEmailVerified'), ...actor, taken: false };
}

/** @throws ScimError 400 when the user has no such address, or it is verified and that is not to be done again */
export function checkVerifiable(user: Pick<StoredResource, 'data'>, email: string, again: boolean): void {
  if (!hasAddress(user.data, email)) throw badRequest(`MeEmailVerifier.email: the user has no address ${email}.`);
  // IDCS: flows.md C2: refused unless the body says so. The wording is ours.
  if (isVerified(user.data, email) && !again) {
    throw badRequest(
      `MeEmailVerifier.email: ${email} is verified already; triggerEmailVerificationFlowIfEmailAlreadyVerified verifies it again.`,
    );
  }
}

/** What a user has an address for, as the ids of notifications call it. */
export function kindOfAddress({ emails }: JsonObject, address: string): 'primary' | 'secondary' | 'recovery' {
  const elements = (Array.isArray(emails) ? emails : []).filter(isObject);
  const same = elements.filter(({ value }) => String(value).toLowerCase() === address.toLowerCase());
  if (same.some(({ primary }) => primary === true)) return 'primary';
  return same.some(({ type }) => type === 'recovery') ? 'recovery' : 'secondary';
}
