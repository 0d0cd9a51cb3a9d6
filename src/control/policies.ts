import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { decide } from '../policies/decide.ts';
import type { StoredResource } from '../store/store.ts';
import { ControlError } from './errors.ts';
import { accept } from './input.ts';
import type { ControlContext, ControlServices } from './services.ts';

const key = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character');
const form = z.strictObject({
  policy: key,
  user: key,
  ip: z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address').optional(),
  app: key.optional(),
  authenticatedBy: z.array(key).min(1).max(100).optional(),
});

/** `/_emulator/policies/evaluate`: what a policy says about a user, and why. It changes nothing. */
export function registerPolicyRoutes(app: FastifyInstance, services: ControlServices): void {
  app.post('/policies/evaluate', async (request) => {
    const asked = accept(form, request.body);
    const context = services.contextOf(request);
    await required(services, context, 'Policy', asked.policy);
    const user = await required(services, context, 'User', asked.user);
    const target = asked.app === undefined ? null : await required(services, context, 'App', asked.app);
    const decision = await decide(
      { store: services.store, domain: context.domain, clock: context.clock },
      {
        policy: asked.policy,
        user,
        app: target,
        ip: asked.ip ?? null,
        ...(asked.authenticatedBy === undefined ? {} : { authenticatedBy: asked.authenticatedBy }),
      },
    );
    const { effect, policy, rule, obligations, note, trace } = decision;
    const reason = note === undefined ? {} : { note };
    return { effect, policy, ...(rule === null ? {} : { rule }), obligations, ...reason, trace };
  });
}

async function required(
  { store }: ControlServices,
  { domain }: ControlContext,
  type: 'Policy' | 'User' | 'App',
  id: string,
): Promise<StoredResource> {
  const row = await store.resources.read(domain.id, type, id);
  if (row !== null) return row;
  throw new ControlError(404, 'not_found', `${type.toLowerCase()}: the domain has no ${type} ${id}`);
}
