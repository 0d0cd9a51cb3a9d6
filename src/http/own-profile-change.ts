import { patchResource } from '../resources/pipeline/patch.ts';
import { readResource } from '../resources/pipeline/read.ts';
import { replaceResource } from '../resources/pipeline/replace.ts';
import type { ResourceResponse } from '../resources/pipeline/response.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { JsonObject } from '../scim/json.ts';
import type { ProjectionRequest } from '../scim/projection.ts';
import type { ResourceType } from '../scim/schema.ts';
import { withoutSelfChange } from './self-change.ts';

/** A PUT or PATCH of the caller's own User. */
export interface OwnProfileChange {
  readonly form: 'put' | 'patch';
  /** The type User, and Me as the domain has it. */
  readonly user: ResourceType;
  readonly me: ResourceType;
  /** id or OCID as asked. */
  readonly key: string;
  readonly body: JsonObject;
  readonly projection: ProjectionRequest;
  /** The If-Match header. */
  readonly ifMatch: string | null;
}

/**
 * Changes the caller's own User by `allowSelfChange`: what is allowed is what /Me allows, and the answer is the User.
 * @throws ScimError as a change of /Me
 */
export async function changeOwnProfile(context: RequestContext, change: OwnProfileChange): Promise<ResourceResponse> {
  const { form, user, me, key, projection, ifMatch } = change;
  const body = withoutSelfChange(user, form, change.body);
  const shortest = { attributes: ['id'], attributeSets: null };
  if (body !== null) {
    const { id } = context.caller;
    if (form === 'put') await replaceResource(context, me, id, body, shortest, ifMatch);
    else await patchResource(context, me, id, body, shortest, ifMatch);
  }
  return await readResource(context, user, key, projection);
}
