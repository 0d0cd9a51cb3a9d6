import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** A file that defines a resource type. */
export interface TypeFile {
  readonly name: string;
  /** Below the base path: `/Users`. */
  readonly endpoint: string;
  /** `/admin/v1`; `/job/v1` and `/report/v1` have types of their own. */
  readonly base: string;
  readonly url: URL;
}

/** The files of all types. */
export interface TypeFiles {
  /** In alphabetical order. */
  readonly byName: ReadonlyMap<string, TypeFile>;
  /** Those of the admin API, by the segment after `/admin/v1/`: `Users`. */
  readonly bySegment: ReadonlyMap<string, TypeFile>;
}

/** The base path of a definition that names none. */
export const ADMIN = '/admin/v1';
/** Enough for name, endpoint, base and schema, which stand before the attributes. */
const HEAD_BYTES = 1024;

/**
 * Finds the resource types by their files: `Whatever.json`, with a capital. Attributes are not read: of 126 files this reads
 * a kilobyte each.
 *
 * @param directories with their slash at the end; a later one goes before an earlier one
 */
export function findTypeFiles(directories: readonly URL[]): TypeFiles {
  const found: TypeFile[] = [];
  const bySegment = new Map<string, TypeFile>();
  for (const directory of directories) {
    for (const entry of readdirSync(directory)) {
      const name = /^([A-Z]\w*)\.json$/.exec(entry)?.[1];
      if (name === undefined) continue;
      const url = new URL(entry, directory);
      const file = { name, ...headOf(url), url };
      found.push(file);
      if (file.base === ADMIN) bySegment.set(file.endpoint.slice(1), file);
    }
  }
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { byName: new Map(found.map((file) => [file.name, file])), bySegment };
}

/** The converter writes these facts first; a file that was written otherwise is read whole. */
function headOf(url: URL): { endpoint: string; base: string } {
  const head = readHead(url).split('"attributes"', 1)[0]!;
  const endpoint = /"endpoint"\s*:\s*"(\/[^"\\]+)"/.exec(head)?.[1];
  if (endpoint !== undefined && /"schema"\s*:/.test(head)) {
    return { endpoint, base: /"base"\s*:\s*"([^"\\]+)"/.exec(head)?.[1] ?? ADMIN };
  }
  const { base, ...whole } = JSON.parse(readFileSync(url, 'utf8')) as { endpoint: string; base?: string };
  return { endpoint: whole.endpoint, base: base ?? ADMIN };
}

function readHead(url: URL): string {
  const file = openSync(url, 'r');
  try {
    const buffer = Buffer.alloc(HEAD_BYTES);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(file);
  }
}
