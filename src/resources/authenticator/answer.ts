import { resourceType } from '../../schemas/registry.ts';
import { compileProjection } from '../../scim/compile-projection.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { ProjectionRequest } from '../../scim/projection.ts';
import type { ActionResult, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { subjectMemberships } from './memberships.ts';
import { appFacts, MFA_ATTRIBUTES, personFacts } from './person.ts';
import type { AuthenticatorSubject } from './subject.ts';

/**
 * What an authenticator answers about a subject that it accepts: the type's attributes as `attributes` and `attributeSets` ask, and what
 * the body wants included.
 *
 * IDCS: authenticator page: an App shows no id unless it is asked for; `type` of a membership stands there for Apps only.
 */
export async function authenticatorAnswer(
  context: RequestContext,
  typeName: 'PasswordAuthenticator' | 'Asserter' | 'HTTPAuthenticator',
  subject: AuthenticatorSubject,
  draft: Draft,
  params: ProjectionRequest,
): Promise<ActionResult> {
  const type = resourceType(typeName);
  const projection = compileProjection(type, params);
  const wants = (name: string) => projection.wants(type.core(name)!);
  const includes = (name: string) => draft.transient.get(name) === true;
  const isUser = subject.type === 'User';
  const facts: JsonObject = {
    ...(isUser ? personFacts(context.domain, subject) : appFacts(context.domain, subject)),
    ...(typeName === 'HTTPAuthenticator' ? loginFacts(subject) : mappingFacts(subject, draft)),
  };
  if (!isUser && projection.isDefault) delete facts['id'];
  const memberships = includes('includeMemberships');
  if (memberships || wants('groups') || wants('appRoles')) {
    const { groups, appRoles } = await subjectMemberships(context, subject, draft);
    Object.assign(facts, { groups: [...groups], appRoles: [...appRoles] });
  }
  const body = projection.apply(facts);
  if (memberships) {
    for (const name of ['groups', 'appRoles']) {
      if (!wants(name)) body[name] = (facts[name] as JsonObject[]).map((one) => (isUser ? untyped(one) : one));
    }
  }
  const asked = [
    ...(includes('includeMfaAttributes') ? MFA_ATTRIBUTES : []),
    ...(includes('includeSffAuthKeys') ? ['sffAuthKeys'] : []),
  ];
  for (const name of asked) if (facts[name] !== undefined) body[name] = facts[name];
  return { status: 201, locationKey: null, data: body, bare: true };
}

function mappingFacts({ mappingAttribute }: AuthenticatorSubject, { data }: Draft): JsonObject {
  return {
    mappingAttributeValue: data['mappingAttributeValue']!,
    mappingAttribute: data['mappingAttribute'] ?? mappingAttribute,
  };
}

/** Who it is in HTTPAuthenticator's words; that an App is told by its id and its client id is inferred. */
function loginFacts({ row, mappingAttribute }: AuthenticatorSubject): JsonObject {
  const { data } = row;
  return {
    userId: row.id,
    userLoginId: data[mappingAttribute]!,
    mappingAttr: mappingAttribute,
    ...(data['displayName'] === undefined ? {} : { userDisplayName: data['displayName'] }),
  };
}

function untyped({ type: _type, ...rest }: JsonObject): JsonObject {
  return rest;
}
