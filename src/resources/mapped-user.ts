import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { JsonValue } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { RequestContext } from './request-context.ts';

/**
 * The one user whose attribute has a value (`mappingAttribute`, `mappingAttributeValue`); null when there is none, or more than one:
 * who asks is not to learn which.
 *
 * @param attributeName path of a searchable string attribute of User; userName when it is not given
 * @throws ScimError 400 for a path that can't be searched
 */
export async function mappedUser(
  { store, domain }: Pick<RequestContext, 'store' | 'domain'>,
  attributeName: JsonValue | undefined,
  value: string,
): Promise<StoredResource | null> {
  const type = resourceType('User');
  const attribute = attributeName === undefined ? type.resolve('userName') : type.resolve(String(attributeName));
  if (attribute === undefined || !attribute.searchable || attribute.type !== 'string') {
    throw badRequest(
      `mappingAttribute must name a searchable text attribute of User: ${String(attributeName).slice(0, 100)}.`,
    );
  }
  const filter = { op: 'eq', attribute, value } as const;
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 2 };
  const { resources } = await store.resources.search(domain.id, query);
  return resources.length === 1 ? resources[0]! : null;
}
