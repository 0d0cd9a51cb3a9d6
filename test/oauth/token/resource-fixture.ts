import type { JsonObject } from '../../../src/scim/json.ts';
import type { OAuthDomain } from '../oauth-domain.ts';

/** Puts a resource application into a domain, as the App behaviour would have stored it. @returns its id */
export function insertResourceApp(
  domain: OAuthDomain,
  audience: string,
  values: readonly string[],
  changes: JsonObject = {},
): Promise<string> {
  const { scopes, ...rest } = changes;
  const given = Array.isArray(scopes) ? (scopes as JsonObject[]) : values.map((value): JsonObject => ({ value }));
  return domain.insert('App', {
    displayName: `Resource ${audience}`,
    active: true,
    isOAuthResource: true,
    audience,
    scopes: given.map((scope) => ({ ...scope, fqs: audience + String(scope['value']) })),
    ...rest,
  });
}
