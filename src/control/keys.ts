import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { DomainGone } from '../domains/move-clock.ts';
import { type KeyFacts, SigningKeyKept } from '../oauth/keys/key-rotation.ts';
import { ControlError } from './errors.ts';
import { accept } from './input.ts';
import type { ControlServices } from './services.ts';

const noForm = z.strictObject({});

type Named = { Params: { kid: string } };

/** `/_emulator/keys`: the signing keys of the domain that the request is for. */
export function registerKeyRoutes(app: FastifyInstance, services: ControlServices): void {
  const { keyRotation, contextOf } = services;

  app.get('/keys', async (request) => ({
    keys: (await keyRotation.list(contextOf(request).domain)).map(shown),
  }));

  app.post('/keys', async (request, reply) => {
    accept(noForm, request.body);
    const key = await known(keyRotation.rotate(contextOf(request).domain));
    return reply.code(201).send(shown(key));
  });

  app.delete<Named>('/keys/:kid', async (request, reply) => {
    const { kid } = request.params;
    const retired = await known(keyRotation.retire(contextOf(request).domain, kid));
    if (!retired) throw new ControlError(404, 'not_found', `the domain has no key named ${kid}`);
    return reply.code(204).send();
  });
}

function shown({ kid, created, signing }: KeyFacts): object {
  return { kid, created: new Date(created).toISOString(), signing };
}

async function known<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SigningKeyKept || error instanceof DomainGone) {
      throw new ControlError(409, 'conflict', error.message);
    }
    throw error;
  }
}
