import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayUnauthorized } from '../oauth/bearer.ts';
import { ScimError } from '../scim/errors.ts';
import { StatementTimeout, StoreUnavailable } from '../store/store-errors.ts';
import { familyOf } from './api-family.ts';

/** 415: the body is in no form that is read here. */
export function unsupportedMediaType(): ScimError {
  return new ScimError(415, 'The Content-Type is not supported; use application/json or application/scim+json.');
}

/** The one mapping from what a handler throws to an HTTP answer. */
export function installErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Error, request, reply) => {
    if (error instanceof GatewayUnauthorized) return answerAsGateway(reply);
    const known = asScimError(error);
    if (known.status >= 500 && known.status !== 501) {
      request.exchange?.log.error(
        { err: error, ecid: request.exchange.names.ecid, path: request.routeOptions.url },
        known.message,
      );
    }
    return answerError(request, reply, known);
  });
}

/** Sends an error in the form of the request's API family. */
export function answerError(request: FastifyRequest, reply: FastifyReply, error: ScimError): FastifyReply {
  const family = familyOf(request.url);
  // IDCS: shapes.md §1: an error's content type has no charset. Fastify adds one to JSON text, but not to bytes.
  const body = Buffer.from(JSON.stringify(family.errorBody(error)));
  return reply.code(error.status).headers(NO_STORE).type(family.contentType).send(body);
}

const NO_STORE = { 'cache-control': 'no-cache, no-store, must-revalidate', pragma: 'no-cache' };

/**
 * IDCS: scim.md §2: a Bearer token that has expired or can't be read is turned away by the gateway in front of the service, in
 * HTML; Oracle's own samples tell an expired token by that content type.
 */
function answerAsGateway(reply: FastifyReply): FastifyReply {
  return reply
    .code(401)
    .headers(NO_STORE)
    .header('www-authenticate', 'Bearer error="invalid_token"')
    .type('text/html')
    .send(
      '<!DOCTYPE html><html><head><title>401 Authorization Required</title></head>' +
        '<body><h1>401 Authorization Required</h1><p>Proper authorization is required for this area.</p></body></html>',
    );
}

function asScimError(error: FastifyError | Error): ScimError {
  if (error instanceof ScimError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new ScimError(413, 'The request body is larger than allowed.');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return unsupportedMediaType();
  }
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') {
    return new ScimError(400, 'The Content-Length does not match the request body.');
  }
  if (code.startsWith('FST_') && 'statusCode' in error && (error.statusCode ?? 500) < 500) {
    return new ScimError(error.statusCode ?? 400, 'The request can not be read.', { cause: error });
  }
  if (error instanceof StatementTimeout) {
    return new ScimError(400, 'The search took too long: use a more selective filter.', {
      messageId: 'error.common.validation.searchTooExpensive',
      cause: error,
    });
  }
  if (error instanceof StoreUnavailable) return new ScimError(503, 'The store is not available.', { cause: error });
  return new ScimError(500, 'An internal error has occurred; the log has the details under this ECID.', {
    cause: error,
  });
}
