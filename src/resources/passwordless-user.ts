import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { USER_URN } from './user-urns.ts';

/**
 * IDCS: a service user has no password (scim.md §5), a federated one has it elsewhere (errors.tsv, AUTH-3012). The wording is ours.
 * @throws ScimError 400
 */
export function checkHasPassword(data: JsonObject): void {
  const extension = data[USER_URN];
  if (!isObject(extension)) return;
  if (extension['serviceUser'] === true) throw badRequest('A service user cannot have a password.');
  if (extension['isFederatedUser'] === true) throw badRequest("A federated user's password cannot be changed here.");
}
