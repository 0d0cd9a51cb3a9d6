import { takeEvent } from '../audit/function-event.ts';
import { newId, newUuid } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, notFound } from '../scim/errors.ts';
import type { StoredResource } from '../store/store.ts';
import { hasSecret, isClient, sealClientSecret } from './app-client.ts';
import type { Behaviour } from './behaviour.ts';
import { authorOf } from './pipeline/author.ts';
import { nameOf, refusePrevented } from './pipeline/write-errors.ts';
import type { RequestContext } from './request-context.ts';
import { refuseStrongerApp } from './stronger-principals.ts';

/**
 * AppClientSecretRegenerator: gives a client another secret, shown in the answer. The old one is dead at once. Rulings: both
 * GET /{id}, as the collection has it (main-0015), and POST {appId}, as programs do.
 */
export const appClientSecretRegeneratorBehaviour: Behaviour = {
  type: 'AppClientSecretRegenerator',
  actions: {
    async create(context, { data }) {
      const { app, clientSecret } = await regenerate(context, String(data['appId']));
      return { status: 201, locationKey: null, data: { appId: app.id, clientSecret } };
    },
    async get(context, key) {
      const { app, clientSecret } = await regenerate(context, key);
      return { status: 200, locationKey: key, data: { id: app.id, appId: app.id, clientSecret } };
    },
  },
};

async function regenerate(
  context: RequestContext,
  key: string,
): Promise<{ app: StoredResource; clientSecret: string }> {
  const type = resourceType('App');
  const { domain, clock, ids } = context;
  return context.store.transaction(async (session) => {
    const app = await session.resources.readWithSecret(domain.id, 'App', key, { lock: true });
    if (app === null) throw notFound('App', key);
    await refuseStrongerApp(context, session, app.id);
    refusePrevented(type, app, 'update');
    if (!hasSecret(app.data)) {
      const why = isClient(app.data) ? 'is a public client' : 'is no OAuth client';
      throw badRequest(`${nameOf(type, app)} has no client secret: it ${why}.`);
    }
    const clientSecret = newUuid(ids);
    const secret = { ...app.secret, ...sealClientSecret(context.secrets, clientSecret) };
    const data = { ...app.data, idcsLastModifiedBy: authorOf(context) };
    const events = takeEvent(context, app);
    const kept = { data, secret, ...(events && { events }) };
    const row = { type, id: app.id, ocid: app.ocid, version: newId(ids), lastModified: clock.now(), ...kept };
    await session.resources.update(domain.id, row, null);
    // Clients are kept by every process until the epoch moves.
    await session.domains.bumpEpoch(domain.id);
    return { app, clientSecret };
  });
}
