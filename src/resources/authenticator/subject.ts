import { resourceType } from '../../schemas/registry.ts';
import { badRequest } from '../../scim/errors.ts';
import type { JsonObject, JsonValue } from '../../scim/json.ts';
import type { Attribute } from '../../scim/schema.ts';
import type { StoredResource } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';

/** Who is to be authenticated: a user or an App, with its never-returned state. */
export interface AuthenticatorSubject {
  readonly type: 'User' | 'App';
  readonly row: StoredResource & { readonly secret: JsonObject | null };
  /** The attribute that found it, as answers name it. */
  readonly mappingAttribute: string;
}

export interface SubjectQuery {
  /** `mappingAttribute` as sent; undefined: userName of a User, else name of an App. */
  readonly attribute: JsonValue | undefined;
  readonly value: string;
  /** Which types are looked at. */
  readonly types: readonly ('User' | 'App')[];
}

type Context = Pick<RequestContext, 'store' | 'domain'>;

/**
 * The one User or App whose attribute has a value.
 * IDCS: authenticator page, `mappingAttribute`: "Initially for App, name is the only supported attribute".
 *
 * @returns null when there is none
 * @throws ScimError 400 for an attribute that can't be searched, and when several have the value
 */
export async function findSubject(context: Context, query: SubjectQuery): Promise<AuthenticatorSubject | null> {
  const { attribute, value, types } = query;
  // No row has a value with NUL, and PostgreSQL would not take one.
  if (value.includes('\u0000')) return null;
  const given = attribute === undefined ? null : String(attribute);
  const named = given?.toLowerCase() ?? null;
  if (types.includes('User') && (named === null || named === 'username')) {
    const row = await context.store.resources.readByName(context.domain.id, 'User', value);
    if (row !== null) return { type: 'User', row, mappingAttribute: 'userName' };
    if (named !== null || !types.includes('App')) return null;
  }
  if (named === null || named === 'name') {
    if (!types.includes('App')) throw unusable(given ?? 'name', types);
    const row = await context.store.resources.readByName(context.domain.id, 'App', value);
    return row === null ? null : { type: 'App', row, mappingAttribute: 'name' };
  }
  if (!types.includes('User')) throw unusable(given!, types);
  return userBy(context, searchable(given!, types), value);
}

function searchable(path: string, types: SubjectQuery['types']): Attribute {
  const attribute = resourceType('User').resolve(path);
  const usable = attribute?.searchable && attribute.type === 'string' && attribute.storage !== 'computed';
  if (!usable) throw unusable(path, types);
  return attribute;
}

async function userBy({ store, domain }: Context, attribute: Attribute, value: string) {
  const filter = { op: 'eq', attribute, value } as const;
  const query = { type: resourceType('User'), filter, sortBy: null, descending: false, offset: 0, limit: 2 };
  const { resources } = await store.resources.search(domain.id, query);
  // IDCS: together they "should form a filter that selects exactly one User or App"; the refusal is inferred.
  if (resources.length > 1) {
    throw badRequest(`mappingAttributeValue: more than one User has this ${attribute.path}.`);
  }
  const found = resources[0];
  const row = found && (await store.resources.readWithSecret(domain.id, 'User', found.id));
  return row ? { type: 'User' as const, row, mappingAttribute: attribute.path } : null;
}

function unusable(path: string, types: SubjectQuery['types']) {
  const allowed = types.map((type) => (type === 'User' ? 'a searchable text attribute of User' : 'name of App'));
  return badRequest(`mappingAttribute must be ${allowed.join(' or ')}: ${path.slice(0, 100)}.`);
}
