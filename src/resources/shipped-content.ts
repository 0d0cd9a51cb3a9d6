import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { schemaFile } from '../package-files.ts';
import type { JsonObject } from '../scim/json.ts';
import type { ShippedResource } from './domain-defaults.ts';

/** A file of src/schemas/content: what every domain has of one resource type. */
interface ContentFile {
  /** Where the content is known from. */
  readonly because: string;
  /** IDCS: what comes with a release was made by nobody: `UnAuthenticated` (main-0348). Absent: the App that ships what ships. */
  readonly author?: string;
  /** Each with its `id`. */
  readonly resources: readonly JsonObject[];
}

let content: readonly ShippedResource[] | undefined;

/**
 * What every domain is born with and that needs no code: src/schemas/content, one file a resource type. Read once.
 * The rows share their data: who changes it must copy.
 */
export function shippedContent(): readonly ShippedResource[] {
  content ??= readContent(schemaFile('content/'));
  return content;
}

let version: string | undefined;

/** Names the content of this release: it changes when a file of src/schemas/content does. */
export function shippedVersion(): string {
  version ??= createHash('sha256').update(JSON.stringify(shippedContent())).digest('hex').slice(0, 16);
  return version;
}

function readContent(directory: URL): ShippedResource[] {
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((name) => {
    const file = JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as ContentFile;
    const type = name.slice(0, -'.json'.length);
    return file.resources.map(({ id, ...data }) => ({ type, id: String(id), data: { ...data, ...authors(file) } }));
  });
}

function authors({ author }: ContentFile): JsonObject {
  return author === undefined ? {} : { idcsCreatedBy: { value: author }, idcsLastModifiedBy: { value: author } };
}
