import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { decideAppAuthorization } from '../policies/app-authorization.ts';
import { decide } from '../policies/decide.ts';
import type { Decision } from '../policies/evaluate-policy.ts';
import type { StoredResource } from '../store/store.ts';
import { ControlError } from './errors.ts';
import { accept } from './input.ts';
import type { ControlContext, ControlServices } from './services.ts';

const key = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character');
const form = z
  .strictObject({
    policy: key.optional(),
    user: key,
    ip: z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address').optional(),
    app: key.optional(),
    url: z.string().min(1).max(4000).optional(),
    authenticatedBy: z.array(key).min(1).max(100).optional(),
  })
  .refine(({ policy, app }) => policy !== undefined || app !== undefined, {
    path: ['policy'],
    message: 'give a policy, or the app whose access is asked for',
  });

/** `/_emulator/policies/evaluate`: what a policy says about a user, and why. It changes nothing. */
export function registerPolicyRoutes(app: FastifyInstance, services: ControlServices): void {
  app.post('/policies/evaluate', async (request) => {
    const asked = accept(form, request.body);
    const context = services.contextOf(request);
    const { policy } = asked;
    if (policy !== undefined) await required(services, context, 'Policy', policy);
    const user = await required(services, context, 'User', asked.user);
    const target = asked.app === undefined ? null : await required(services, context, 'App', asked.app);
    const about = {
      user,
      ip: asked.ip ?? null,
      url: asked.url ?? null,
      ...(asked.authenticatedBy === undefined ? {} : { authenticatedBy: asked.authenticatedBy }),
    };
    const by = { store: services.store, domain: context.domain, clock: context.clock };
    if (policy !== undefined) return shown(await decide(by, { ...about, policy, app: target }));
    const { decision, asked: policies } = await decideAppAuthorization(by, { ...about, app: target! });
    return { ...shown(decision), policies: policies.map(shown) };
  });
}

function shown({ effect, policy, rule, obligations, note, trace }: Decision) {
  return {
    effect,
    policy,
    ...(rule === null ? {} : { rule }),
    obligations,
    ...(note === undefined ? {} : { note }),
    trace,
  };
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
