import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { Behaviour } from './behaviour.ts';
import { keepGatewayClient } from './gateway-client.ts';
import { removeParts } from './owned-parts.ts';
import { partsView, referenceOf } from './part-views.ts';
import type { RequestContext } from './request-context.ts';

/*
 * RADIUS proxies: what signs users in to databases. A proxy has listeners, and mappings to the applications it serves
 * (flows.md G9). The configuration is kept; no proxy runs here.
 */

/** RadiusProxy */
export const radiusProxyBehaviour: Behaviour = {
  type: 'RadiusProxy',
  beforeDelete: (context, session, resource, force) =>
    removeParts(context, session, resource, force, [
      { type: 'RadiusProxyMapping', path: 'radiusProxy.value' },
      { type: 'RadiusProxyListener', path: 'radiusProxy.value' },
    ]),
  afterWrite: keepGatewayClient({ template: 'RadiusProxyAppTemplateId', role: null }),
  present(_context, { lastModified }, data) {
    data['lastModifiedTime'] = new Date(lastModified).toISOString();
    return data;
  },
  computed: {
    listeners: partsView('RadiusProxyListener', 'radiusProxy', ({ id }) => ({ value: id })),
    mappings: partsView('RadiusProxyMapping', 'radiusProxy', ({ id }) => ({ value: id })),
  },
};

/** RadiusProxyListener */
export const radiusProxyListenerBehaviour: Behaviour = {
  type: 'RadiusProxyListener',
  async prepareCreate(_context, { data }) {
    checkSettings(data);
  },
  async prepareUpdate(_context, _before, { data }) {
    checkSettings(data);
  },
};

/** IDCS: radiusProxySettings is a JSON document in a string (schema reference). */
function checkSettings({ radiusProxySettings }: JsonObject): void {
  if (typeof radiusProxySettings !== 'string') return;
  try {
    if (isObject(JSON.parse(radiusProxySettings))) return;
  } catch {
    // Refused below.
  }
  throw badRequest('RadiusProxyListener.radiusProxySettings must be a JSON object in a string.');
}

/** RadiusProxyMapping */
export const radiusProxyMappingBehaviour: Behaviour = {
  type: 'RadiusProxyMapping',
  async afterWrite(context, session, { kind, resource }) {
    if (kind === 'create') await refuseSecond(context, session, resource);
  },
};

/** An application is mapped to a proxy once (inferred). Under the proxy's lock, so that of two at once one is refused. */
async function refuseSecond(context: RequestContext, session: StoreSession, made: StoredResource): Promise<void> {
  const { id: domainId } = context.domain;
  const proxy = referenceOf(made.data, 'radiusProxy');
  const app = referenceOf(made.data, 'radiusApp');
  await session.resources.readWithSecret(domainId, 'RadiusProxy', proxy, { lock: true });
  const type = resourceType('RadiusProxyMapping');
  const filters = [equals(type.name, 'radiusProxy.value', proxy), equals(type.name, 'radiusApp.value', app)];
  const query = { type, filter: { op: 'and' as const, filters }, sortBy: null, descending: false, offset: 0, limit: 0 };
  if ((await session.resources.search(domainId, query)).total === 1) return;
  throw new ScimError(409, `A RadiusProxyMapping of RadiusProxy ${proxy} to App ${app} already exists.`, {
    messageId: 'error.common.validation.duplicateValue',
  });
}
