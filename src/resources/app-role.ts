import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { equals } from './app-parts.ts';
import type { Behaviour, ComputedAttribute } from './behaviour.ts';
import { BUILT_IN_APP_ID } from './built-in-app.ts';
import { danglingReference } from './pipeline/dangling-reference.ts';
import type { RequestContext } from './request-context.ts';

/** Inferred from the name: the display name in the caller's language. Only English ships. */
const localizedDisplayName: ComputedAttribute = {
  async load(_context, _session, resources) {
    return new Map(resources.map(({ id, data }) => [id, data['displayName'] ?? '']));
  },
};

/** AppRole: a role that an App defines, given to users, groups and clients by Grants. */
export const appRoleBehaviour: Behaviour = {
  type: 'AppRole',

  async prepareCreate(context, draft) {
    const app = await definingApp(context, draft.data);
    const { displayName } = draft.data;
    draft.data['app'] = app;
    // IDCS: displayName is unique inside its App (shapes.md §15); uniqueName is what the service's unique key is made of.
    draft.data['uniqueName'] = uniqueNameOf(String(app['value']), String(displayName));
    for (const flag of ['adminRole', 'public']) draft.data[flag] ??= false;
    draft.data['limitedToOneOrMoreGroups'] = false;
  },

  async beforeDelete(context, session, resource, force) {
    const name = String(resource.data['displayName']);
    const filter = equals('Grant', 'entitlement.attributeValue', resource.id);
    const query = { type: resourceType('Grant'), filter, sortBy: null, descending: false, offset: 0, limit: 500 };
    for (;;) {
      const { resources } = await session.resources.search(context.domain.id, query);
      if (resources.length > 0 && !force) {
        const named = resources.slice(0, 3).map(({ id }) => `Grant ${id}`);
        throw badRequest(
          `unable to delete AppRole '${name}' since it is currently referenced by ${named.join(',')}${resources.length > 3 ? '...' : ''}`,
          'error.common.validation.referencedResource',
        );
      }
      for (const { id } of resources) await session.resources.delete(context.domain.id, 'Grant', id, null);
      if (resources.length < query.limit) return;
    }
  },

  async afterWrite(context, session, { kind }) {
    // Clients are kept with their AppRoles by every process until the epoch moves.
    if (kind === 'delete') await session.domains.bumpEpoch(context.domain.id);
  },

  computed: { localizedDisplayName },
};

/** IDCS: `IDCSAppId_<display name>` (scim.md §5). */
export function uniqueNameOf(appId: string, displayName: string): string {
  return `${appId}_${displayName}`;
}

async function definingApp(context: RequestContext, data: JsonObject): Promise<JsonObject> {
  const { app } = data;
  const key = isObject(app) ? app['value'] : undefined;
  if (typeof key !== 'string') {
    throw badRequest('Missing required attribute(s): app.value.', 'error.common.validation.missingReqAttributes');
  }
  const found = await context.store.resources.read(context.domain.id, 'App', key);
  if (found === null) throw danglingReference(resourceType('AppRole'), 'app', 'App', key);
  // The built-in App's roles decide who is an administrator: they ship, nobody adds to them.
  if (found.id === BUILT_IN_APP_ID)
    throw badRequest('AppRole.app: AppRoles cannot be added to the built-in application.');
  const { displayName, name } = found.data;
  return {
    value: found.id,
    ...(displayName === undefined ? {} : { display: displayName }),
    ...(name === undefined ? {} : { name }),
  };
}
