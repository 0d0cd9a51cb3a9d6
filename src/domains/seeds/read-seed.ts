import { readFile } from 'node:fs/promises';
import type { JsonObject } from '../../scim/json.ts';
import { CNCC } from './cncc.ts';
import type { Seed, SeedSource } from './seed.ts';
import { SeedError } from './seed-error.ts';

export type { Seed, SeedSource } from './seed.ts';

const PRESETS: ReadonlyMap<string, JsonObject> = new Map([['cncc', CNCC]]);

/** Whether a name is a preset's. */
export function isPreset(name: string): boolean {
  return PRESETS.has(name);
}

/** Names of the presets. */
export function presetNames(): string[] {
  return [...PRESETS.keys()];
}

/**
 * Reads a seed.
 * @throws SeedError when the file is missing or is no YAML or JSON object
 */
export async function readSeed(source: SeedSource): Promise<Seed> {
  if (typeof source !== 'string') return { file: '(request)', document: source, lineOf: () => null };
  const preset = PRESETS.get(source);
  if (preset) return { file: source, document: preset, lineOf: () => null };
  // Loaded for files only: most starts have none, and the library is a good part of what a start loads.
  const { parseSeed } = await import('./parse-seed.ts');
  return parseSeed(source, await textOf(source));
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'no such file' : `can't be read (${code ?? 'unknown error'})`;
    throw new SeedError({ file, line: null, path: '' }, `${reason}; presets are: ${presetNames().join(', ')}`, {
      cause,
    });
  }
}
