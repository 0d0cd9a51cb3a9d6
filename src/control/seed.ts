import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { applySeeds } from '../domains/seeds/apply.ts';
import { isPreset, presetNames, type SeedSource } from '../domains/seeds/read-seed.ts';
import { SeedError } from '../domains/seeds/seed-error.ts';
import type { JsonObject } from '../scim/json.ts';
import { badControlRequest, ControlError } from './errors.ts';
import { accept } from './input.ts';
import type { ControlServices } from './services.ts';

/** Bytes that a request with a seed in it may have. */
export const MAX_SEED_BYTES = 16 * 1024 * 1024;

const document = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
  error: 'a seed document is an object whose keys are endpoint names',
});
const oneSeed = z.union([z.string(), document], { error: 'a preset name or a seed document' });

/** A preset's name, a seed document, or a list of these. */
export const seedsForm = z
  .union([oneSeed, z.array(oneSeed)], { error: 'a preset name, a seed document, or a list of these' })
  .transform((seed) => [seed].flat() as SeedSource[]);

const seedForm = z.strictObject({ seed: seedsForm });

/** `POST /_emulator/seed`: content for the domain that the request is for. */
export function registerSeedRoute(app: FastifyInstance, services: ControlServices): void {
  app.post('/seed', { bodyLimit: MAX_SEED_BYTES }, async (request) => {
    const { domain } = services.contextOf(request);
    return await orSeedRefused(applySeeds(services.birth, domain, inlineSeeds(accept(seedForm, request.body).seed)));
  });
}

/**
 * Seeds as a request may name them: files are for the one who starts the emulator, not for whoever reaches the port.
 * @throws ControlError
 */
export function inlineSeeds(seeds: readonly SeedSource[]): readonly SeedSource[] {
  const unknown = seeds.find((seed) => typeof seed === 'string' && !isPreset(seed));
  if (unknown === undefined) return seeds;
  throw badControlRequest(
    `seed: ${String(unknown)} is no preset (there are: ${presetNames().join(', ')}). Send a file's content instead of its name.`,
  );
}

/** Answers a refused seed with 400. */
export async function orSeedRefused<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SeedError) throw new ControlError(400, 'seed_refused', error.message);
    throw error;
  }
}
