import { readFile } from 'node:fs/promises';
import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { CNCC } from './cncc.ts';
import { SeedError } from './seed-error.ts';

/** What can be named as a seed: a preset, a YAML or JSON file, or the document itself. */
export type SeedSource = string | JsonObject;

/** A seed, read. */
export interface Seed {
  /** How errors call it. */
  readonly file: string;
  readonly document: JsonObject;
  /** Line of a member, from 1; null when it is unknown. The last known one on the way down counts. */
  lineOf(path: readonly (string | number)[]): number | null;
}

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

/**
 * Parses a seed file. JSON is read as the YAML it is, so that both have lines in their errors.
 * @param file its name, for errors
 * @throws SeedError
 */
export function parseSeed(file: string, text: string): Seed {
  const lineCounter = new LineCounter();
  const parsed = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true });
  const problem = parsed.errors[0];
  if (problem) throw new SeedError({ file, line: lineCounter.linePos(problem.pos[0]).line, path: '' }, problem.message);
  if (parsed.contents === null) return { file, document: {}, lineOf: () => 1 };
  const document = toJson(parsed, file);
  if (!isMap(parsed.contents) || !isObject(document)) {
    throw new SeedError({ file, line: 1, path: '' }, 'the top level must be an object whose keys are endpoint names');
  }
  return {
    file,
    document,
    lineOf: (path) => {
      for (let length = path.length; length >= 0; length--) {
        const node = length === 0 ? parsed.contents : parsed.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
      }
      return null;
    },
  };
}

/** Aliases are resolved here; the library refuses those that would blow up. */
function toJson(parsed: ReturnType<typeof parseDocument>, file: string): JsonValue {
  try {
    return parsed.toJS() as JsonValue;
  } catch (cause) {
    throw new SeedError({ file, line: null, path: '' }, (cause as Error).message, { cause });
  }
}
