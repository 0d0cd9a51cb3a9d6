import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import { isReservedClaim } from './reserved-claims.ts';
import { isUserExpression } from './user-expression.ts';

/** IDCS: Managing Custom Claims: characters of a name, and of a value that is no expression. */
const MAX_LENGTH = 100;
/** IDCS: "no limit" for expressions; past this one nothing is an attribute path (ours). */
const MAX_EXPRESSION = 1000;

/**
 * Checks a custom claim, wherever it is written.
 * IDCS: Managing Custom Claims (oauth.md §7.4). A PATCH of allScopes alone to false is printed for a claim that has scopes.
 * @param where what error messages call it
 * @throws ScimError 400 naming the attribute
 */
export function checkCustomClaim(claim: JsonObject, where: string): void {
  const { name, value, expression, allScopes, scopes } = claim;
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_LENGTH) {
    throw badRequest(`${where}.name must have 1 to ${MAX_LENGTH} characters.`);
  }
  if (isReservedClaim(name))
    throw badRequest(`${where}.name ${name} is a claim of the service itself; choose another name.`);
  const text = typeof value === 'string' ? value : '';
  if (expression === true) {
    if (text.length > MAX_EXPRESSION || !isUserExpression(text)) {
      throw badRequest(`${where}.value must be a user expression: $user.name.formatted, or $(user.emails[0].value).`);
    }
  } else if (text.length > MAX_LENGTH) {
    throw badRequest(`${where}.value can have ${MAX_LENGTH} characters at most unless it is an expression.`);
  }
  const listed = Array.isArray(scopes) ? scopes.length : 0;
  if (allScopes === true && listed > 0) throw badRequest(`${where}.scopes must be empty when allScopes is true.`);
  if (allScopes !== true && listed === 0)
    throw badRequest(`${where}.scopes must name scopes unless allScopes is true.`);
}
