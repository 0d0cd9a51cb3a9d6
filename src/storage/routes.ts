import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Domain } from '../domains/domain.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { AccessForm } from '../schemas/permissions.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { Store } from '../store/store.ts';
import { keptFileName } from './file-name.ts';
import { fileContent } from './file-writer.ts';
import { MAX_FORM_BYTES, receiveFile } from './upload.ts';

/** What the routes need. */
export interface StorageServices {
  readonly store: Store;
  /** The domain that was asked, without a look at who asks. */
  readonly domainOf: (request: FastifyRequest) => { readonly domain: Domain; readonly baseUrl: string };
  /**
   * Who asks, once they may.
   * @throws ScimError 401
   */
  readonly contextOf: (request: FastifyRequest, endpoint: string, form: AccessForm) => Promise<RequestContext>;
}

const PATH = '/storage/v1/Files';
/** IDCS: shapes.md §1: as /admin/v1. */
const HEADERS = {
  'cache-control': 'no-cache, no-store, must-revalidate',
  pragma: 'no-cache',
  'x-content-type-options': 'nosniff',
};

/** `/storage/v1/Files`: what imports read and exports write. */
export function registerStorageRoutes(app: FastifyInstance, { store, domainOf, contextOf }: StorageServices): void {
  app.register(async (scope) => {
    // The form goes on as a stream: who may not upload is refused before it is read.
    scope.addContentTypeParser('multipart/form-data', (_request, payload, done) => done(null, payload));
    scope.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume();
      done(null, undefined);
    });

    scope.post(PATH, { bodyLimit: MAX_FORM_BYTES }, async (request, reply) => {
      const body = request.body;
      try {
        const context = await contextOf(request, PATH, 'create');
        if (!(body instanceof Readable)) {
          throw new ScimError(415, 'The Content-Type is not supported; send the file as multipart/form-data.');
        }
        const { name, isPublic } = await receiveFile(context, request.headers, body);
        const fileUrl = addressOf(context.baseUrl, name);
        return reply.code(201).headers(HEADERS).header('location', fileUrl).send({ fileName: name, isPublic, fileUrl });
      } catch (error) {
        // What nobody reads any more must not keep the connection from the next request.
        if (body instanceof Readable) body.resume();
        throw error;
      }
    });

    scope.get(PATH, async (request, reply) => {
      const { domain } = domainOf(request);
      const name = askedName(request);
      const found = name === null ? null : await store.files.find(domain.id, name);
      // IDCS: flows.md D has isPublic; that a public file needs no token is inferred.
      if (found === null || !found.isPublic) await contextOf(request, PATH, 'item');
      if (name === null) throw badRequest('The parameter fileName is missing.');
      if (found === null) throw missing(name);
      return sendFile(reply, found.contentType, name, found.size, Readable.from(fileContent({ store, domain }, found)));
    });

    scope.delete(PATH, async (request, reply) => {
      const { domain } = await contextOf(request, PATH, 'delete');
      const name = askedName(request);
      if (name === null) throw badRequest('The parameter fileName is missing.');
      if (!(await store.files.delete(domain.id, name))) throw missing(name);
      return reply.code(204).headers(HEADERS).send();
    });
  });
}

/** The name in the query, as files are kept; null: there is none. @throws ScimError 400 */
function askedName(request: FastifyRequest): string | null {
  const { fileName } = request.query as Record<string, unknown>;
  if (fileName === undefined || fileName === '') return null;
  if (typeof fileName !== 'string' || fileName.includes('\0') || fileName.length > 1_000) {
    throw badRequest('The parameter fileName must be given once, and name a file.');
  }
  return keptFileName(fileName);
}

function missing(name: string): ScimError {
  return new ScimError(404, `There is no file ${name.slice(0, 300)}.`);
}

function addressOf(baseUrl: string, name: string): string {
  return `${baseUrl}${PATH}?fileName=${encodeURIComponent(name)}`;
}

/** A file is never a page of this server: what somebody has uploaded must not run with a user's cookies. */
function sendFile(reply: FastifyReply, type: string, name: string, size: number, content: Readable): FastifyReply {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return reply
    .code(200)
    .headers(HEADERS)
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(base)}`)
    .header('content-length', size)
    .type(type)
    .send(content);
}
