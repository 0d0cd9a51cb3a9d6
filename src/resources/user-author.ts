import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';

/** The value of idcsLastModifiedBy for users who change their own row on a page (shapes.md §4). */
export function userAuthor({ id, ocid, data }: Pick<StoredResource, 'id' | 'ocid' | 'data'>): JsonObject {
  const display = String(data['displayName'] ?? data['userName'] ?? id);
  return { type: 'User', value: id, display, ...(ocid === null ? {} : { ocid }) };
}
