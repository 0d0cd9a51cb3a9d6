import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { createDomain } from '../domains/birth.ts';
import type { Domain } from '../domains/domain.ts';
import { BadDomainName } from '../domains/domain-name.ts';
import { DefaultDomainKept, deleteDomain, NoSuchDomain, resetDomain } from '../domains/reset.ts';
import { UniqueViolation } from '../store/store.ts';
import { badControlRequest, ControlError } from './errors.ts';
import { accept } from './input.ts';
import { inlineSeeds, MAX_SEED_BYTES, orSeedRefused, seedsForm } from './seed.ts';
import type { ControlServices } from './services.ts';

const createForm = z.strictObject({
  name: z.string(),
  seed: seedsForm.optional(),
});
const noForm = z.strictObject({});

type Named = { Params: { name: string } };

/** `/_emulator/domains`: identity domains made and thrown away by tests. */
export function registerDomainRoutes(app: FastifyInstance, services: ControlServices): void {
  const { birth, store } = services;

  app.get('/domains', async (request) => {
    const domains = await store.domains.list();
    return {
      domains: domains.map((domain) => ({ ...shown(request, services, domain), created: iso(domain.created) })),
    };
  });

  app.post('/domains', { bodyLimit: MAX_SEED_BYTES }, async (request, reply) => {
    const { name, seed = [] } = accept(createForm, request.body);
    const domain = await known(createDomain(birth, { name, seeds: inlineSeeds(seed) }));
    return reply.code(201).send(shown(request, services, domain));
  });

  app.get<Named>('/domains/:name', async (request) => {
    const domain = await services.registry.resolve(request.params.name);
    if (!domain) throw new ControlError(404, 'not_found', `there is no domain named ${request.params.name}`);
    return shown(request, services, domain);
  });

  app.delete<Named>('/domains/:name', async (request, reply) => {
    await known(deleteDomain(birth, request.params.name));
    return reply.code(204).send();
  });

  app.post<Named>('/domains/:name/reset', async (request) => {
    accept(noForm, request.body);
    const domain = await known(resetDomain(birth, request.params.name));
    return shown(request, services, domain);
  });
}

/** Turns what the domains' own functions refuse into the control plane's errors. */
async function known<T>(work: Promise<T>): Promise<T> {
  try {
    return await orSeedRefused(work);
  } catch (error) {
    if (error instanceof NoSuchDomain) throw new ControlError(404, 'not_found', error.message);
    if (error instanceof DefaultDomainKept) throw new ControlError(409, 'conflict', error.message);
    if (error instanceof BadDomainName) throw badControlRequest(error.message);
    if (error instanceof UniqueViolation) throw new ControlError(409, 'conflict', `the name is taken: ${error.value}`);
    throw error;
  }
}

/** `url` is the form that every client understands: rulings, other domains' addresses. */
function shown(request: FastifyRequest, services: ControlServices, domain: Domain): object {
  const { baseUrl } = services.contextOf(request);
  const root = baseUrl.replace(/\/_domains\/[^/]*$/, '');
  const isDefault = domain.name.toLowerCase() === services.birth.defaultDomain.toLowerCase();
  return {
    name: domain.name,
    url: isDefault ? root : `${root}/_domains/${domain.name}`,
    tenant: domain.tenant,
    ocid: domain.ocid,
    default: isDefault,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
