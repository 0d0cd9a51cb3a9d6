import { existsSync, readFileSync } from 'node:fs';
import { schemaFile } from '../package-files.ts';
import { compileResourceType } from '../scim/compile.ts';
import type {
  AttributeDefinition,
  Operation,
  ResourceType,
  ResourceTypeDefinition,
  ResourceTypeOverlay,
} from '../scim/schema.ts';
import { canonicalSource } from './allowed-values.ts';
import { ADMIN, findTypeFiles, type TypeFiles } from './type-files.ts';

/** A route of an endpoint. `{id}` stands for any one segment. */
export interface KnownRoute {
  readonly method: string;
  /** Whole path: `/admin/v1/Users/{id}`. */
  readonly path: string;
  /** The SCIM operation, where the endpoint is a resource type's. */
  readonly operation?: Operation;
}

/** An endpoint of the real service, built here or not. */
export interface KnownEndpoint {
  /** `/admin/v1/Users`, `/job/v1/JobSchedules`, `/oauth2/v1/token`. */
  readonly path: string;
  /** Name of the resource type it serves (`User`); null for what is not SCIM. */
  readonly resourceType: string | null;
  readonly routes: readonly KnownRoute[];
}

// Read at first use, compiled one by one: a start should not pay for types that nobody asks for.
let files: TypeFiles | undefined;
const added: URL[] = [];
const compiled = new Map<string, ResourceType>();
let endpoints: readonly KnownEndpoint[] | undefined;

function typeFiles(): TypeFiles {
  files ??= findTypeFiles([schemaFile(''), ...added]);
  return files;
}

/**
 * Serves the types of another directory too, laid out as src/schemas is: `Whatever.json`, `overlays/Whatever.json`. For tests of
 * what data alone can do.
 *
 * @param directory with its slash at the end
 * @throws Error when a type was asked for before
 */
export function addSchemaDirectory(directory: URL): void {
  if (files !== undefined) throw new Error('the types have been read already');
  added.push(directory);
}

/**
 * The compiled form of a resource type.
 *
 * @param name `User`, `Group` ...
 * @throws Error when there is no such type: a mistake in this program, never in a request
 */
export function resourceType(name: string): ResourceType {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const file = typeFiles().byName.get(name);
  if (file === undefined) throw new Error(`no resource type ${name}`);
  const overlay = ownOverlay(name);
  const type = compileResourceType(
    readJson(file.url) as ResourceTypeDefinition,
    overlay,
    overlay.twinOf === undefined ? undefined : resourceType(overlay.twinOf).overlay,
    canonicalSource,
  );
  compiled.set(name, type);
  return type;
}

/** How a type differs in one domain. */
export interface DomainDifferences {
  /** Extensions that the domain has added, by URN. */
  readonly extensions: { readonly [urn: string]: readonly AttributeDefinition[] };
  /** Facts about attributes that the domain decides, by canonical path. */
  readonly attributes?: NonNullable<ResourceTypeOverlay['attributes']>;
  /** Attributes that answers don't show, by canonical path. */
  readonly hidden?: readonly string[];
}

/** A type as a domain has it, compiled anew. The caller keeps it. */
export function typeWithDifferences(
  name: string,
  { extensions, attributes = {}, hidden = [] }: DomainDifferences,
): ResourceType {
  const plain = resourceType(name);
  const definition = readJson(typeFiles().byName.get(name)!.url) as ResourceTypeDefinition;
  const { twinOf } = plain.overlay;
  const file = ownOverlay(name);
  const own = { ...file, attributes: { ...file.attributes, ...attributes }, hidden };
  const whole = twinOf === undefined ? undefined : resourceType(twinOf).overlay;
  const extended = { ...definition, extensions: { ...definition.extensions, ...extensions } };
  return compileResourceType(extended, own, whole, canonicalSource);
}

/** The type served below `/admin/v1/<segment>`, exact case; undefined when none is. */
export function resourceTypeByEndpoint(segment: string): ResourceType | undefined {
  const file = typeFiles().bySegment.get(segment);
  return file === undefined ? undefined : resourceType(file.name);
}

/** The type whose endpoint is at `/job/v1/JobSchedules`; undefined when none is. */
export function resourceTypeByPath(path: string): ResourceType | undefined {
  const { byName } = typeFiles();
  for (const file of byName.values()) if (`${file.base}${file.endpoint}` === path) return resourceType(file.name);
  return undefined;
}

function ownOverlay(name: string): ResourceTypeOverlay {
  const location = new URL(`overlays/${name}.json`, typeFiles().byName.get(name)!.url);
  return existsSync(location) ? (readJson(location) as ResourceTypeOverlay) : {};
}

/** `/admin/v1/Users` of `User`; undefined when there is no such type, or when another API has it. */
export function endpointPath(name: string): string | undefined {
  const file = typeFiles().byName.get(name);
  return file === undefined || file.base !== ADMIN ? undefined : `${ADMIN}${file.endpoint}`;
}

/** Names of all types that have a definition, in alphabetical order. */
export function resourceTypeNames(): string[] {
  return [...typeFiles().byName.keys()];
}

/** Every endpoint of the real service, for 501 answers and docs/coverage.md. */
export function knownEndpoints(): readonly KnownEndpoint[] {
  endpoints ??= (readJson(schemaFile('known-endpoints.json')) as { endpoints: KnownEndpoint[] }).endpoints;
  return endpoints;
}

function readJson(url: URL): unknown {
  return JSON.parse(readFileSync(url, 'utf8'));
}
