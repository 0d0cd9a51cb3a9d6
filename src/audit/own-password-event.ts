import { resourceType } from '../schemas/registry.ts';
import type { StoredResource } from '../store/store.ts';
import { functionEvents } from './event-names.ts';
import type { PendingEvent } from './function-event.ts';
import { userActor } from './sign-in-events.ts';

/**
 * The event of users who choose a password on one of our pages: as of the function that other sign-in pages call, but with the user
 * as the actor, since no App is.
 */
export function ownPasswordEvent(
  functionName: 'MePasswordMustChanger' | 'MePasswordResetter',
  user: Pick<StoredResource, 'id' | 'ocid' | 'data'>,
): PendingEvent {
  const eventId = functionEvents(functionName)!.success;
  return { eventId, type: resourceType(functionName), actor: userActor(user), taken: false };
}
