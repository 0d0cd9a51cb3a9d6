import { AUTHENTICATED } from '../oauth/admin-scopes.ts';
import type { Caller } from '../resources/request-context.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { readPatch } from '../scim/patch-operation.ts';
import type { ResourceType } from '../scim/schema.ts';
import type { AccessForm } from './authorization.ts';

const EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:selfChange:User';
const FLAG = `${EXTENSION}:allowSelfChange`;
/** IDCS: flows.md C1, of the types that are built: PATCH and PUT of Users, and the actions on them. */
const FORMS: ReadonlyMap<string, ReadonlySet<AccessForm>> = new Map([
  ['User', new Set<AccessForm>(['put', 'patch'])],
  ['UserPasswordChanger', new Set<AccessForm>(['put'])],
  ['UserPasswordResetter', new Set<AccessForm>(['put'])],
  ['UserStatusChanger', new Set<AccessForm>(['put'])],
  ['UserCapabilitiesChanger', new Set<AccessForm>(['put'])],
]);

/** IDCS: flows.md C1: what users make and delete for themselves. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'ApiKey',
  'AuthToken',
  'CustomerSecretKey',
  'OAuth2ClientCredential',
  'SmtpCredential',
  'SupportAccount',
  'UserDbCredentials',
]);

/**
 * Whether users change their own profile and say so by `allowSelfChange`: that needs no AppRole.
 *
 * @param key the id or OCID in the path
 * @param query of the request: a DELETE says it there
 * @throws ScimError 400 when the body is no PatchOp
 */
export function isSelfChange(
  caller: Caller,
  type: ResourceType,
  form: AccessForm,
  key: string | undefined,
  body: unknown,
  query: Readonly<Record<string, unknown>> = {},
): boolean {
  // A token that is only for sign-in (`openid`) is not for the domain's APIs.
  if (caller.type !== 'User' || !caller.roles.has(AUTHENTICATED)) return false;
  if (CREDENTIALS.has(type.name)) return changesCredential(type, form, body, query);
  if (key === undefined || (key !== caller.id && key !== caller.ocid)) return false;
  if (!FORMS.get(type.name)?.has(form) || !isJsonObject(body)) return false;
  return form === 'put' ? says(type, body) : patchSays(type, body);
}

/** POST, PATCH and DELETE of one's own credentials; whose they are is checked where they are written. */
function changesCredential(
  type: ResourceType,
  form: AccessForm,
  body: unknown,
  query: Readonly<Record<string, unknown>>,
): boolean {
  if (form === 'delete') return typeof query['allowSelfChange'] === 'string' && isTrue(query['allowSelfChange']);
  if (!isJsonObject(body)) return false;
  return form === 'create' ? says(type, body) : form === 'patch' && patchSays(type, body);
}

function patchSays(type: ResourceType, body: JsonObject): boolean {
  return readPatch(body).some(({ op, path, value }) => {
    if (op === 'remove' || value === undefined) return false;
    if (path === null) return isObject(value) && says(type, value);
    return isTrue(value) && type.resolve(path)?.path === FLAG;
  });
}

/**
 * The body of a change of a User without the flag itself, which is no attribute of the profile.
 * @returns null when nothing else is asked for
 */
export function withoutSelfChange(type: ResourceType, form: 'put' | 'patch', body: JsonObject): JsonObject | null {
  if (form === 'put') return withoutFlag(type, body);
  const operations = Object.keys(body).find((name) => name.toLowerCase() === 'operations')!;
  const left = readPatch(body).flatMap(({ op, path, value }): JsonObject[] => {
    if (path !== null && type.resolve(path)?.path === FLAG) return [];
    const kept = path === null && value !== undefined && isObject(value) ? withoutFlag(type, value) : value;
    if (path === null && kept !== undefined && isObject(kept) && Object.keys(kept).length === 0) return [];
    return [{ op, ...(path === null ? {} : { path }), ...(kept === undefined ? {} : { value: kept }) }];
  });
  return left.length === 0 ? null : { ...body, [operations]: left };
}

function withoutFlag(type: ResourceType, body: JsonObject): JsonObject {
  const rest: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    if (type.extension(name)?.urn === EXTENSION || type.resolve(name)?.path === FLAG) continue;
    const isList = name.toLowerCase() === 'schemas' && Array.isArray(value);
    rest[name] = isList ? value.filter((urn) => String(urn).toLowerCase() !== EXTENSION.toLowerCase()) : value;
  }
  return rest;
}

/** The flag as a flattened member, or inside its extension's object. */
function says(type: ResourceType, body: JsonObject): boolean {
  return Object.entries(body).some(([name, value]) => {
    const extension = type.extension(name);
    if (extension === undefined) return isTrue(value) && type.resolve(name)?.path === FLAG;
    if (!isObject(value)) return false;
    return Object.entries(value).some(
      ([inner, flag]) => isTrue(flag) && type.resolve(`${extension.urn}:${inner}`)?.path === FLAG,
    );
  });
}

/** IDCS: booleans come as text too (scim.md §5). */
function isTrue(value: JsonValue): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function isJsonObject(body: unknown): body is JsonObject {
  return isObject(body as JsonValue);
}
