import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Memberships, StoredResource } from '../store/store.ts';

/*
 * What OpenID scopes tell of a user (OpenID Connect Core §5.4), from the user's resource.
 */

/**
 * The claims of userinfo, without `sub`.
 * IDCS: oauth.md §6: live answers to `openid` alone have name, preferred_username, family_name, updated_at and three empty
 * strings; the rest of `profile` comes with that scope. Values that the user lacks are left out.
 * @param scopes those of the access token
 */
export function openIdClaims(user: StoredResource, scopes: ReadonlySet<string>): JsonObject {
  const { data } = user;
  const name = isObject(data['name']) ? data['name'] : {};
  const claims: JsonObject = {
    name: firstText(data['displayName'], name['formatted'], data['userName']) ?? user.id,
    preferred_username: String(data['userName']),
    // Seconds, as everything in OpenID (Core §5.1).
    updated_at: Math.floor(user.lastModified / 1000),
    birthdate: '',
    gender: '',
    website: '',
  };
  add(claims, 'family_name', name['familyName']);
  if (scopes.has('profile')) addProfile(claims, data, name);
  if (scopes.has('email')) addEmail(claims, data);
  if (scopes.has('phone')) addPhone(claims, data);
  if (scopes.has('address')) addAddress(claims, data);
  return claims;
}

/** Whether the claims need the user's groups or AppRoles read. */
export function asksForMemberships(scopes: ReadonlySet<string>): boolean {
  return wantsGroups(scopes) || wantsAppRoles(scopes);
}

/**
 * `groups` and `appRoles`.
 * IDCS: the docs' example has `"appRoles": []`; no filled list is published, so that the members of the elements are inferred.
 */
export function membershipClaims(
  { groups, appRoles }: Memberships,
  scopes: ReadonlySet<string>,
  baseUrl: string,
): JsonObject {
  const claims: JsonObject = {};
  if (wantsGroups(scopes)) {
    claims['groups'] = groups.map(({ id, name }) => ({ name, id, $ref: `${baseUrl}/admin/v1/Groups/${id}` }));
  }
  if (wantsAppRoles(scopes)) {
    claims['appRoles'] = appRoles.map(({ id, name, appId, appName, adminRole }) => ({
      name,
      id,
      appId,
      ...(appName === null ? {} : { appName }),
      adminRole,
    }));
  }
  return claims;
}

function wantsGroups(scopes: ReadonlySet<string>): boolean {
  return scopes.has('groups') || scopes.has('get_groups');
}

function wantsAppRoles(scopes: ReadonlySet<string>): boolean {
  return scopes.has('approles') || scopes.has('get_approles');
}

function addProfile(claims: JsonObject, data: JsonObject, name: JsonObject): void {
  add(claims, 'given_name', name['givenName']);
  add(claims, 'middle_name', name['middleName']);
  add(claims, 'nickname', data['nickName']);
  add(claims, 'profile', data['profileUrl']);
  add(claims, 'picture', preferred(data['photos'])?.['value']);
  add(claims, 'zoneinfo', data['timezone']);
  add(claims, 'locale', firstText(data['locale'], data['preferredLanguage']));
}

function addEmail(claims: JsonObject, data: JsonObject): void {
  const email = preferred(data['emails']);
  if (email === undefined) return;
  add(claims, 'email', email['value']);
  claims['email_verified'] = email['verified'] === true;
}

function addPhone(claims: JsonObject, data: JsonObject): void {
  const phone = preferred(data['phoneNumbers']);
  if (phone === undefined) return;
  add(claims, 'phone_number', phone['value']);
  claims['phone_number_verified'] = phone['verified'] === true;
}

/** OpenID Connect Core §5.1.1. */
function addAddress(claims: JsonObject, data: JsonObject): void {
  const address = preferred(data['addresses']);
  if (address === undefined) return;
  const shown: JsonObject = {};
  add(shown, 'formatted', address['formatted']);
  add(shown, 'street_address', address['streetAddress']);
  add(shown, 'locality', address['locality']);
  add(shown, 'region', address['region']);
  add(shown, 'postal_code', address['postalCode']);
  add(shown, 'country', address['country']);
  claims['address'] = shown;
}

/** The primary element of a list, else the one for work, else the first (inferred). */
function preferred(value: JsonValue | undefined): JsonObject | undefined {
  const elements = Array.isArray(value) ? value.filter(isObject) : [];
  return (
    elements.find((element) => element['primary'] === true) ??
    elements.find((element) => element['type'] === 'work') ??
    elements[0]
  );
}

function add(claims: JsonObject, name: string, value: JsonValue | undefined): void {
  if (typeof value === 'string' && value !== '') claims[name] = value;
}

function firstText(...values: readonly (JsonValue | undefined)[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}
