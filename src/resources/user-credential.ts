import { holdsRight } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { Behaviour, Draft } from './behaviour.ts';
import type { RequestContext } from './request-context.ts';

/*
 * What all credentials of users share: ApiKeys, AuthTokens, CustomerSecretKeys, SmtpCredentials, OAuth2ClientCredentials,
 * UserDbCredentials and SupportAccounts. Each is a user's, who may be kept from having one, has a few at most, and manages his own.
 */

/** What one type of credential has of its own. */
export interface CredentialKind {
  /** The ResourceType's name. */
  readonly type: string;
  /** How many of them a user has at most. */
  readonly most: number;
  /** The flag of the user's capabilities that allows them; null: none does. */
  readonly capability: string | null;
  /** Checks and makes what is in a new one; `draft.secret` may be set, `status` is added to it. */
  make(context: RequestContext, draft: Draft, owner: StoredResource): Promise<void> | void;
  /** The same for a PATCH. `secret` is what the row keeps. */
  change?(context: RequestContext, draft: Draft, secret: JsonObject): Promise<void> | void;
  /** The attribute that no two credentials of one user share. */
  readonly distinct?: string;
  readonly present?: Behaviour['present'];
}

const CAPABILITIES = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User';

/** The behaviour of a type of credentials. */
export function userCredential(kind: CredentialKind): Behaviour {
  return {
    type: kind.type,

    async prepareCreate(context, draft) {
      refuseOthers(context, kind, ownerOf(draft.data), 'create');
      checkExpiry(context, kind, draft.data);
      const owner = await readOwner(context, kind, draft.data);
      refuseIncapable(kind, owner);
      completeReference(draft.data, owner);
      await kind.make(context, draft, owner);
      keepStatus(kind, draft, draft.secret ?? {}, 'ACTIVE');
    },

    async prepareUpdate(context, before, draft) {
      refuseOthers(context, kind, ownerOf(before.data), 'patch');
      const secret = before.secret ?? {};
      await kind.change?.(context, draft, secret);
      keepStatus(kind, draft, draft.secret ?? secret, secret['status']);
    },

    async beforeDelete(context, _session, resource) {
      refuseOthers(context, kind, ownerOf(resource.data), 'delete');
    },

    async afterWrite(context, session, { kind: write, resource }) {
      if (write === 'create') await checkOwn(context, session, kind, resource);
    },

    ...(kind.present === undefined ? {} : { present: kind.present }),
  };
}

/** The id of the user whose credential it is. */
export function ownerOf(data: JsonObject): string {
  const user = data['user'];
  return isObject(user) ? String(user['value']) : '';
}

/** A user's credentials of a type, oldest first. */
export async function credentialsOf(
  session: Pick<StoreSession, 'resources'>,
  domainId: number,
  type: string,
  userId: string,
): Promise<readonly StoredResource[]> {
  const filter = equals(type, 'user.value', userId);
  const query = { type: resourceType(type), filter, sortBy: null, descending: false, offset: 0, limit: 100 };
  return (await session.resources.search(domainId, query)).resources;
}

/** Who may write those of anybody, or the owner (flows.md C1: allowSelfChange, which src/http looks at). */
function refuseOthers(
  { caller }: RequestContext,
  kind: CredentialKind,
  owner: string,
  form: 'create' | 'patch' | 'delete',
): void {
  if (holdsRight(caller.roles, resourceType(kind.type).endpoint.slice(1), form)) return;
  if (caller.type === 'User' && caller.id === owner) return;
  throw new ScimError(401, `Operation failed due to unauthorized access. ${kind.type}s are their owner’s alone.`, {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}

/** Inferred: what has expired before it is there is a mistake. */
function checkExpiry({ clock }: RequestContext, { type }: CredentialKind, data: JsonObject): void {
  const expiresOn = data['expiresOn'];
  if (typeof expiresOn !== 'string' || Date.parse(expiresOn) > clock.now()) return;
  throw badRequest(`${type}.expiresOn must be in the future; it is ${expiresOn}.`);
}

async function readOwner(
  { store, domain }: RequestContext,
  { type }: CredentialKind,
  data: JsonObject,
): Promise<StoredResource> {
  const owner = await store.resources.read(domain.id, 'User', ownerOf(data));
  if (owner === null) throw badRequest(`${type}.user must name a user, by value or ocid.`);
  return owner;
}

/** Whether a user's capabilities allow a kind of credential (`canUseApiKeys`). What they do not speak of is allowed. */
export function hasCapability({ data }: Pick<StoredResource, 'data'>, capability: string): boolean {
  const capabilities = data[CAPABILITIES];
  return !isObject(capabilities) || capabilities[capability] !== false;
}

/** Inferred: the flag is said to decide what a user can have; the words of the refusal are not recorded. */
function refuseIncapable({ type, capability }: CredentialKind, owner: StoredResource): void {
  if (capability === null || hasCapability(owner, capability)) return;
  throw badRequest(`The user can not have a ${type}: the user's ${capability} is false.`);
}

function completeReference(data: JsonObject, owner: StoredResource): void {
  const user = data['user'];
  if (isObject(user)) user['name'] = owner.data['userName'] ?? null;
}

/** `status` is never returned, so it is no part of the row's data. */
function keepStatus(kind: CredentialKind, draft: Draft, secret: JsonObject, before: unknown): void {
  if (resourceType(kind.type).core('status') === undefined) return;
  const status = draft.transient.get('status') ?? before;
  if (draft.secret === undefined && status === secret['status']) return;
  draft.secret = { ...secret, status: String(status) };
}

/** Counts under the user's lock, so that of several creates at once none gets past the quota. */
async function checkOwn(
  context: RequestContext,
  session: StoreSession,
  { type, most, distinct }: CredentialKind,
  created: StoredResource,
): Promise<void> {
  const { id: domainId } = context.domain;
  const owner = ownerOf(created.data);
  await session.resources.readWithSecret(domainId, 'User', owner, { lock: true });
  const own = await credentialsOf(session, domainId, type, owner);
  if (distinct !== undefined) {
    const same = own.some(({ id, data }) => id !== created.id && data[distinct] === created.data[distinct]);
    if (same) throw new ScimError(409, `The user already has an ${type} with this ${distinct}.`);
  }
  // IDCS: errors.tsv: "maximum quota limit of 3".
  if (own.length > most) throw badRequest(`The user has reached the maximum quota limit of ${most} for ${type}.`);
}
