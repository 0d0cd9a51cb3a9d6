import { resourceType } from '../../schemas/registry.ts';
import type { StoredResource } from '../../store/store.ts';
import { isActiveUser } from '../active-user.ts';
import { refusedAssertion } from './assertion-claims.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/**
 * The user that an assertion is about.
 * @param attribute path of the User attribute that the name is a value of; null: what the domain's own tokens name a user by
 *   (Settings.subMappingAttr, else userName)
 * @throws OAuthError invalid_grant, the same whether there is no such user, or one who is inactive or locked
 */
export async function userOfAssertion(
  services: Pick<OAuthServices, 'store'>,
  context: OAuthContext,
  name: string,
  attribute: string | null = null,
): Promise<StoredResource> {
  return usable(
    { ...context, store: services.store },
    await findUser(services, context, name, attribute ?? subjectAttribute(context)),
  );
}

/** @throws OAuthError invalid_grant unless the user is there, active and not locked */
export async function usable(
  context: Pick<OAuthContext, 'domain' | 'clock'> & Pick<OAuthServices, 'store'>,
  user: StoredResource | null,
): Promise<StoredResource> {
  if (user !== null && (await isActiveUser(context, user))) return user;
  throw refusedAssertion('its subject is no active user of the domain');
}

function subjectAttribute({ domain }: OAuthContext): string {
  const attribute = domain.settings['subMappingAttr'];
  return typeof attribute === 'string' && attribute !== '' ? attribute : 'userName';
}

async function findUser(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: OAuthContext,
  name: string,
  path: string,
): Promise<StoredResource | null> {
  const type = resourceType('User');
  const named = type.resolve(path);
  if (named?.path === 'userName') return await store.resources.readByName(domain.id, 'User', name);
  if (named?.path === 'id' || named?.path === 'ocid') return await store.resources.read(domain.id, 'User', name);
  // Multi-valued complex attributes (`emails`) mean their `value`.
  const attribute = named?.type === 'complex' ? named.sub('value') : named;
  if (attribute === undefined || !attribute.searchable || attribute.type !== 'string' || name.includes('\0'))
    return null;
  const filter = { op: 'eq' as const, attribute, value: name };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 2 };
  const { resources } = await store.resources.search(domain.id, query);
  // Two users of one value: nobody can say which is meant.
  return resources.length === 1 ? resources[0]! : null;
}
