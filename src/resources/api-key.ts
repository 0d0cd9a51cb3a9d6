import { createHash, type KeyObject } from 'node:crypto';
import { holdsRight } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { Behaviour } from './behaviour.ts';
import { readPublicKey } from './public-key-text.ts';
import type { RequestContext } from './request-context.ts';

/** IDCS: errors.tsv: "maximum quota limit of 3". */
const MOST_KEYS = 3;

/** ApiKey: a user's public key, whose private half signs OCI requests. */
export const apiKeyBehaviour: Behaviour = {
  type: 'ApiKey',

  async prepareCreate(context, { data }) {
    data['fingerprint'] = fingerprint(requireKey(data['key']));
    refuseOthers(context, ownerOf(data), 'create');
  },

  async prepareUpdate(context, before) {
    refuseOthers(context, ownerOf(before.data), 'patch');
  },

  async beforeDelete(context, _session, resource) {
    refuseOthers(context, ownerOf(resource.data), 'delete');
  },

  async afterWrite(context, session, { kind, resource }) {
    if (kind === 'create') await checkOwn(context, session, resource);
  },
};

/** A user's key by its fingerprint; null when there is none. */
export async function findApiKey(
  session: Pick<StoreSession, 'resources'>,
  domainId: number,
  userId: string,
  print: string,
): Promise<StoredResource | null> {
  const filters = [equals('ApiKey', 'user.value', userId), equals('ApiKey', 'fingerprint', print)];
  return (await keysOf(session, domainId, { op: 'and', filters })).resources[0] ?? null;
}

/** OCI's fingerprint: MD5 of the key's DER as pairs of hex digits with colons. */
function fingerprint(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return createHash('md5').update(der).digest('hex').match(/../g)!.join(':');
}

function requireKey(value: unknown): KeyObject {
  const text = String(value);
  if (!/^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----[^-]+-----END (?:RSA )?PUBLIC KEY-----/.test(text)) {
    // IDCS: errors.tsv, for a key in OpenSSH's form.
    throw badRequest('Invalid public key header or footer.', 'error.identity.user.invalidHeaderFooter');
  }
  return readPublicKey(text) ?? refuseKey();
}

function refuseKey(): never {
  throw badRequest('ApiKey.key must be an RSA public key of 2048 bits or more in PEM form.');
}

/** Counts under the user's lock, so that of several creates at once none gets past the quota. */
async function checkOwn(context: RequestContext, session: StoreSession, created: StoredResource): Promise<void> {
  const { id: domainId } = context.domain;
  const owner = ownerOf(created.data);
  await session.resources.readWithSecret(domainId, 'User', owner, { lock: true });
  const { resources } = await keysOf(session, domainId, equals('ApiKey', 'user.value', owner));
  const same = resources.some(
    ({ id, data }) => id !== created.id && data['fingerprint'] === created.data['fingerprint'],
  );
  if (same) throw new ScimError(409, 'The user already has an ApiKey with this fingerprint.');
  if (resources.length > MOST_KEYS) {
    throw badRequest(`The user has reached the maximum quota limit of ${MOST_KEYS} for ApiKey.`);
  }
}

async function keysOf(session: Pick<StoreSession, 'resources'>, domainId: number, filter: Filter) {
  const query = { type: resourceType('ApiKey'), filter, sortBy: null, descending: false, offset: 0, limit: 100 };
  return await session.resources.search(domainId, query);
}

/** Who may write keys of anybody, or the owner (flows.md C1: allowSelfChange, which src/http looks at). */
function refuseOthers({ caller }: RequestContext, owner: string, form: 'create' | 'patch' | 'delete'): void {
  if (holdsRight(caller.roles, 'ApiKeys', form)) return;
  if (caller.type === 'User' && caller.id === owner) return;
  throw new ScimError(401, 'Operation failed due to unauthorized access. An ApiKey is its owner’s alone.', {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}

function ownerOf(data: JsonObject): string {
  const user = data['user'];
  return isObject(user) ? String(user['value']) : '';
}
