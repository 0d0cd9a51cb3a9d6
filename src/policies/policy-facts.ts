import { USER_URN } from '../resources/user-urns.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Memberships, StoredResource } from '../store/store.ts';
import { type AttributePath, attributePath, type Found, type Scalar } from './attribute-path.ts';

/** What is known when a policy is asked. Everything but the user is optional: a condition about what is not known has no value. */
export interface PolicyFacts {
  /** The user as `userAsSeen` makes it; null: nobody has said yet who they are. */
  readonly user: JsonObject | null;
  readonly userId: string | null;
  /** Address of the caller, IPv4 or IPv6. */
  readonly ip: string | null;
  /** Ids of the identity providers that vouched for the user; `UserNamePassword` is the domain's own password check. */
  readonly authenticatedBy: readonly string[];
  /** `Login`. */
  readonly action: string;
  /** `SignOn`, `IDP Discovery` ...: what the type of the policy is asked for. */
  readonly operation: string | null;
  /** Address of what is opened. */
  readonly url: string | null;
  /** Milliseconds since the Unix epoch, by the domain's clock. */
  readonly now: number;
}

/** What a condition looks at. */
export interface PolicyAttribute {
  readonly needsMemberships: boolean;
  /** An address, which is compared as one. */
  readonly isAddress: boolean;
  /** Nothing here has a value of that name. */
  readonly unknown: boolean;
  find(facts: PolicyFacts): Found;
}

const one = (value: Scalar | null): readonly Scalar[] => (value === null ? [] : [value]);
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

/**
 * Attributes that are not the user's, by name in lower case. IDCS: the PolicyTypes' allowedTopPathElements (main-0389), flows.md B8,
 * main-0367 (`clientIp`). The last three are ours: no sample says how the service names the time. All of them are UTC.
 */
const NAMED: ReadonlyMap<string, (facts: PolicyFacts) => readonly Scalar[]> = new Map(
  Object.entries<(facts: PolicyFacts) => readonly Scalar[]>({
    'subject.ip': ({ ip }) => one(ip),
    'client.ip': ({ ip }) => one(ip),
    clientip: ({ ip }) => one(ip),
    'subject.authenticatedby': ({ authenticatedBy }) => authenticatedBy,
    'target.action': ({ action }) => [action],
    'target.resource.url': ({ url }) => one(url),
    operation: ({ operation }) => one(operation),
    isauthenticateduser: ({ user }) => [user !== null],
    userid: ({ userId }) => one(userId),
    'request.time': ({ now }) => [new Date(now).toISOString()],
    'request.timeofday': ({ now }) => [new Date(now).toISOString().slice(11, 19)],
    'request.dayofweek': ({ now }) => [DAYS[new Date(now).getUTCDay()]!],
  }),
);
const ADDRESSES: ReadonlySet<string> = new Set(['subject.ip', 'client.ip', 'clientip']);

/** The attribute of that name: `user.…`, or one of the request's. An unknown name is an attribute without values. */
export function policyAttribute(name: string): PolicyAttribute {
  const lower = name.toLowerCase();
  const named = NAMED.get(lower);
  if (named !== undefined) {
    const list = lower === 'subject.authenticatedby';
    const find = (facts: PolicyFacts) => ({ values: named(facts), list, caseExact: false });
    return { needsMemberships: false, isAddress: ADDRESSES.has(lower), unknown: false, find };
  }
  if (lower.startsWith('user.')) {
    const path: AttributePath = attributePath(name.slice('user.'.length));
    const find = ({ user }: PolicyFacts) => (user === null ? NOTHING : path.find(user));
    return { needsMemberships: path.needsMemberships, isAddress: false, unknown: false, find };
  }
  return { needsMemberships: false, isAddress: false, unknown: true, find: () => NOTHING };
}

const NOTHING: Found = { values: [], list: false, caseExact: false };

/**
 * A user as conditions see them.
 * @param memberships null: no condition asks for them
 */
export function userAsSeen(user: StoredResource, memberships: Memberships | null): JsonObject {
  const seen: JsonObject = {
    ...user.data,
    id: user.id,
    ...(user.ocid === null ? {} : { ocid: user.ocid }),
    meta: { created: new Date(user.created).toISOString(), lastModified: new Date(user.lastModified).toISOString() },
  };
  if (memberships === null) return seen;
  seen['groups'] = memberships.groups.map(({ id, name }) => ({ value: id, display: name }));
  const extension = seen[USER_URN];
  seen[USER_URN] = {
    ...(isObject(extension) ? extension : {}),
    appRoles: memberships.appRoles.map(({ id, name, appId, appName, adminRole }) => ({
      value: id,
      display: name,
      appId,
      ...(appName === null ? {} : { appName }),
      adminRole,
    })),
  };
  return seen;
}
