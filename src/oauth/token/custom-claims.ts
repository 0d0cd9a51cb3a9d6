import type { Domain } from '../../domains/domain.ts';
import { isReservedClaim } from '../../resources/reserved-claims.ts';
import { evaluateUserExpression, needsMemberships } from '../../resources/user-expression.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { Memberships } from '../../store/store.ts';

/*
 * Claims that a domain adds to its tokens: CustomClaims, of which Settings has a copy that every request has at hand, so that a
 * domain without any pays nothing.
 * IDCS: Managing Custom Claims (oauth.md §7.4).
 */

/** A custom claim as its rule says. */
interface CustomClaim {
  readonly name: string;
  readonly value: string;
  readonly expression: boolean;
  readonly tokenTypes: readonly string[];
  /** null: all scopes, none in particular. */
  readonly scopes: readonly string[] | null;
}

const read = new WeakMap<JsonObject, readonly CustomClaim[]>();

/**
 * The custom claims of a token.
 * @param tokenType `AT`, `IT`
 * @param parts the scope parameter of the request, as sent
 */
export function customClaimsOf(
  { settings }: Pick<Domain, 'settings'>,
  tokenType: 'AT' | 'IT',
  parts: readonly string[],
): readonly CustomClaim[] {
  if (settings['tenantCustomClaims'] === undefined) return NONE;
  const known = read.get(settings) ?? readClaims(settings['tenantCustomClaims']);
  read.set(settings, known);
  return known.filter(
    ({ tokenTypes, scopes }) =>
      tokenTypes.includes(tokenType) && (scopes === null || scopes.some((scope) => parts.includes(scope))),
  );
}

const NONE: readonly CustomClaim[] = [];

/** Whether their values need the user's groups or AppRoles read. */
export function claimsNeedMemberships(claims: readonly CustomClaim[]): boolean {
  return claims.some(({ expression, value }) => expression && needsMemberships(value));
}

/**
 * Adds custom claims to a token's own, which they never replace.
 * @param user null: the token has no user, and no expression has a value
 */
export function addCustomClaims(
  claims: JsonObject,
  custom: readonly CustomClaim[],
  user: JsonObject | null,
  memberships: Memberships | null,
): void {
  for (const { name, value, expression } of custom) {
    if (Object.hasOwn(claims, name)) continue;
    const shown = expression ? expressionValue(value, user, memberships) : value;
    if (shown !== undefined) claims[name] = shown;
  }
}

function expressionValue(
  text: string,
  user: JsonObject | null,
  memberships: Memberships | null,
): string | string[] | undefined {
  if (user === null) return undefined;
  return evaluateUserExpression(text, user, (path): JsonValue | undefined => {
    if (path === 'groups') return memberships?.groups.map(({ id, name }) => ({ value: id, display: name }));
    if (!path.endsWith(':appRoles')) return undefined;
    return memberships?.appRoles.map(({ id, name, appId, appName, adminRole }) => ({
      value: id,
      display: name,
      appId,
      ...(appName === null ? {} : { appName }),
      adminRole,
    }));
  });
}

function readClaims(value: JsonValue | undefined): readonly CustomClaim[] {
  const elements = Array.isArray(value) ? value.filter(isObject) : [];
  return elements.flatMap((element): CustomClaim[] => {
    const { name, mode, tokenType, allScopes, scopes } = element;
    const listed = Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [];
    // IDCS: `request` is attached when the request asks for the claim. How it would is not documented: here by one of the
    // claim's scopes, so that one for all scopes never is (inferred).
    if (mode === 'never' || (mode === 'request' && allScopes === true)) return [];
    if (typeof name !== 'string' || isReservedClaim(name)) return [];
    return [
      {
        name,
        value: String(element['value']),
        expression: element['expression'] === true,
        tokenTypes: tokenType === 'BOTH' ? ['AT', 'IT'] : [String(tokenType)],
        scopes: allScopes === true ? null : listed,
      },
    ];
  });
}
