import { resourceType, resourceTypeByEndpoint, resourceTypeNames } from '../../schemas/registry.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { Seed } from './read-seed.ts';
import { SeedError } from './seed-error.ts';

/** A resource that a seed wants to exist. */
export interface SeedEntry {
  readonly type: ResourceType;
  readonly body: JsonObject;
  /** `['Users', 2]` */
  readonly path: readonly (string | number)[];
}

/** Attributes of a singleton that a seed wants to have certain values. */
export interface SeedPatch {
  readonly type: ResourceType;
  readonly id: string;
  readonly values: JsonObject;
  readonly path: readonly (string | number)[];
}

/** What a seed asks for, in the order in which it is applied. */
export interface SeedPlan {
  readonly patches: readonly SeedPatch[];
  readonly lists: readonly (readonly SeedEntry[])[];
}

/** Keys that patch what every domain has. */
const SINGLETONS: ReadonlyMap<string, { readonly type: string; readonly id: string }> = new Map([
  ['settings', { type: 'Settings', id: 'Settings' }],
  ['passwordPolicy', { type: 'PasswordPolicy', id: 'PasswordPolicy' }],
]);

/** What is referred to comes first; types that are not named here come in between, in the file's order. */
const FIRST = ['OAuthClientCertificate', 'App', 'AppRole', 'User', 'Group'];
const LAST = ['Grant'];

/** Names of the endpoints whose resources a seed can hold. */
export function seedEndpoints(): { readonly endpoint: string; readonly type: ResourceType }[] {
  return resourceTypeNames()
    .map(resourceType)
    .filter(isSeedable)
    .map((type) => ({ endpoint: type.endpoint.slice(1), type }));
}

/** Names of the keys that patch singletons, with the type that they patch. */
export function seedSingletons(): { readonly key: string; readonly type: ResourceType }[] {
  return [...SINGLETONS].map(([key, { type }]) => ({ key, type: resourceType(type) }));
}

/**
 * Sorts a seed's content out, so that a mistake in its form is found before anything is written.
 * @throws SeedError
 */
export function planSeed(seed: Seed): SeedPlan {
  const patches: SeedPatch[] = [];
  const lists: { type: ResourceType; entries: SeedEntry[] }[] = [];
  for (const [key, value] of Object.entries(seed.document)) {
    const singleton = SINGLETONS.get(key);
    if (singleton) {
      if (!isObject(value)) throw fault(seed, [key], 'must be an object of attributes');
      patches.push({ type: resourceType(singleton.type), id: singleton.id, values: value, path: [key] });
      continue;
    }
    const type = resourceTypeByEndpoint(key);
    if (!type || !isSeedable(type)) throw fault(seed, [key], `no such key; allowed are: ${allowedKeys().join(', ')}`);
    if (!Array.isArray(value)) throw fault(seed, [key], 'must be a list of resources');
    const entries = value.map((body, index) => {
      if (!isObject(body)) throw fault(seed, [key, index], 'must be an object, the body of a resource');
      return { type, body, path: [key, index] };
    });
    lists.push({ type, entries });
  }
  lists.sort((a, b) => rank(a.type) - rank(b.type));
  return { patches, lists: lists.map((list) => list.entries) };
}

/** An error at a place of the seed. */
export function fault(
  seed: Seed,
  path: readonly (string | number)[],
  detail: string,
  options: { cause?: unknown } = {},
): SeedError {
  return new SeedError({ file: seed.file, line: seed.lineOf(path), path: printed(path) }, detail, options);
}

function printed(path: readonly (string | number)[]): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

function isSeedable(type: ResourceType): boolean {
  const { callersOwn, seeded } = type.overlay;
  return type.kind === 'collection' && type.operations.has('create') && callersOwn === undefined && seeded !== false;
}

function allowedKeys(): string[] {
  return [...SINGLETONS.keys(), ...seedEndpoints().map(({ endpoint }) => endpoint)];
}

function rank(type: ResourceType): number {
  if (LAST.includes(type.name)) return FIRST.length + 1;
  const first = FIRST.indexOf(type.name);
  return first === -1 ? FIRST.length : first;
}
