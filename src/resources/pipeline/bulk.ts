import { resourceTypeByEndpoint } from '../../schemas/registry.ts';
import { type BulkOperation, readBulk, resolveOperation } from '../../scim/bulk.ts';
import { badRequest, ScimError } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { typeInDomain } from '../discovery/custom-attributes.ts';
import type { RequestContext } from '../request-context.ts';
import { scimErrorBody } from '../scim-error-body.ts';
import { createResource } from './create.ts';
import { deleteResource } from './delete.ts';
import { patchResource } from './patch.ts';
import { replaceResource } from './replace.ts';
import type { ResourceResponse } from './response.ts';

/** What an operation does to an endpoint, for authorization. */
export type BulkForm = 'create' | 'put' | 'patch' | 'delete';

const RESPONSE_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const RESOURCE_PATH = /^\/[A-Za-z]+\/[^/?#\s]+$/;
const NO_PROJECTION = { attributes: null, attributeSets: null };

/**
 * Runs a Bulk request: each operation with its own rights, checks and transaction. One that fails does not stop the others,
 * unless `failOnErrors` of them have; those that were not tried are not in the answer.
 * IDCS: 201, `status` a plain string (shapes.md §1, main-0497).
 *
 * @param authorize throws ScimError when the caller may not use the endpoint this way, or when it is not built
 * @throws ScimError 400 for a malformed request, 413 for too many operations
 */
export async function runBulk(
  context: RequestContext,
  body: JsonObject,
  authorize: (endpoint: string, form: BulkForm) => void,
): Promise<ResourceResponse> {
  const plan = readBulk(body);
  const ids = new Map<string, string>();
  const results: (JsonObject | undefined)[] = plan.operations.map(() => undefined);
  let errors = 0;
  for (const index of plan.order) {
    const operation = plan.operations[index]!;
    const outcome = await outcomeOf(context, operation, ids, authorize);
    results[index] = outcome.result;
    if (outcome.id !== null && operation.bulkId !== null) ids.set(operation.bulkId, outcome.id);
    if (outcome.failed) errors += 1;
    if (plan.failOnErrors !== null && errors >= plan.failOnErrors) break;
  }
  const answers = results.filter((result) => result !== undefined);
  return { status: 201, body: { schemas: [RESPONSE_SCHEMA], Operations: answers }, etag: null, location: null };
}

interface Outcome {
  readonly result: JsonObject;
  /** Id of what the operation made or changed, for its bulkId. */
  readonly id: string | null;
  readonly failed: boolean;
}

async function outcomeOf(
  context: RequestContext,
  operation: BulkOperation,
  ids: ReadonlyMap<string, string>,
  authorize: (endpoint: string, form: BulkForm) => void,
): Promise<Outcome> {
  const name: JsonObject = { method: operation.method };
  if (operation.bulkId !== null) name['bulkId'] = operation.bulkId;
  try {
    if (operation.error !== null) throw operation.error;
    const { response, location } = await carryOut(context, resolveOperation(operation, ids), authorize);
    const id = response.body?.['id'];
    return {
      result: { ...(location === null ? {} : { location }), ...name, status: String(response.status) },
      id: typeof id === 'string' ? id : null,
      failed: false,
    };
  } catch (error) {
    const known = knownError(context, operation, error);
    // RFC 7644 §3.7.3: the location of what was asked for, unless that was to be made, or could not be told.
    const isNamed = operation.method !== 'POST' && RESOURCE_PATH.test(operation.path);
    return {
      result: {
        ...(isNamed ? { location: addressOf(context, operation.path) } : {}),
        ...name,
        status: String(known.status),
        response: scimErrorBody(known),
      },
      id: null,
      failed: true,
    };
  }
}

async function carryOut(
  context: RequestContext,
  { method, path, data, version }: BulkOperation,
  authorize: (endpoint: string, form: BulkForm) => void,
): Promise<{ response: ResourceResponse; location: string | null }> {
  const [endpoint, key] = segmentsOf(path);
  const form = formOf(method, key);
  authorize(endpoint, form);
  const found = resourceTypeByEndpoint(endpoint);
  if (found === undefined) throw new ScimError(404, `There is no resource type at /admin/v1/${endpoint}.`);
  const type = await typeInDomain(context, found);
  const response = await call(context, type, form, key ?? '', data ?? {}, version);
  return { response, location: response.location ?? (key === undefined ? null : addressOf(context, path)) };
}

function call(
  context: RequestContext,
  type: ResourceType,
  form: BulkForm,
  key: string,
  data: JsonObject,
  ifMatch: string | null,
): Promise<ResourceResponse> {
  switch (form) {
    case 'create':
      return createResource(context, type, data, NO_PROJECTION);
    case 'put':
      return replaceResource(context, type, key, data, NO_PROJECTION, ifMatch);
    case 'patch':
      return patchResource(context, type, key, data, NO_PROJECTION, ifMatch);
    case 'delete':
      return deleteResource(context, type, key, { force: false, ifMatch });
  }
}

/** @throws ScimError 405 for a method that does not fit the path */
function formOf(method: string, key: string | undefined): BulkForm {
  if (method === 'POST' && key === undefined) return 'create';
  if (key !== undefined) {
    if (method === 'PUT') return 'put';
    if (method === 'PATCH') return 'patch';
    if (method === 'DELETE') return 'delete';
  }
  throw new ScimError(405, `The method ${method} does not fit the path of the operation.`);
}

function segmentsOf(path: string): [string, string | undefined] {
  const [, endpoint, key] = path.split('/');
  if (endpoint === undefined) throw badRequest('The path of the operation is missing.');
  return [endpoint, key === undefined ? undefined : decoded(key)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function addressOf(context: RequestContext, path: string): string {
  return `${context.baseUrl}/admin/v1${path}`;
}

/** A fault of ours in one operation is no reason to lose the answers of those that were carried out. */
function knownError(context: RequestContext, operation: BulkOperation, error: unknown): ScimError {
  if (error instanceof ScimError) return error;
  context.log.error({ err: error, operation: operation.index, method: operation.method }, 'a bulk operation failed');
  return new ScimError(500, 'An internal error has occurred.', { cause: error });
}
