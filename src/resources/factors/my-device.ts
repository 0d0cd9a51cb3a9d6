import { DEVICE, enrolledDevices } from '../../factors/device.ts';
import { settleMfa } from '../../factors/mfa-state.ts';
import { badRequest } from '../../scim/errors.ts';
import type { Behaviour } from '../behaviour.ts';
import { ownerOf } from '../user-credential.ts';

/** MyDevice: the caller's devices, to look at, rename and delete. */
export const myDeviceBehaviour: Behaviour = {
  type: DEVICE,

  async beforeDelete(context, session, resource) {
    if (resource.data['status'] !== 'ENROLLED') return;
    const owner = ownerOf(resource.data);
    // Held, so that of two deletes at once one leaves a device.
    await session.resources.readWithSecret(context.domain.id, 'User', owner, { lock: true });
    const others = (await enrolledDevices(session, context.domain.id, owner)).filter(({ id }) => id !== resource.id);
    if (others.length > 0) return;
    // IDCS: main-0318. Who wants no second factor any more has MyAuthenticationFactorsRemover.
    throw badRequest(
      'You cannot delete the device. At least one device is required for 2-Step Verification.',
      'error.ssocommon.ssoadmin.mfa.cannotDeleteOnlyExistingDevice',
    );
  },

  async afterWrite(context, session, { kind, resource }) {
    if (kind === 'delete') await settleMfa(context, session, ownerOf(resource.data));
  },
};
