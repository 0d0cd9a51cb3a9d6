import { type Actor, type NewEvent, unknownActor } from '../audit/record-event.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { AttemptOutcome } from './login-attempt.ts';

/*
 * What audit events say about attempts to sign in.
 */

/** IDCS: errors.tsv, AUTH-3001 to AUTH-3005; the wording of events is the older one (shapes.md §13). */
const REASONS: Readonly<Record<Exclude<AttemptOutcome, 'ok'> | 'unknown', string>> = {
  unknown: 'You entered an incorrect user name or password.',
  wrong: 'You entered an incorrect user name or password.',
  locked: 'Your account is locked. Contact your system administrator.',
  inactive: 'Your account is deactivated. Contact your system administrator.',
  expired: 'Your password is expired.',
  mustChange: 'You must change your password.',
};

/**
 * A failed attempt.
 * @param about the User or App it was about; or the name that was given, of which there is nobody
 * @param client App.name of the client on whose behalf somebody signs in
 */
export function attemptFailed(reason: keyof typeof REASONS, about: StoredResource | string, client?: string): NewEvent {
  const relyingParty: JsonObject = client === undefined ? {} : { ssoRp: client };
  return {
    eventId: 'sso.authentication.failure',
    actor: typeof about === 'string' ? unknownActor(about) : actorOf(about),
    // IDCS: shapes.md §13: of the two recorded failures; that it is the same for all is inferred.
    values: { reasonValue: 'SSO-1001', message: `Authentication failure ${REASONS[reason]}`, ...relyingParty },
  };
}

/**
 * Too many attempts locked an account, or the lock has run out, or the user has ended it.
 * IDCS: shapes.md §13: `unocked` is what the service says. What administrators do to others is `admin.user.locked` and `.unlocked`.
 * @param eventId of a lock by second factors
 */
export function lockChanged(
  user: StoredResource,
  locked: boolean,
  eventId = locked ? 'admin.me.locked.success' : 'admin.me.unocked.success',
): NewEvent {
  const values: JsonObject = {
    adminResourceType: 'User',
    adminResourceId: user.id,
    adminResourceName: String(user.data['userName']),
  };
  return { eventId, actor: actorOf(user), values };
}

function actorOf({ type, id, ocid, data }: StoredResource): Actor {
  const name = String((type === 'App' ? data['name'] : data['userName']) ?? id);
  return { type: type === 'App' ? 'App' : 'User', id, ocid, name, display: String(data['displayName'] ?? name) };
}
