import { patchResource } from '../../resources/pipeline/patch.ts';
import { USER_URN } from '../../resources/user-urns.ts';
import { resourceType } from '../../schemas/registry.ts';
import { isObject, type JsonValue } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { type Machine, requestOf } from './authentication-services.ts';
import type { AuthenticationState } from './authentication-state.ts';
import { type Offered, offered } from './authentication-step.ts';
import { recoveryCredentials } from './enrollment-offer.ts';
import { recoveryFactors } from './recovery-factors.ts';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/**
 * Offers to enroll what an account is recovered with.
 * IDCS: authn-0140; the schema's User.accountRecoveryRequired asks for it ("prompt user to set up account recovery during login").
 * @returns null when that need not be
 */
export async function offerRecovery(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState,
): Promise<Offered | null> {
  const extension = user.data[USER_URN];
  if (state.settled.includes('recovery')) return null;
  if (!isObject(extension) || extension['accountRecoveryRequired'] !== true) return null;
  const factors = await recoveryFactors(machine);
  if (factors.length === 0) return null;
  const stage = { kind: 'enrollment', purpose: 'recovery', required: false, done: [], pending: null } as const;
  return offered(
    { ...state, asksRecovery: true, stage },
    {
      accRecEnrollmentRequired: true,
      nextAuthFactors: [...factors],
      ...recoveryCredentials(user, factors),
      nextOp: ['createToken', 'createSession', 'enrollment'],
    },
  );
}

/** Notes that a user can recover the account, and need not be asked again; and the address, where it is one. */
export async function noteRecovery(machine: Machine, user: StoredResource, address: string | null): Promise<void> {
  const emails = (Array.isArray(user.data['emails']) ? user.data['emails'] : []).filter(isObject);
  const others = emails.filter((email) => email['type'] !== 'recovery').map(({ $ref: _, ...email }) => email);
  const recovery = { type: 'recovery', value: address ?? '', verified: true, primary: false };
  await patchUser(machine, user, [
    { op: 'replace', path: `${USER_URN}:accountRecoveryRequired`, value: false },
    ...(address === null ? [] : [{ op: 'replace', path: 'emails', value: [...others, recovery] as JsonValue }]),
  ]);
}

/** Changes a user as the service does. @throws ScimError 400 for a value that is not allowed */
export async function patchUser(
  machine: Machine,
  user: StoredResource,
  operations: readonly { readonly op: string; readonly path: string; readonly value: JsonValue }[],
): Promise<void> {
  const context = { ...requestOf(machine, user), byService: true };
  const body = { schemas: [PATCH_OP], Operations: operations.map((operation) => ({ ...operation })) };
  await patchResource(context, resourceType('User'), user.id, body, { attributes: null, attributeSets: null }, null);
}
