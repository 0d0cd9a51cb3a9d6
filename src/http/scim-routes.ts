import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { API_HEADERS } from '../api-headers.ts';
import type { IdSource } from '../ids.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { BearerServices } from '../oauth/bearer.ts';
import { authenticateCaller } from '../oauth/caller.ts';
import { typeInDomain } from '../resources/discovery/custom-attributes.ts';
import { serviceProviderConfig } from '../resources/discovery/service-provider-config.ts';
import type { PasswordHasher } from '../resources/password-hasher.ts';
import { runBulk } from '../resources/pipeline/bulk.ts';
import { createResource } from '../resources/pipeline/create.ts';
import { deleteResource } from '../resources/pipeline/delete.ts';
import { listResources } from '../resources/pipeline/list.ts';
import { readProjection } from '../resources/pipeline/list-parameters.ts';
import { patchResource } from '../resources/pipeline/patch.ts';
import { readResource } from '../resources/pipeline/read.ts';
import { registerUser } from '../resources/pipeline/register-user.ts';
import { replaceResource } from '../resources/pipeline/replace.ts';
import type { ResourceResponse } from '../resources/pipeline/response.ts';
import { behaviourOf } from '../resources/registry.ts';
import type { RequestContext, SecretBox } from '../resources/request-context.ts';
import { holdsRight, SUPERUSER } from '../schemas/permissions.ts';
import { knownEndpoints, resourceType, resourceTypeByEndpoint } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { ResourceType } from '../scim/schema.ts';
import { missingRequired } from '../scim/validation-errors.ts';
import type { Store } from '../store/store.ts';
import { type AccessForm, authorize } from './authorization.ts';
import { unsupportedMediaType } from './error-handler.ts';
import { type NotBuiltCounter, notBuilt } from './not-built.ts';
import { changeOwnProfile } from './own-profile-change.ts';
import { isSelfChange } from './self-change.ts';

/** What the SCIM routes need. */
export interface ScimServices extends BearerServices {
  readonly store: Store;
  readonly ids: IdSource;
  readonly passwords: PasswordHasher;
  readonly secrets: SecretBox;
  readonly inbox: Inbox;
  readonly authz: 'enforce' | 'relaxed';
  readonly notBuilt: NotBuiltCounter;
}

type Params = { endpoint: string; id: string };

const CONTENT_TYPE = 'application/json;charset=utf-8';

/**
 * The SCIM face: one set of routes for all resource types. A type is found by its path segment; what it may do is in its data.
 * Order of every request: authenticate, authorize (AppRole x endpoint x form), then the pipeline.
 */
export function registerScimRoutes(app: FastifyInstance, services: ScimServices): void {
  const run = async (
    request: FastifyRequest,
    reply: FastifyReply,
    type: ResourceType,
    form: AccessForm,
    operation: Operation,
  ) => {
    const { endpoint, id } = request.params as Partial<Params> & Pick<Params, 'endpoint'>;
    refuseNotBuilt(type, form, services.notBuilt);
    const context = await scimContextOf(request, services);
    const own = isSelfChange(context.caller, type, form, id, request.body, queryOf(request));
    if (!own) authorize(context.caller, services.authz, endpoint, form);
    refuseUnsupported(type, form, reply);
    const known = await typeInDomain(context, type);
    // Who may change anybody may change themselves as anybody.
    if (own && type.name === 'User' && !holdsRight(context.caller.roles, endpoint, form)) {
      const me = await typeInDomain(context, resourceType('Me'));
      const change = { form: form as 'put' | 'patch', user: known, me, key: id!, body: bodyOf(request) };
      const asked = { projection: projectionOf(request), ifMatch: ifMatchOf(request) };
      return answer(reply, await changeOwnProfile(context, { ...change, ...asked }));
    }
    return answer(reply, await operation(context, known, request));
  };
  const typeFor = (request: FastifyRequest) =>
    typeOf((request.params as Params).endpoint, request.method, services.notBuilt);
  const call = (form: AccessForm, operation: Operation) => (request: FastifyRequest, reply: FastifyReply) =>
    run(request, reply, typeFor(request), form, operation);
  /** An operation without an id: on the caller's own row, for the types that are about nothing else. */
  const callOwn =
    (form: AccessForm, operation: Operation, otherwise?: Handler) => (request: FastifyRequest, reply: FastifyReply) => {
      const type = typeFor(request);
      if (isCallersOwn(type)) return run(request, reply, type, form, operation);
      return otherwise === undefined ? reply.callNotFound() : otherwise(request, reply);
    };

  // Where the location of a customised schema points.
  app.get('/admin/v1/TenantSchemas/:id', async (request, reply) => {
    const context = await scimContextOf(request, services);
    authorize(context.caller, services.authz, 'Schemas', 'item');
    return answer(reply, await readResource(context, resourceType('Schema'), keyOf(request), projectionOf(request)));
  });
  app.get('/admin/v1/ServiceProviderConfig', async (request, reply) => {
    const context = await scimContextOf(request, services);
    authorize(context.caller, services.authz, 'ServiceProviderConfig', 'list');
    const body = serviceProviderConfig(context.baseUrl);
    return answer(reply, { status: 200, body, etag: null, location: null });
  });
  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/admin/v1/ServiceProviderConfig',
    handler: async (_request, reply) => {
      reply.header('allow', 'GET,HEAD,OPTIONS');
      throw new ScimError(405, 'ServiceProviderConfig does not support this operation.');
    },
  });
  app.get(
    '/admin/v1/:endpoint',
    callOwn(
      'item',
      (context, type, request) => readResource(context, type, callerKey(context, type), projectionOf(request)),
      call('list', (context, type, request) => listResources(context, type, queryOf(request), 'list')),
    ),
  );
  app.put(
    '/admin/v1/:endpoint',
    callOwn('put', (context, type, request) =>
      replaceResource(
        context,
        type,
        subjectKey(context, type, request),
        bodyOf(request),
        projectionOf(request),
        ifMatchOf(request),
      ),
    ),
  );
  app.patch(
    '/admin/v1/:endpoint',
    callOwn('patch', (context, type, request) =>
      patchResource(
        context,
        type,
        callerKey(context, type),
        bodyOf(request),
        projectionOf(request),
        ifMatchOf(request),
      ),
    ),
  );
  app.get(
    '/admin/v1/:endpoint/:id',
    call('item', (context, type, request) => readResource(context, type, keyOf(request), projectionOf(request))),
  );
  app.post(
    '/admin/v1/:endpoint/.search',
    call('search', (context, type, request) => {
      const { page, limit } = queryOf(request);
      return listResources(
        context,
        type,
        { ...bodyOf(request), ...(page === undefined ? {} : { page }), ...(limit === undefined ? {} : { limit }) },
        'search',
      );
    }),
  );
  app.post(
    '/admin/v1/:endpoint',
    call('create', (context, type, request) => {
      const create = type.name === 'Me' ? registerUser : createResource;
      return create(context, type, bodyOf(request), projectionOf(request));
    }),
  );
  app.put(
    '/admin/v1/:endpoint/:id',
    call('put', (context, type, request) =>
      replaceResource(context, type, keyOf(request), bodyOf(request), projectionOf(request), ifMatchOf(request)),
    ),
  );
  app.patch(
    '/admin/v1/:endpoint/:id',
    call('patch', (context, type, request) =>
      patchResource(context, type, keyOf(request), bodyOf(request), projectionOf(request), ifMatchOf(request)),
    ),
  );
  app.delete(
    '/admin/v1/:endpoint/:id',
    call('delete', (context, type, request) =>
      deleteResource(context, type, keyOf(request), {
        force: isForced(request),
        ifMatch: ifMatchOf(request),
      }),
    ),
  );
  app.post('/admin/v1/Bulk', async (request, reply) => {
    const context = await scimContextOf(request, services);
    return answer(
      reply,
      await runBulk(context, bodyOf(request), (endpoint, form) => {
        typeOf(endpoint, 'POST', services.notBuilt);
        authorize(context.caller, services.authz, endpoint, form);
      }),
    );
  });
  app.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    url: '/admin/v1/Bulk',
    handler: async (_request, reply) => {
      reply.header('allow', BULK_VERBS);
      throw new ScimError(405, 'Bulk does not support this operation.');
    },
  });
  registerOptions(app, services.notBuilt);
}

type Operation = (context: RequestContext, type: ResourceType, request: FastifyRequest) => Promise<ResourceResponse>;
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** IDCS: operations.tsv: Me and what one does to oneself (MePasswordChanger) have no id in their paths. */
function isCallersOwn(type: ResourceType): boolean {
  return type.kind === 'self' || type.kind === 'action';
}

/** The id of the user who asks. @throws ScimError 401 when the caller is an application */
function callerKey({ caller }: RequestContext, type: ResourceType): string {
  if (caller.type === 'User') return caller.id;
  throw new ScimError(
    401,
    `Operation failed due to unauthorized access. ${type.name} is about the user of the token: get one with a user, not with client_credentials.`,
    { messageId: 'error.common.exception.unauthorizedAccess' },
  );
}

/** The id of the user whom a request without an id is about: of most types the one who asks. */
function subjectKey(context: RequestContext, type: ResourceType, request: FastifyRequest): string {
  if (behaviourOf(type.name)?.actions?.namesUser) {
    const [, id] = Object.entries(bodyOf(request)).find(([name]) => name.toLowerCase() === 'id') ?? [];
    if (typeof id === 'string' && id !== '') return refuseNul(id);
    if (context.caller.type !== 'User') throw missingRequired(['id']);
  }
  return callerKey(context, type);
}

/** The context of a request by who makes it. @throws ScimError 401 */
export async function scimContextOf(request: FastifyRequest, services: ScimServices): Promise<RequestContext> {
  const { domain, clock, baseUrl, log, request: facts } = request.exchange;
  const known = await authenticateCaller(services, request.exchange, request);
  // IDCS_AUTHZ=relaxed: any valid token may do anything, also where a behaviour asks for a role.
  const caller = services.authz === 'relaxed' ? { ...known, roles: new Set([...known.roles, SUPERUSER]) } : known;
  const { store, ids, passwords, secrets, inbox } = services;
  return { domain, clock, baseUrl, log, caller, store, ids, passwords, secrets, inbox, request: facts };
}

function typeOf(endpoint: string, method: string, counter: NotBuiltCounter): ResourceType {
  const type = resourceTypeByEndpoint(endpoint);
  if (type) return type;
  throw counter.isKnown(`/admin/v1/${endpoint}`)
    ? notBuilt(counter, method, `/admin/v1/${endpoint}`)
    : new ScimError(404, `There is no resource type at /admin/v1/${endpoint.slice(0, 100)}.`);
}

const OPERATION_OF = {
  list: 'list',
  item: 'get',
  search: 'search',
  create: 'create',
  put: 'put',
  patch: 'patch',
  delete: 'delete',
} as const;

/** 501 for an operation that the real service has and the type here hasn't. */
function refuseNotBuilt(type: ResourceType, form: AccessForm, counter: NotBuiltCounter): void {
  const operation = OPERATION_OF[form];
  if (type.operations.has(operation)) return;
  const path = `/admin/v1${type.endpoint}`;
  const route = knownEndpoints()
    .find((endpoint) => endpoint.path === path)
    ?.routes.find((known) => known.operation === operation);
  if (route !== undefined) throw notBuilt(counter, route.method, path);
}

/** IDCS: scim.md §10: a verb that a type doesn't have is 405. */
function refuseUnsupported(type: ResourceType, form: AccessForm, reply: FastifyReply): void {
  if (type.operations.has(OPERATION_OF[form])) return;
  reply.header('allow', verbsOf(type).join(','));
  throw new ScimError(405, `${type.name} does not support this operation.`);
}

const BULK_VERBS = 'POST,OPTIONS';

/** The verbs of a type, in the order that recorded OPTIONS answers print (shapes.md §1). */
function verbsOf(type: ResourceType): string[] {
  const has = (...operations: ('list' | 'get' | 'search' | 'create' | 'put' | 'patch' | 'delete')[]) =>
    operations.some((operation) => type.operations.has(operation));
  return [
    ...(has('patch') ? ['PATCH'] : []),
    ...(has('list', 'get') ? ['GET'] : []),
    ...(has('put') ? ['PUT'] : []),
    ...(has('create', 'search') ? ['POST'] : []),
    ...(has('delete') ? ['DELETE'] : []),
    'OPTIONS',
  ];
}

function registerOptions(app: FastifyInstance, counter: NotBuiltCounter): void {
  const answerVerbs = (reply: FastifyReply, verbs: string) =>
    reply.headers(API_HEADERS).header('allow', verbs).header('access-control-allow-methods', verbs).code(200).send();
  const options = async (request: FastifyRequest, reply: FastifyReply) =>
    answerVerbs(reply, verbsOf(typeOf((request.params as Params).endpoint, 'OPTIONS', counter)).join(','));
  app.options('/admin/v1/Bulk', async (_request, reply) => answerVerbs(reply, BULK_VERBS));
  app.options('/admin/v1/:endpoint', options);
  app.options('/admin/v1/:endpoint/:id', options);
}

function queryOf(request: FastifyRequest): Record<string, unknown> {
  return request.query as Record<string, unknown>;
}

function projectionOf(request: FastifyRequest) {
  return readProjection(queryOf(request));
}

function keyOf(request: FastifyRequest): string {
  return refuseNul((request.params as Params).id);
}

function refuseNul(id: string): string {
  if (id.includes('\u0000')) throw badRequest('The resource ID must not contain NUL characters.');
  return id;
}

function ifMatchOf(request: FastifyRequest): string | null {
  return request.headers['if-match'] ?? null;
}

/** @throws ScimError 400 for anything but true and false, in any case */
function isForced(request: FastifyRequest): boolean {
  const value = queryOf(request)['forceDelete'] ?? '';
  const text = typeof value === 'string' ? value.toLowerCase() : null;
  if (text !== 'true' && text !== 'false' && text !== '') throw badRequest('forceDelete must be true or false.');
  return text === 'true';
}

function bodyOf(request: FastifyRequest): JsonObject {
  // Forms are for OAuth only, but their parser serves all routes.
  if (/^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '')) throw unsupportedMediaType();
  const body = request.body as JsonObject | undefined;
  if (body === undefined) throw badRequest('The request body is missing.');
  if (!isObject(body)) throw badRequest('The request body must be a JSON object.');
  return body;
}

/** Sends what an operation answers. */
export function answer(reply: FastifyReply, response: ResourceResponse): FastifyReply {
  reply.code(response.status).headers(API_HEADERS);
  if (response.etag !== null) reply.header('etag', response.etag);
  if (response.location !== null) reply.header('location', response.location);
  if (response.nextPage) reply.header('opc-next-page', response.nextPage);
  if (response.totalItems !== undefined) reply.header('opc-total-items', String(response.totalItems));
  if (response.body === null) return reply.send();
  return reply.type(CONTENT_TYPE).send(JSON.stringify(response.body));
}
