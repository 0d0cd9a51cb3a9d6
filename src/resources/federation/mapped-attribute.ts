import { newId, newOcid } from '../../ids.ts';
import { resourceType } from '../../schemas/registry.ts';
import { badRequest, ScimError } from '../../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { parsePath } from '../../scim/path.ts';
import type { StoreSession } from '../../store/store.ts';
import type { Behaviour } from '../behaviour.ts';
import { authorOf } from '../pipeline/author.ts';
import type { RequestContext } from '../request-context.ts';

/*
 * MappedAttribute: how attributes of a user and of an assertion become each other. Each belongs to one IdentityProvider or one SAML
 * App, is made and deleted with it, and is only changed by itself (flows.md F4, schemas.md).
 */

/** What may stand for a value: `$(assertion.mail)`, `#toBoolean("false")`, or any other text, which stands for itself. */
const ASSERTION = /^\$\(assertion\.[^\s()]+\)$/;
const FUNCTION = /^#[A-Za-z]\w*\(.*\)$/s;

/** MappedAttribute. */
export const mappedAttributeBehaviour: Behaviour = {
  type: 'MappedAttribute',

  async prepareUpdate(_context, before, { data }) {
    if (before.data['refResourceType'] === 'IdentityProvider') checkInbound(data['attributeMappings']);
  },
};

/** The owner of a mapping. */
export interface MappingOwner {
  readonly type: 'IdentityProvider' | 'App';
  readonly id: string;
}

/** Makes the mapping of a new partner, in the transaction that writes the partner. @param id its id, which the partner names */
export async function addMapping(
  context: RequestContext,
  session: StoreSession,
  id: string,
  owner: MappingOwner,
): Promise<void> {
  const type = resourceType('MappedAttribute');
  const now = context.clock.now();
  const author = authorOf(context);
  await session.resources.insert(
    context.domain.id,
    {
      type,
      id,
      ocid: newOcid(context.ids, String(type.overlay.ocidKind)),
      version: newId(context.ids),
      lastModified: now,
      data: {
        idcsResourceType: 'User',
        refResourceType: owner.type,
        refResourceID: owner.id,
        // IDCS: assertions come in from identity providers and go out to applications.
        direction: owner.type === 'App' ? 'outbound' : 'inbound',
        idcsCreatedBy: author,
        idcsLastModifiedBy: { ...author },
      },
    },
    now,
  );
}

/** Deletes a partner's mapping with it. @param reference the partner's attribute that names the mapping */
export async function removeMapping(
  context: RequestContext,
  session: StoreSession,
  reference: JsonValue | undefined,
): Promise<void> {
  const id = isObject(reference ?? null) ? (reference as JsonObject)['value'] : undefined;
  if (typeof id === 'string') await session.resources.delete(context.domain.id, 'MappedAttribute', id, null);
}

function checkInbound(mappings: JsonValue | undefined): void {
  for (const mapping of Array.isArray(mappings) ? mappings : []) {
    if (!isObject(mapping)) continue;
    checkTarget(String(mapping['idcsAttributeName']));
    checkExpression(String(mapping['managedObjectAttributeName']));
  }
}

/** IDCS: flows.md F4: an attribute of User that is neither sensitive nor readOnly. */
function checkTarget(path: string): void {
  const { attribute, sub } = pathOf(path);
  const target = sub ?? attribute;
  if (target === null) throw refused(path, 'must name an attribute of User');
  const isSensitive = [target, target.parent].some((each) => {
    const kind = each?.definition.idcsSensitive;
    return kind === 'hash' || kind === 'encrypt' || kind === 'hash_sc';
  });
  if (isSensitive || target.definition['idcsInternal'] === true) {
    throw refused(path, 'names a sensitive attribute, which an assertion cannot set');
  }
  if ([target, target.parent].some((each) => each?.mutability === 'readOnly')) {
    throw refused(path, 'names a readOnly attribute, which an assertion cannot set');
  }
}

function pathOf(path: string) {
  try {
    return parsePath(path, resourceType('User'));
  } catch (error) {
    if (error instanceof ScimError) throw refused(path, `is no path of User: ${error.message}`);
    throw error;
  }
}

function checkExpression(expression: string): void {
  if (expression.startsWith('$(') && !ASSERTION.test(expression)) {
    throw badRequest(
      `MappedAttribute.attributeMappings.managedObjectAttributeName must be like $(assertion.mail), a literal, or a function like #concat("a", $(assertion.b)): ${expression}.`,
    );
  }
  if (expression.startsWith('#') && !FUNCTION.test(expression)) {
    throw badRequest(
      `MappedAttribute.attributeMappings.managedObjectAttributeName has a function that does not end: ${expression}.`,
    );
  }
}

function refused(path: string, why: string): ScimError {
  return badRequest(`MappedAttribute.attributeMappings.idcsAttributeName '${path}' ${why}`);
}
