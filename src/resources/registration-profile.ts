import type { Domain } from '../domains/domain.ts';
import { isObject } from '../scim/json.ts';
import type { Store, StoredResource } from '../store/store.ts';
import { SELF_REGISTRATION_URN } from './user-urns.ts';

/** The SelfRegistrationProfile by which a user registered; null: by none, or it is gone. */
export async function registrationProfileOf(
  store: Store,
  domain: Pick<Domain, 'id'>,
  { data }: Pick<StoredResource, 'data'>,
): Promise<StoredResource | null> {
  const extension = data[SELF_REGISTRATION_URN];
  const reference = isObject(extension) ? extension['selfRegistrationProfile'] : undefined;
  const id = isObject(reference) ? reference['value'] : undefined;
  return typeof id === 'string' ? await store.resources.read(domain.id, 'SelfRegistrationProfile', id) : null;
}
