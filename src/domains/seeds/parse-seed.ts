import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { isObject, type JsonValue } from '../../scim/json.ts';
import type { Seed } from './seed.ts';
import { SeedError } from './seed-error.ts';

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
