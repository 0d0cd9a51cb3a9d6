import { hasSecurityQuestions } from '../factors/mfa-state.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { ComputedAttribute } from './behaviour.ts';
import { allowedWays } from './recovery/recovering-user.ts';
import { ownerOf } from './user-credential.ts';

/** Devices that a page of users has at most. */
const MOST = 10_000;

/**
 * `isAccountRecoveryEnrolled` of users: whether one of the ways that AccountRecoverySettings allow leads back into the account. IDCS:
 * authn-0153: a verified mail address is enrolled without further ado; that the attribute says so, too, is inferred.
 */
export const accountRecoveryEnrolled: ComputedAttribute = {
  async load(context, session, users) {
    const ways = new Set<string>(await allowedWays(context));
    const withPhone = new Set<string>();
    if (ways.has('sms') && users.length > 0) {
      const filter = { op: 'or' as const, filters: users.map(({ id }) => equals('MyDevice', 'user.value', id)) };
      const query = { type: resourceType('MyDevice'), filter, sortBy: null, descending: false, offset: 0, limit: MOST };
      const { resources } = await session.resources.search(context.domain.id, query);
      for (const device of resources) if (isRecoveryPhone(device)) withPhone.add(ownerOf(device.data));
    }
    return new Map(
      users.map((user) => {
        const byMail = ways.has('email') && hasVerifiedAddress(user);
        const byQuestions = ways.has('secquestions') && hasSecurityQuestions(user.data);
        return [user.id, byMail || byQuestions || withPhone.has(user.id)];
      }),
    );
  },
};

function isRecoveryPhone({ data }: StoredResource): boolean {
  return data['isAccRecEnabled'] === true && data['status'] === 'ENROLLED';
}

function hasVerifiedAddress({ data }: StoredResource): boolean {
  const emails = Array.isArray(data['emails']) ? data['emails'].filter(isObject) : [];
  return emails.some(({ type, primary, verified }) => verified === true && (type === 'recovery' || primary === true));
}
