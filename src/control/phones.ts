import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { DEVICE, devicesOf, nameOfDevice } from '../factors/device.ts';
import { readRequest } from '../factors/factor-request.ts';
import { answerPush, scanQrCode, shownPasscodes } from '../factors/simulated-phone.ts';
import { equals } from '../resources/app-parts.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { ownerOf } from '../resources/user-credential.ts';
import { resourceType } from '../schemas/registry.ts';
import type { StoredResource } from '../store/store.ts';
import { ControlError } from './errors.ts';
import { accept } from './input.ts';
import type { ControlContext, ControlServices } from './services.ts';

/** Pushes and enrollments that are shown at most. */
const MOST = 100;

const text = z
  .string()
  .min(1)
  .max(1000)
  .refine((value) => !value.includes('\0'), 'must not contain a NUL character');
const answerForm = z.strictObject({
  action: z.enum(['approve', 'deny', 'scan'], 'approve, deny or scan'),
  displayName: text.optional(),
  platform: z.enum(['IOS', 'ANDROID', 'WINDOWS'], 'IOS, ANDROID or WINDOWS').optional(),
});
const userForm = z
  .strictObject({ userName: text.optional(), userId: text.optional() })
  .refine((query) => (query.userName === undefined) !== (query.userId === undefined), 'give either userName or userId');
const listForm = z.strictObject({ userName: text.optional() });

/** `/_emulator/push` and `/_emulator/totp`: the phones of users, which there are none of. */
export function registerPhoneRoutes(app: FastifyInstance, services: ControlServices): void {
  const { contextOf } = services;

  app.get('/push', async (request) => {
    const { userName } = accept(listForm, request.query);
    const context = contextOf(request);
    const [pushes, enrollments] = await Promise.all([
      waitingPushes(services, context),
      waitingEnrollments(services, context),
    ]);
    const isMeant = (one: { readonly userName: unknown }) => userName === undefined || one.userName === userName;
    return { pushes: pushes.filter(isMeant), enrollments: enrollments.filter(isMeant) };
  });

  app.post<{ Params: { requestId: string } }>('/push/:requestId', async (request) => {
    const { action, ...facts } = accept(answerForm, request.body);
    const { requestId } = request.params;
    const context = phoneContext(services, contextOf(request));
    if (action === 'scan') {
      const deviceId = requestId.includes('\0') ? null : await scanQrCode(context, requestId, facts);
      if (deviceId === null) throw nothingWaits('enrollment', requestId);
      return { requestId, deviceId, status: 'enrolled' };
    }
    const known = !requestId.includes('\0') && (await answerPush(context, requestId, action));
    if (!known) throw nothingWaits('push', requestId);
    return { requestId, status: action === 'approve' ? 'approved' : 'denied' };
  });

  app.get('/totp', async (request: FastifyRequest, reply) => {
    const { userName, userId } = accept(userForm, request.query);
    const { store } = services;
    const context = contextOf(request);
    const { domain } = context;
    const user =
      userId === undefined
        ? await store.resources.readByName(domain.id, 'User', userName!)
        : await store.resources.read(domain.id, 'User', userId);
    if (user === null) {
      throw new ControlError(404, 'not_found', `the domain has no user ${userId ?? userName}`);
    }
    const devices = await devicesOf(store, domain.id, user.id);
    const codes = await shownPasscodes(phoneContext(services, context), devices);
    reply.header('cache-control', 'no-store');
    return {
      codes: codes.map(({ validUntil, ...code }) => ({ ...code, validUntil: new Date(validUntil).toISOString() })),
    };
  });
}

function nothingWaits(what: string, requestId: string): ControlError {
  return new ControlError(404, 'not_found', `no ${what} waits under the requestId ${requestId.slice(0, 100)}`);
}

/** What a phone does is done by the service: rows that it changes name the built-in application. */
function phoneContext(services: ControlServices, context: ControlContext): RequestContext {
  const { store, oauth } = services;
  const caller = {
    type: 'App',
    id: 'idcssso',
    ocid: null,
    display: 'idcssso',
    roles: new Set<string>(),
    clientId: null,
  } as const;
  const { ids, passwords, secrets } = oauth;
  return { ...context, store, ids, passwords, secrets, caller };
}

async function waitingPushes({ inbox, store }: ControlServices, { domain, clock }: ControlContext) {
  const page = await inbox.list(domain, { channel: 'push', limit: MOST });
  const waiting = [];
  for (const { to, created, data } of page.messages) {
    const requestId = String(data['requestId']);
    const request = await readRequest({ domain, clock, store }, requestId);
    if (request?.approval !== 'pending') continue;
    waiting.push({
      requestId,
      deviceId: to,
      userName: data['userName'] ?? null,
      created: new Date(created).toISOString(),
    });
  }
  return waiting;
}

async function waitingEnrollments({ store }: ControlServices, { domain, clock }: ControlContext) {
  const type = resourceType(DEVICE);
  const filter = equals(DEVICE, 'status', 'INITIATED');
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: MOST };
  const { resources } = await store.resources.search(domain.id, query);
  const secrets = await store.resources.readSecrets(
    domain.id,
    DEVICE,
    resources.map(({ id }) => id),
  );
  const waiting = [];
  for (const device of resources) {
    const requestId = secrets.get(device.id)?.['requestId'];
    if (typeof requestId !== 'string') continue;
    const request = await readRequest({ domain, clock, store }, requestId);
    if (request?.approval !== 'pending') continue;
    waiting.push({
      requestId,
      deviceId: device.id,
      displayName: nameOfDevice(device),
      userName: await userNameOf(store, domain.id, device),
    });
  }
  return waiting;
}

async function userNameOf(
  { resources }: ControlServices['store'],
  domainId: number,
  { data }: StoredResource,
): Promise<unknown> {
  return (await resources.read(domainId, 'User', ownerOf(data)))?.data['userName'] ?? null;
}
