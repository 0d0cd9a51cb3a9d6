import { DEVICE, enrolledDevices } from '../../factors/device.ts';
import { settleMfa } from '../../factors/mfa-state.ts';
import { badRequest } from '../../scim/errors.ts';
import type { Behaviour } from '../behaviour.ts';
import { refuseStrongerUser } from '../stronger-principals.ts';
import { ownerOf } from '../user-credential.ts';

/** Device: anybody's, for administrators. Unlike their owner they take away the last one, too (inferred: for who has lost it). */
export const deviceBehaviour: Behaviour = {
  type: 'Device',

  async prepareUpdate(context, before) {
    await refuseStrongerUser(context, ownerOf(before.data));
  },

  async beforeDelete(context, session, resource) {
    const owner = ownerOf(resource.data);
    await refuseStrongerUser(context, owner);
    await session.resources.readWithSecret(context.domain.id, 'User', owner, { lock: true });
  },

  async afterWrite(context, session, { kind, resource }) {
    if (kind === 'delete') await settleMfa(context, session, ownerOf(resource.data));
  },
};

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
