import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { API_HEADERS } from '../api-headers.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { AccessForm } from '../schemas/permissions.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { asMfaError, mfaError } from './mfa-error.ts';
import { type CertificateKey, patchRequest, pollRequest, startRequest } from './requests.ts';
import { userByGuid, userByIdType } from './subject-user.ts';
import { deleteFactor, enrollFactor, listFactors, patchFactor, patchUser, readFactor } from './users.ts';

/** What the routes need of the application. */
export interface MfaServices {
  /**
   * The context of a request by who may make it.
   * @param endpoint a path of the tables of rights: `/mfa/v1/users`
   * @throws ScimError 401
   */
  readonly contextOf: (request: FastifyRequest, endpoint: string, form: AccessForm) => Promise<RequestContext>;
  /** The key of a certificate of the calling client, or of a trusted partner. @param thumbprint SHA-1, base64url */
  readonly certificateKey: CertificateKey;
}

const USERS = '/mfa/v1/users';
const REQUESTS = '/mfa/v1/requests';

interface UserParams {
  readonly guid: string;
}
interface FactorParams extends UserParams {
  readonly factorId: string;
}

/** `/mfa/v1`: on-demand MFA, for clients with the AppRole MFA Client. */
export function registerMfaRoutes(app: FastifyInstance, { contextOf, certificateKey }: MfaServices): void {
  app.register(async (scope) => {
    // The application's own handler sends it, in the form of this family of APIs.
    scope.setErrorHandler((error) => {
      throw asMfaError(error);
    });

    const ofUser =
      (
        form: AccessForm,
        work: (context: RequestContext, user: StoredResource, request: FastifyRequest) => Promise<JsonObject>,
      ) =>
      async (request: FastifyRequest, reply: FastifyReply) => {
        const context = await contextOf(request, USERS, form);
        const user = await userByGuid(context, (request.params as UserParams).guid);
        return answer(reply, await work(context, user, request));
      };
    const factorId = (request: FastifyRequest) => (request.params as FactorParams).factorId;

    scope.get(USERS, async (request, reply) => {
      const context = await contextOf(request, USERS, 'list');
      const { userId, userIdType, attributes } = request.query as Record<string, string | undefined>;
      const user = await userByIdType(context, userId, userIdType);
      const { factors, ...rest } = await listFactors(context, user);
      // Inferred: without `attributes=factors` the user alone.
      const asked = String(attributes ?? '')
        .split(',')
        .includes('factors');
      return answer(reply, asked ? { ...rest, factors: factors! } : rest);
    });
    scope.patch(
      `${USERS}/:guid`,
      ofUser('patch', (context, user, request) => patchUser(context, user, bodyOf(request))),
    );
    scope.get(`${USERS}/:guid/factors`, ofUser('list', listFactors));
    scope.post(
      `${USERS}/:guid/factors`,
      ofUser('create', (context, user, request) => enrollFactor(context, user, bodyOf(request), languagesOf(request))),
    );
    scope.get(
      `${USERS}/:guid/factors/:factorId`,
      ofUser('item', (context, user, request) => readFactor(context, user, factorId(request))),
    );
    scope.patch(
      `${USERS}/:guid/factors/:factorId`,
      ofUser('patch', (context, user, request) => patchFactor(context, user, factorId(request), bodyOf(request))),
    );
    scope.delete(`${USERS}/:guid/factors/:factorId`, async (request, reply) => {
      const context = await contextOf(request, USERS, 'delete');
      await deleteFactor(context, await userByGuid(context, (request.params as UserParams).guid), factorId(request));
      return reply.code(204).headers(API_HEADERS).send();
    });

    scope.post(REQUESTS, async (request, reply) => {
      const context = await contextOf(request, REQUESTS, 'create');
      return answer(reply, await startRequest(context, bodyOf(request), languagesOf(request), certificateKey));
    });
    scope.get<{ Params: { id: string } }>(`${REQUESTS}/:id`, async (request, reply) => {
      const context = await contextOf(request, REQUESTS, 'item');
      return answer(reply, await pollRequest(context, request.params.id));
    });
    scope.patch<{ Params: { id: string } }>(`${REQUESTS}/:id`, async (request, reply) => {
      const context = await contextOf(request, REQUESTS, 'patch');
      return answer(reply, await patchRequest(context, request.params.id, bodyOf(request), certificateKey));
    });
  });
}

/** IDCS: shapes.md §1: `application/json` without a charset, which Fastify adds to a text and not to bytes. */
function answer(reply: FastifyReply, body: JsonObject): FastifyReply {
  return reply
    .code(200)
    .headers(API_HEADERS)
    .type('application/json')
    .send(Buffer.from(JSON.stringify(body)));
}

/** @throws ScimError AUTH-1033 for anything but an object, AUTH-1121 for a form */
function bodyOf(request: FastifyRequest): JsonObject {
  if (/^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '')) {
    throw mfaError(415, 'AUTH-1121', 'You provided an invalid request JSON payload. Use application/json.');
  }
  const body = request.body as JsonObject | undefined;
  if (isObject(body)) return body;
  throw mfaError(
    400,
    'AUTH-1033',
    "Payload error. Either the payload in the request is null, or the payload couldn't be parsed.",
  );
}

/** The languages of Accept-Language, the best first. */
function languagesOf(request: FastifyRequest): readonly string[] {
  const header = request.headers['accept-language'] ?? '';
  return header
    .split(',', 20)
    .map((part) => {
      const [language = '', ...parameters] = part.trim().split(';');
      const quality = /^\s*q=([0-9.]+)\s*$/.exec(parameters[0] ?? '')?.[1];
      return { language: language.trim(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ language, quality }) => language !== '' && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ language }) => language);
}
