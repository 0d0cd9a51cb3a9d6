import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import { parseFilter } from '../scim/filter.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import { CUSTOM_USER_URN, typeInDomain } from './discovery/custom-attributes.ts';
import type { RequestContext } from './request-context.ts';
import { USER_URN } from './user-urns.ts';

/*
 * The rule of a dynamic group. IDCS: the schema reference has the two attributes and no grammar, and no page prints a rule. That it
 * is a filter over the attributes of users is inferred: it is the one language of this API that chooses users.
 */

export const DYNAMIC_GROUP_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:dynamic:Group';
const RULE = `${DYNAMIC_GROUP_URN}:membershipRule`;

/**
 * Extensions whose attributes a rule may name. What sign-ins, factors and consents write is left out: it is written apart from the
 * rest of the user, a thousand times as often.
 */
const NAMED: ReadonlySet<string | null> = new Set([
  null,
  USER_URN,
  CUSTOM_USER_URN,
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  'urn:ietf:params:scim:schemas:oracle:idcs:extension:posix:User',
  'urn:ietf:params:scim:schemas:oracle:idcs:extension:OCITags',
]);

/** Whether a rule decides who the members of a group are. @param data a Group's */
export function isDynamic(data: JsonObject): boolean {
  const dynamic = data[DYNAMIC_GROUP_URN];
  return isObject(dynamic) && dynamic['membershipType'] === 'dynamic';
}

/** The rule of a group; null: none decides. */
export function ruleOf(data: JsonObject): string | null {
  const dynamic = data[DYNAMIC_GROUP_URN];
  if (!isObject(dynamic) || dynamic['membershipType'] !== 'dynamic') return null;
  return typeof dynamic['membershipRule'] === 'string' ? dynamic['membershipRule'] : null;
}

/** Users as rules see them: with the domain's custom attributes. */
export function ruledType(context: Pick<RequestContext, 'store' | 'domain'>): Promise<ResourceType> {
  return typeInDomain(context, resourceType('User'));
}

/**
 * Parses a rule.
 * @param type users, see `ruledType`
 * @throws ScimError 400 naming the rule's attribute and what is wrong with it
 */
export function parseMembershipRule(text: string, type: ResourceType): Filter {
  return naming(() => {
    if (text.trim() === '') throw badRequest('it is empty.');
    const filter = parseFilter(text, type);
    checkAttributes(filter, type);
    return filter;
  });
}

/** Runs what may find a rule wrong: a 400 is the rule's. @throws ScimError */
export function naming<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ofRule(error);
  }
}

/** A 400 as one of the rule's attribute; anything else as it is. */
export function ofRule(error: unknown): unknown {
  if (!(error instanceof ScimError) || error.status !== 400) return error;
  return badRequest(`Invalid value for attribute ${RULE}: ${error.message}`);
}

function checkAttributes(filter: Filter, type: ResourceType): void {
  switch (filter.op) {
    case 'and':
    case 'or':
      for (const part of filter.filters) checkAttributes(part, type);
      return;
    case 'not':
      checkAttributes(filter.filter, type);
      return;
    case 'valuePath':
      checkAttribute(filter.attribute, type);
      checkAttributes(filter.filter, type);
      return;
    default:
      checkAttribute(filter.attribute, type);
  }
}

function checkAttribute(attribute: Attribute, type: ResourceType): void {
  let top = attribute;
  while (top.parent !== null) top = top.parent;
  if (top.path === 'id' || top.path === 'ocid') return;
  const kept = top.storage === 'data' && top.mutability !== 'readOnly';
  if (kept && NAMED.has(top.extension) && type.overlay.filterEdges?.[top.path] === undefined) return;
  throw badRequest(`a rule can't be about ${attribute.path}, only about what is set of a user.`);
}
