import { createHash } from 'node:crypto';
import { BoundedCache } from '../../bounded-cache.ts';
import { EpochCache } from '../../domains/epoch-cache.ts';
import { resourceType, typeWithDifferences } from '../../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { AttributeDefinition, ResourceType } from '../../scim/schema.ts';
import type { StoreSession } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';
import { type EndUserMutability, endUserMutabilities } from '../user-attributes-settings.ts';

/** IDCS: schemas.md: where custom attributes of users live; the schema's id. There is no `oracle` in it. */
export const CUSTOM_USER_URN = 'urn:ietf:params:scim:schemas:idcs:extension:custom:User';

/** What a domain has added to users, by epoch: a change of the schema moves it. */
const ofDomains = new EpochCache<readonly AttributeDefinition[]>(1000);
/** Compiled types by what was added: domains with the same attributes share one. */
const types = new BoundedCache<string, ResourceType>(100);

type Context = Pick<RequestContext, 'store' | 'domain'>;

/** The custom attributes of the domain's users, as the attribute rules have them. */
export async function customAttributes(context: Context): Promise<readonly AttributeDefinition[]> {
  const { store, domain } = context;
  return await ofDomains.get(store, domain, 'custom:User', () => readCustomAttributes(store, domain));
}

async function readCustomAttributes(
  { resources }: Pick<StoreSession, 'resources'>,
  domain: Context['domain'],
): Promise<readonly AttributeDefinition[]> {
  const row = await resources.read(domain.id, 'Schema', CUSTOM_USER_URN);
  return row === null ? [] : definitionsOf(row.data);
}

/** Users as the domain has them, read through an open transaction: one that waited for another connection might wait for ever. */
export async function userTypeWithin(session: StoreSession, domain: Context['domain']): Promise<ResourceType> {
  const custom = await readCustomAttributes(session, domain);
  return custom.length === 0 ? resourceType('User') : typeWith('User', custom);
}

/** A resource type as this domain has it: users, and the twins of users, with their custom attributes. */
export async function typeInDomain(context: Context, type: ResourceType): Promise<ResourceType> {
  if (type.storedAs !== 'User') return type;
  const custom = await customAttributes(context);
  const own = type.name === 'Me' ? await endUserMutabilities(context.store, context.domain) : NO_RULES;
  return custom.length === 0 && own.size === 0 ? type : typeWith(type.name, custom, own);
}

const NO_RULES: ReadonlyMap<string, EndUserMutability> = new Map();

/**
 * A type of users with custom attributes.
 * @param own what users may do with their own attributes, by canonical path
 */
export function typeWith(
  name: string,
  custom: readonly AttributeDefinition[],
  own: ReadonlyMap<string, EndUserMutability> = NO_RULES,
): ResourceType {
  const key = createHash('sha256')
    .update(JSON.stringify([name, custom, [...own]]))
    .digest('base64');
  let type = types.get(key);
  if (type === undefined) {
    const extensions = custom.length === 0 ? {} : { [CUSTOM_USER_URN]: custom };
    const plain = resourceType(name);
    const added = new Set(custom.map((each) => `${CUSTOM_USER_URN}:${each.name}`));
    const ruled = [...own].filter(([path]) => plain.resolve(path) !== undefined || added.has(path));
    const attributes = Object.fromEntries(
      ruled.map(([path, rule]) => [path, { mutability: rule === 'hidden' ? ('readOnly' as const) : rule }]),
    );
    const hidden = ruled.filter(([, rule]) => rule === 'hidden').map(([path]) => path);
    type = typeWithDifferences(name, { extensions, attributes, hidden });
    types.set(key, type);
  }
  return type;
}

/** The attributes of the custom schema's data, in the names of the attribute rules. */
export function definitionsOf(schema: JsonObject): AttributeDefinition[] {
  const list = schema['attributes'];
  return (Array.isArray(list) ? list : []).filter(isObject).map(definitionOf);
}

const RULES = [
  'multiValued',
  'mutability',
  'returned',
  'canonicalValues',
  'idcsSearchable',
  'idcsDisplayName',
] as const;

function definitionOf(attribute: JsonObject): AttributeDefinition {
  const facts: { [fact: string]: JsonValue } = {};
  for (const name of RULES) if (attribute[name] !== undefined) facts[name] = attribute[name]!;
  if (attribute['idcsMinLength'] !== undefined) facts['minLength'] = attribute['idcsMinLength'];
  if (attribute['idcsMaxLength'] !== undefined) facts['maxLength'] = attribute['idcsMaxLength'];
  const mappings = attribute['idcsCsvAttributeNameMappings'];
  if (mappings !== undefined) facts['idcsCsvAttributeNameMappings'] = mappings;
  return { ...facts, name: String(attribute['name']), type: 'string', caseExact: true };
}
