import { createResource } from '../../src/resources/pipeline/create.ts';
import { deleteResource } from '../../src/resources/pipeline/delete.ts';
import { listResources } from '../../src/resources/pipeline/list.ts';
import { readProjection } from '../../src/resources/pipeline/list-parameters.ts';
import { patchResource } from '../../src/resources/pipeline/patch.ts';
import { readResource } from '../../src/resources/pipeline/read.ts';
import { replaceResource } from '../../src/resources/pipeline/replace.ts';
import type { ResourceResponse } from '../../src/resources/pipeline/response.ts';
import type { RequestContext } from '../../src/resources/request-context.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import { ScimError } from '../../src/scim/errors.ts';
import type { JsonObject } from '../../src/scim/json.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions, which then check the values
type Body = any;

/** An answer whose body tests read by path; an error is an answer too. */
export type Answer = Omit<ResourceResponse, 'body'> & { readonly body: Body };

export const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const SEARCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';

type Query = Record<string, unknown>;

/** The operations of one type, called as HTTP calls them. */
export function pipelineOf(context: RequestContext, typeName: string) {
  const type = resourceType(typeName);
  const params = (query: Query) => readProjection(query);
  return {
    create: (body: JsonObject, query: Query = {}) => answer(createResource(context, type, body, params(query))),
    read: (key: string, query: Query = {}) => answer(readResource(context, type, key, params(query))),
    list: (query: Query = {}) => answer(listResources(context, type, query, 'list')),
    search: (body: JsonObject) => answer(listResources(context, type, { schemas: [SEARCH_SCHEMA], ...body }, 'search')),
    replace: (key: string, body: JsonObject, query: Query = {}, ifMatch: string | null = null) =>
      answer(replaceResource(context, type, key, body, params(query), ifMatch)),
    patch: (key: string, operations: JsonObject[], query: Query = {}, ifMatch: string | null = null) =>
      answer(
        patchResource(context, type, key, { schemas: [PATCH_SCHEMA], Operations: operations }, params(query), ifMatch),
      ),
    remove: (key: string, options: { force?: boolean; ifMatch?: string | null } = {}) =>
      answer(deleteResource(context, type, key, { force: options.force ?? false, ifMatch: options.ifMatch ?? null })),
  };
}

async function answer(work: Promise<ResourceResponse>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    const { status, message, messageId } = error;
    return { status, body: { detail: message, messageId }, etag: null, location: null };
  }
}

/** A user's body as the CNC Console guide posts it (3.2). */
export function userBody(userName: string, more: JsonObject = {}): JsonObject {
  return {
    schemas: [USER_SCHEMA],
    name: { givenName: 'user', familyName: 'test' },
    userName,
    emails: [{ value: `${userName.replace(/@.*/, '')}@oracle.com`, type: 'work', primary: true }],
    ...more,
  };
}

export function groupBody(displayName: string, memberIds: readonly string[] = []): JsonObject {
  const members = memberIds.map((value) => ({ value, type: 'User' }));
  return { schemas: [GROUP_SCHEMA], displayName, ...(members.length === 0 ? {} : { members }) };
}
