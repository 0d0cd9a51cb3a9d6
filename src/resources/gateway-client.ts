import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { ResourceWrite, StoredResource, StoreSession } from '../store/store.ts';
import { equals, removeAppParts } from './app-parts.ts';
import type { Behaviour, Pipeline } from './behaviour.ts';
import { grantToClient } from './client-app-role.ts';
import { releaseDataReferences } from './data-references.ts';
import { referenceOf } from './part-views.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';

/*
 * A Cloud Gate or RADIUS proxy runs elsewhere and talks to the domain as an OAuth client. The service makes that client with the
 * gateway, shows it as `oauthClient`, and takes it away again.
 * IDCS: flows.md G9 prints the client of a RADIUS proxy: an App with a secret, based on RadiusProxyAppTemplateId. That its name and
 * state follow the gateway's is inferred, and so is the template of a Cloud Gate's.
 */

/** What a gateway's client is like. */
export interface GatewayClient {
  /** AppTemplate that the App is based on. */
  readonly template: string;
  /** AppRole of the domain that it is given. */
  readonly role: string | null;
}

/** The hook of a gateway type that makes, changes and removes its client, in the gateway's own transaction. */
export function keepGatewayClient(client: GatewayClient): NonNullable<Behaviour['afterWrite']> {
  return async (context, session, { kind, resource, pipeline }) => {
    if (kind === 'create') await make(context, session, resource, client, pipeline);
    else if (kind === 'update') await follow(context, session, resource);
    else await remove(context, session, resource);
  };
}

async function make(
  context: RequestContext,
  session: StoreSession,
  gateway: StoredResource,
  { template, role }: GatewayClient,
  pipeline: Pipeline,
): Promise<void> {
  const app = await pipeline.create('App', {
    displayName: String(gateway.data['displayName']),
    basedOnTemplate: { value: template },
    isOAuthClient: true,
    clientType: 'confidential',
    allowedGrants: ['client_credentials'],
    active: gateway.data['active'] === true,
  });
  if (role !== null) await grantToClient(context, session, String(app['id']), role, pipeline);
  gateway.data['oauthClient'] = { value: app['id']!, clientId: app['name']! };
  await session.resources.update(context.domain.id, rowOf(gateway), gateway.version);
}

async function follow(context: RequestContext, session: StoreSession, gateway: StoredResource): Promise<void> {
  const { domain, clock, ids } = context;
  const key = referenceOf(gateway.data, 'oauthClient');
  const app = await session.resources.readWithSecret(domain.id, 'App', key, { lock: true });
  if (app === null) return;
  const active = gateway.data['active'] === true;
  const displayName = String(gateway.data['displayName']);
  if (app.data['active'] === active && app.data['displayName'] === displayName) return;
  const data: JsonObject = { ...app.data, active, displayName, idcsLastModifiedBy: authorOf(context) };
  const changed = { ...app, version: newId(ids), lastModified: clock.now(), data };
  await session.resources.update(domain.id, rowOf(changed), null);
  // Clients are kept by every process until the epoch moves.
  await session.domains.bumpEpoch(domain.id);
}

async function remove(context: RequestContext, session: StoreSession, gateway: StoredResource): Promise<void> {
  const { domain } = context;
  const app = await session.resources.read(domain.id, 'App', referenceOf(gateway.data, 'oauthClient'));
  if (app === null) return;
  await removeAppParts(context, session, app, true);
  await releaseDataReferences(context, session, app, true);
  await session.resources.delete(domain.id, 'App', app.id, null);
  await session.domains.bumpEpoch(domain.id);
}

/** @throws ScimError 400 when the App is the client of a gateway that is there: it goes with the gateway */
export async function refuseGatewayClient(
  context: RequestContext,
  session: StoreSession,
  app: StoredResource,
): Promise<void> {
  for (const type of ['CloudGate', 'RadiusProxy']) {
    const filter = equals(type, 'oauthClient.value', app.id);
    const query = { type: resourceType(type), filter, sortBy: null, descending: false, offset: 0, limit: 1 };
    const [gateway] = (await session.resources.search(context.domain.id, query)).resources;
    if (gateway === undefined) continue;
    throw badRequest(
      `unable to delete App '${String(app.data['displayName'])}' since it is the OAuth client of ${type} ${gateway.id}. Delete that.`,
      'error.common.validation.referencedResource',
    );
  }
}

function rowOf({ id, ocid, version, lastModified, data, type }: StoredResource & { data: JsonObject }): ResourceWrite {
  return { type: resourceType(type), id, ocid, version, lastModified, data };
}
