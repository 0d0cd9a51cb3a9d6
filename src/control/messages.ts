import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { messageOf } from '../inbox/message.ts';
import { ControlError } from './errors.ts';
import { accept, instant, queryNumber } from './input.ts';
import type { ControlServices } from './services.ts';

/** Seconds that a call may wait for a message at most. */
const LONGEST_WAIT_SECONDS = 60;

const channel = z.enum(['email', 'sms', 'push'], 'email, sms or push');
const listForm = z.strictObject({
  to: z.string().min(1).optional(),
  channel: channel.optional(),
  event: z.string().min(1).optional(),
  since: instant.optional(),
  wait: queryNumber(0, LONGEST_WAIT_SECONDS).optional(),
  limit: queryNumber(1, 1000).optional(),
  offset: queryNumber(0, 1_000_000).optional(),
});

/** `/_emulator/messages`: the inbox of the domain that the request is for. */
export function registerMessageRoutes(app: FastifyInstance, services: ControlServices): void {
  const { inbox } = services;
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());

  app.get('/messages', async (request, reply) => {
    const { to, channel: by, event, since, wait = 0, limit = 50, offset = 0 } = accept(listForm, request.query);
    const { domain } = services.contextOf(request);
    const query = {
      ...(to === undefined ? {} : { to }),
      ...(by === undefined ? {} : { channel: by }),
      ...(event === undefined ? {} : { event }),
      ...(since === undefined ? {} : { after: since }),
      limit,
      offset,
    };
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const page = await inbox.wait(domain, query, wait * 1000, AbortSignal.any([gone.signal, closing.signal]));
    return { total: page.total, messages: page.messages.map(messageOf) };
  });

  app.get<{ Params: { id: string } }>('/messages/:id', async (request) => {
    const { domain } = services.contextOf(request);
    const message = await inbox.read(domain, request.params.id);
    if (!message) throw noMessage(request.params.id);
    return messageOf(message);
  });

  app.delete('/messages', async (request) => {
    const { domain } = services.contextOf(request);
    return { deleted: await inbox.delete(domain, null) };
  });

  app.delete<{ Params: { id: string } }>('/messages/:id', async (request, reply) => {
    const { domain } = services.contextOf(request);
    if ((await inbox.delete(domain, request.params.id)) === 0) throw noMessage(request.params.id);
    return reply.code(204).send();
  });
}

function noMessage(id: string): ControlError {
  return new ControlError(404, 'not_found', `there is no message ${id}`);
}
