import { splitAttributes } from '../scim/compile-projection.ts';
import { badRequest } from '../scim/errors.ts';
import type { ProjectionRequest } from '../scim/projection.ts';

const NONE: ProjectionRequest = { attributes: null, attributeSets: null };

/**
 * Reads `attributes` and `attributeSets` from a query or a search body: comma lists, repeated keys or arrays (schemas.md,
 * "Protocol parameters": the SDK repeats the key, the documentation prints a comma list).
 * @throws ScimError 400 when one is neither text nor a list of texts
 */
export function readProjectionRequest(parameters: Readonly<Record<string, unknown>>): ProjectionRequest {
  const { attributes, attributeSets } = parameters;
  if (attributes === undefined && attributeSets === undefined) return NONE;
  return {
    attributes: attributes === undefined ? null : texts('attributes', attributes).flatMap(splitAttributes),
    attributeSets:
      attributeSets === undefined ? null : texts('attributeSets', attributeSets).flatMap((text) => text.split(',')),
  };
}

function texts(name: string, value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  if (values.every((each): each is string => typeof each === 'string')) return values;
  throw badRequest(`The parameter ${name} must be text or a list of texts.`);
}
