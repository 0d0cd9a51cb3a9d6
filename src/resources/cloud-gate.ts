import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { Behaviour } from './behaviour.ts';
import { keepGatewayClient } from './gateway-client.ts';
import { removeParts } from './owned-parts.ts';
import { partsView, picked, referenceOf } from './part-views.ts';
import type { RequestContext } from './request-context.ts';

/*
 * Cloud Gates: reverse proxies in front of web applications. A gate has servers, and mappings of paths to applications behind
 * them. The configuration is kept; no gate runs here.
 */

/** Mappings that a gate has at most: it reads them all at once. The number is ours. */
const MOST_MAPPINGS = 10_000;

/** CloudGate */
export const cloudGateBehaviour: Behaviour = {
  type: 'CloudGate',
  async prepareCreate(_context, { data }) {
    data['isOPCService'] = false;
  },
  beforeDelete: (context, session, resource, force) =>
    removeParts(context, session, resource, force, [
      { type: 'CloudGateMapping', path: 'cloudGate.value' },
      { type: 'CloudGateServer', path: 'cloudGate.value' },
    ]),
  afterWrite: keepGatewayClient({ template: 'CloudGateAppTemplateId', role: 'Cloud Gate' }),
  computed: {
    servers: partsView('CloudGateServer', 'cloudGate', ({ id, data }) => ({
      serverId: id,
      ...picked(data, ['hostName', 'port', 'ssl', 'nginxSettings']),
    })),
    mappings: partsView('CloudGateMapping', 'cloudGate', mappingElement),
  },
};

/** IDCS: schema reference of CloudGate.mappings. */
function mappingElement({ id, data }: StoredResource) {
  const group = referenceOf(data, 'upstreamServerGroup');
  const app = data['gatewayApp'] as { name: string; value: string };
  return {
    mappingId: id,
    value: id,
    ...picked(data, ['resourcePrefix', 'proxyPass', 'nginxSettings', 'policyName']),
    serverId: referenceOf(data, 'server'),
    appId: app.value,
    name: app.name,
    ...(group === '' ? {} : { upstreamServerGroupId: group }),
  };
}

/** CloudGateServer */
export const cloudGateServerBehaviour: Behaviour = {
  type: 'CloudGateServer',
  async prepareCreate(_context, { data }) {
    data['isOPCService'] = false;
  },
  async prepareUpdate(context, before, { data }) {
    if (referenceOf(data, 'cloudGate') === referenceOf(before.data, 'cloudGate')) return;
    const filter = equals('CloudGateMapping', 'server.value', before.id);
    const query = {
      type: resourceType('CloudGateMapping'),
      filter,
      sortBy: null,
      descending: false,
      offset: 0,
      limit: 0,
    };
    if ((await context.store.resources.search(context.domain.id, query)).total === 0) return;
    throw badRequest('CloudGateServer.cloudGate can not be changed while a CloudGateMapping names the server.');
  },
  beforeDelete: (context, session, resource, force) =>
    removeParts(context, session, resource, force, [{ type: 'CloudGateMapping', path: 'server.value' }]),
};

/** CloudGateMapping */
export const cloudGateMappingBehaviour: Behaviour = {
  type: 'CloudGateMapping',
  async prepareCreate(_context, { data }) {
    data['isOPCService'] = false;
  },
  async afterWrite(context, session, { kind, resource }) {
    if (kind !== 'delete') await checkMapping(context, session, resource);
  },
};

/** Under the gate's lock, so that of two equal mappings at once one is refused. */
async function checkMapping(context: RequestContext, session: StoreSession, written: StoredResource): Promise<void> {
  const { id: domainId } = context.domain;
  const gate = referenceOf(written.data, 'cloudGate');
  await session.resources.readWithSecret(domainId, 'CloudGate', gate, { lock: true });
  const serverId = referenceOf(written.data, 'server');
  const server = await session.resources.read(domainId, 'CloudGateServer', serverId);
  if (server === null || referenceOf(server.data, 'cloudGate') !== gate) {
    throw badRequest(
      `CloudGateMapping.server: CloudGateServer ${serverId} does not belong to CloudGate ${gate}.`,
      'error.common.validation.invalidReferenceResource',
    );
  }
  const type = resourceType('CloudGateMapping');
  const filter = equals(type.name, 'server.value', serverId);
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: MOST_MAPPINGS };
  const { resources } = await session.resources.search(domainId, query);
  const { resourcePrefix } = written.data;
  // IDCS: server and prefix are the composite key of CloudGate.mappings (schema reference).
  if (resources.some(({ id, data }) => id !== written.id && data['resourcePrefix'] === resourcePrefix)) {
    throw new ScimError(409, `A CloudGateMapping with resourcePrefix '${String(resourcePrefix)}' already exists.`, {
      messageId: 'error.common.validation.duplicateValue',
    });
  }
}
