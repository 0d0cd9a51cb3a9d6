import type { JsonObject } from '../../src/scim/json.ts';

/** The claims of a token, unverified. */
export function claimsOf(token: string): JsonObject {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8')) as JsonObject;
}
