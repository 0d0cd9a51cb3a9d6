import type { FastifyReply } from 'fastify';
import { API_HEADERS } from '../../api-headers.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { SignInContext } from '../sign-in-services.ts';

/** IDCS: shapes.md §1. */
const HEADERS = { ...API_HEADERS, 'content-type': 'application/json;charset=utf-8' };

/**
 * Sends an answer of the Authentication API. IDCS: shapes.md §8, §9: it names the request: `ecId`, in refusals of what can't be read
 * `ecid` (flows.md E).
 */
export function sendSdkAnswer(
  reply: FastifyReply,
  { request }: SignInContext,
  status: number,
  body: JsonObject,
): FastifyReply {
  const name = status === 400 || status === 422 ? 'ecid' : 'ecId';
  const { status: word, ...rest } = body;
  return reply
    .code(status)
    .headers(HEADERS)
    .send(JSON.stringify({ status: word, [name]: request?.ecid ?? '', ...rest }));
}
