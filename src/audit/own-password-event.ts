import { resourceType } from '../schemas/registry.ts';
import type { StoredResource } from '../store/store.ts';
import { functionEvents } from './event-names.ts';
import { type FunctionContext, functionEvent, type PendingEvent } from './function-event.ts';
import type { NewEvent } from './record-event.ts';
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

/**
 * The event of somebody who says on our page to have forgotten the password: as of the function that other pages call.
 * @param user null: nobody was meant @param message why not
 */
export function resetRequested(
  context: FunctionContext,
  user: Pick<StoredResource, 'id' | 'data'> | null,
  message: string,
): NewEvent {
  const type = resourceType('MePasswordResetRequestor');
  const { success, failure } = functionEvents(type.name)!;
  if (user === null) return { eventId: failure!, values: { adminResourceType: type.name, message } };
  return functionEvent(context, { eventId: success, type }, user);
}
