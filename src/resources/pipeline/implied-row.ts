import { badRequest, notFound, type ScimError } from '../../scim/errors.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { RequestContext } from '../request-context.ts';
import { rowType } from './row-type.ts';

/** Why there is no row to write: nothing has the key, or what has it follows from other resources (a member's Grant from the group's). */
export async function impliedOrNothing(context: RequestContext, type: ResourceType, key: string): Promise<ScimError> {
  const implied = await context.store.resources.readImplied(context.domain.id, rowType(type), key);
  if (implied === null) return notFound(type.name, key);
  return badRequest(
    `${type.name} ${key} follows from other resources and changes with them only, as a member's Grant with the Group's Grant and the membership.`,
  );
}
