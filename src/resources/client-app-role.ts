import { holdsRight } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { Draft, Pipeline } from './behaviour.ts';
import { BUILT_IN_APP_ID } from './built-in-app.ts';
import { danglingReference } from './pipeline/dangling-reference.ts';
import type { RequestContext } from './request-context.ts';

/*
 * AppRoles of the domain that a client is born with: those of a gateway's client, and those that a create names in `idcsAppRoles`.
 */

const ATTRIBUTE = 'idcsAppRoles';

/**
 * Grants a new client an AppRole of the domain, in the transaction that makes it.
 * @param displayName `Cloud Gate`
 * @returns false when there is no such AppRole
 */
export async function grantToClient(
  context: RequestContext,
  session: StoreSession,
  appId: string,
  displayName: string,
  pipeline: Pipeline,
): Promise<boolean> {
  const filters = [equals('AppRole', 'app.value', BUILT_IN_APP_ID), equals('AppRole', 'displayName', displayName)];
  const type = resourceType('AppRole');
  const query = { type, filter: { op: 'and' as const, filters }, sortBy: null, descending: false, offset: 0, limit: 1 };
  const [role] = (await session.resources.search(context.domain.id, query)).resources;
  if (role === undefined) return false;
  await pipeline.create('Grant', {
    grantee: { type: 'App', value: appId },
    app: { value: BUILT_IN_APP_ID },
    entitlement: { attributeName: 'appRoles', attributeValue: role.id },
    grantMechanism: 'ADMINISTRATOR_TO_APP',
  });
  return true;
}

/**
 * Grants what a create of an App names in `idcsAppRoles`.
 * IDCS: main-0005 posts `["Cloud Gate"]`, and the attribute stands in no schema; that it means a Grant each is inferred. So it needs
 * what a Grant needs.
 * @throws ScimError 400 for no client or no AppRole, 401 for who may not grant it
 */
export async function grantNamedRoles(
  context: RequestContext,
  session: StoreSession,
  draft: Draft,
  pipeline: Pipeline,
): Promise<void> {
  const names = namedRoles(draft);
  if (names.length === 0) return;
  if (draft.data['isOAuthClient'] !== true) throw badRequest(`App.${ATTRIBUTE} is for OAuth clients.`);
  if (!holdsRight(context.caller.roles, 'Grants', 'create')) {
    throw new ScimError(
      401,
      `Operation failed due to unauthorized access. App.${ATTRIBUTE} needs the right to grant.`,
      {
        messageId: 'error.common.exception.unauthorizedAccess',
      },
    );
  }
  for (const name of new Set(names)) {
    if (await grantToClient(context, session, draft.id, name, pipeline)) continue;
    throw danglingReference(resourceType('App'), ATTRIBUTE, 'AppRole', name);
  }
}

/** @throws ScimError 400 when a change of an App names AppRoles: afterwards they are granted one by one */
export function refuseNamedRoles(draft: Draft): void {
  if (namedRoles(draft).length === 0) return;
  throw badRequest(`App.${ATTRIBUTE} can only be set when the App is created. Use /Grants.`);
}

function namedRoles({ transient }: Draft): string[] {
  const value = transient.get(ATTRIBUTE);
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}
