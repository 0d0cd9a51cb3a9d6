import { USER_STATE_URN } from '../resources/user-urns.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';

/*
 * Ids of admin events, as data. IDCS: shapes.md §13, flows.md G6: `admin.<type>.<verb>.<outcome>`, the type's name in lower case
 * (`user`, `approle`, `myrequest`). Of types that the reference has no event of, the same form is inferred.
 */

/** What a write of a resource was. */
export type WriteVerb = 'create' | 'update' | 'replace' | 'delete';

/** Types whose events have other names. IDCS: flows.md G6. */
const NAMES: Readonly<Record<string, Partial<Record<WriteVerb, string>>>> = {
  Me: { create: 'admin.me.register' },
  BypassCode: { create: 'sso.bypasscode.create', delete: 'sso.bypasscode.delete' },
  MyBypassCode: { create: 'sso.bypasscode.create', delete: 'sso.bypasscode.delete' },
};

/** The id of a write's event: `admin.user.create.success`; a PUT is `admin.user.replace.success` (NotificationSettings lists both). */
export function writeEventId(typeName: string, verb: WriteVerb): string {
  const named = Object.hasOwn(NAMES, typeName) ? NAMES[typeName]?.[verb] : undefined;
  return `${named ?? `admin.${typeName.toLowerCase()}.${verb}`}.success`;
}

interface State {
  readonly path: readonly string[];
  readonly on: string;
  readonly off: string;
  /** What it is called of users who do it themselves; left out: the same. */
  readonly own?: { readonly on: string; readonly off: string };
}

/**
 * States whose changes have an event beside that of the write. All but `user.activated`, `me.locked` and `me.unocked` are inferred.
 * IDCS: shapes.md §13: `unocked` is what the service says.
 */
const STATES: Readonly<Record<string, readonly State[]>> = {
  User: [
    { path: ['active'], on: 'activated', off: 'deactivated' },
    {
      path: [USER_STATE_URN, 'locked', 'on'],
      on: 'locked',
      off: 'unlocked',
      own: { on: 'admin.me.locked.success', off: 'admin.me.unocked.success' },
    },
  ],
  App: [{ path: ['active'], on: 'activated', off: 'deactivated' }],
};

/** The ids of the events that the difference between two states of a resource is. @param byOwner users changed themselves */
export function stateEventIds(
  typeName: string,
  before: JsonObject,
  after: JsonObject,
  byOwner: boolean,
): readonly string[] {
  const states = Object.hasOwn(STATES, typeName) ? STATES[typeName]! : [];
  return states.flatMap(({ path, on, off, own }) => {
    const [was, is] = [flagAt(before, path), flagAt(after, path)];
    if (was !== is && byOwner && own !== undefined) return [is ? own.on : own.off];
    return was === is ? [] : [`admin.${typeName.toLowerCase()}.${is ? on : off}.success`];
  });
}

function flagAt(data: JsonObject, path: readonly string[]): boolean {
  let value: JsonValue | undefined = data;
  for (const name of path) value = value !== undefined && isObject(value) ? value[name] : undefined;
  return value === true;
}

/** Edge attributes whose elements come and go with an event each. */
const MEMBERS: Readonly<Record<string, string>> = { Group: 'members', AppRole: 'members' };

/** Whether an edge attribute's changes are events. */
export function hasMemberEvents(typeName: string, attribute: string): boolean {
  return MEMBERS[typeName] === attribute;
}

/** `admin.group.add.member.success`. */
export function memberEventId(typeName: string, op: 'add' | 'remove'): string {
  return `admin.${typeName.toLowerCase()}.${op}.member.success`;
}

/** The events of a function resource. */
export interface FunctionEvents {
  readonly success: string;
  /** null: failures are not recorded. */
  readonly failure: string | null;
}

const succeeding = (success: string): FunctionEvents => ({ success, failure: null });

/**
 * The functions that change something and whose write is no write of a resource. IDCS: flows.md G6 and the ids that
 * NotificationSettings lists; `.failure` beside them is documented of me.password.change alone. What regenerates a secret or removes
 * factors, the steps of a recovery, and the request to verify an address are inferred. MeEmailVerified names the kind of the address
 * and sees to its event itself. Those that only answer (UserPasswordGenerator ...) are no events.
 */
const FUNCTIONS: Readonly<Record<string, FunctionEvents>> = {
  UserPasswordChanger: succeeding('admin.user.password.change.success'),
  BulkUserPasswordChanger: succeeding('admin.user.password.change.success'),
  UserPasswordResetter: succeeding('admin.user.password.reset.success'),
  BulkUserPasswordResetter: succeeding('admin.user.password.reset.success'),
  UserActivationInitiator: succeeding('admin.user.initiate.activation.success'),
  MePasswordChanger: { success: 'admin.me.password.change.success', failure: 'admin.me.password.change.failure' },
  MePasswordMustChanger: { success: 'admin.me.password.change.success', failure: 'admin.me.password.change.failure' },
  MePasswordResetRequestor: {
    success: 'admin.me.password.reset.request.success',
    failure: 'admin.me.password.reset.request.failure',
  },
  MePasswordRecoveryFactorValidator: {
    success: 'admin.me.password.recovery.validate.success',
    failure: 'admin.me.password.recovery.validate.failure',
  },
  MeEmailVerifier: succeeding('admin.me.email.verify.request.success'),
  MePasswordResetter: { success: 'admin.me.password.reset.success', failure: 'admin.me.password.reset.failure' },
  AppClientSecretRegenerator: succeeding('admin.app.clientsecret.regenerate.success'),
  AuthenticationFactorsRemover: succeeding('admin.user.factors.remove.success'),
  MyAuthenticationFactorsRemover: succeeding('admin.me.factors.remove.success'),
  AuthenticationFactorInitiator: succeeding('sso.auth.factor.initiated'),
  MyAuthenticationFactorInitiator: succeeding('sso.auth.factor.initiated'),
};

/** The events of a function; null: it changes nothing, or its writes are events by themselves. */
export function functionEvents(typeName: string): FunctionEvents | null {
  return Object.hasOwn(FUNCTIONS, typeName) ? FUNCTIONS[typeName]! : null;
}
