import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { resourceType, resourceTypeNames } from '../../src/schemas/registry.ts';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { readValue } from '../../src/scim/resource-data.ts';
import type { Attribute, ResourceType } from '../../src/scim/schema.ts';
import { isWritable } from '../../src/scim/sent-values.ts';
import { place, randomAttributes, validBody } from './random-resource.ts';

/*
 * Resources of every type, made from its attribute rules and what it needs beyond them. That stands in
 * test/acceptance/type-fixtures.json: `base`, attributes that every body has (`#` is a number of its own, `$name` the id of a resource
 * that is needed); `needs`, what must exist before, by type or as what another one refers to, `$server.cloudGate` (targets of
 * required references are made anyway); `only` and `not`, which attributes are random; `excluded`, why a type is left out.
 */

interface Fixture {
  readonly excluded?: string;
  readonly needs?: { readonly [name: string]: string };
  readonly base?: JsonObject;
  readonly only?: readonly string[];
  readonly not?: readonly string[];
}

/** What types need, by their names. */
export const FIXTURES = JSON.parse(
  readFileSync(new URL('../acceptance/type-fixtures.json', import.meta.url), 'utf8'),
) as { readonly [type: string]: Fixture };
const fixtureOf = (name: string): Fixture => FIXTURES[name] ?? {};

/** Types that hold rows which clients make. Actions keep nothing under their name; twins are faces of another type's rows. */
export const MADE_TYPES: readonly string[] = resourceTypeNames()
  .map(resourceType)
  .filter(({ kind, name, storedAs }) => kind === 'collection' && storedAs === name)
  .filter(({ operations }) => operations.has('create') && operations.has('get'))
  .filter(({ name }) => fixtureOf(name).excluded === undefined)
  .map(({ name }) => name);

/** What came back; an error is an answer too. */
export interface ResourceAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions, which then check the values
  readonly body: any;
}

/** The operations of one type, whatever carries them. */
export interface ResourceClient {
  create(body: JsonObject): Promise<ResourceAnswer>;
  read(id: string, query?: Record<string, string>): Promise<ResourceAnswer>;
  list(query: Record<string, string>): Promise<ResourceAnswer>;
  replace(id: string, body: JsonObject): Promise<ResourceAnswer>;
}

/** The client for a type, in one domain. */
export type ClientOf = (typeName: string) => ResourceClient;

/** Clients by HTTP. @param send one request with an administrator's token */
export function httpClients(
  send: (method: string, path: string, body?: JsonObject) => Promise<ResourceAnswer>,
): ClientOf {
  return (typeName) => {
    const { base, endpoint } = resourceType(typeName);
    const path = base + endpoint;
    const asked = (query: Record<string, string> = {}) => `?${new URLSearchParams(query)}`;
    return {
      create: (body) => send('POST', path, body),
      read: (id, query) => send('GET', `${path}/${id}${asked(query)}`),
      list: (query) => send('GET', path + asked(query)),
      replace: (id, body) => send('PUT', `${path}/${id}`, body),
    };
  };
}

/** Makers of all types in one domain; numbers are theirs together. */
export function resourceMakers(clientOf: ClientOf): (typeName: string) => ResourceMaker {
  let count = 0;
  const workshop: Workshop = {
    clientOf,
    nextNumber: () => ++count,
    makerOf: (typeName) => new ResourceMaker(resourceType(typeName), workshop),
  };
  return workshop.makerOf;
}

interface Workshop {
  readonly clientOf: ClientOf;
  readonly nextNumber: () => number;
  readonly makerOf: (typeName: string) => ResourceMaker;
}

/** Bodies of a type, with what it needs. */
export class ResourceMaker {
  readonly type: ResourceType;
  readonly client: ResourceClient;
  /** Those that random bodies have. */
  readonly attributes: readonly Attribute[];
  readonly #workshop: Workshop;

  constructor(type: ResourceType, workshop: Workshop) {
    const { base = {}, only, not = [] } = fixtureOf(type.name);
    this.type = type;
    this.client = workshop.clientOf(type.name);
    this.#workshop = workshop;
    this.attributes = randomAttributes(type).filter(
      ({ path, name }) =>
        !(name in base) && !not.includes(path) && !not.includes(name) && (only === undefined || only.includes(path)),
    );
  }

  /** The body with its schema, the fixture's base, and simple values for what else is required. */
  async complete(random: JsonObject): Promise<JsonObject> {
    const number = this.#workshop.nextNumber();
    const ids = await this.#needed();
    const filled = JSON.stringify(fixtureOf(this.type.name).base ?? {})
      .replaceAll('#', String(number))
      .replaceAll(/\$(\w+)/g, (text, key: string) => ids.get(key) ?? text);
    const body: JsonObject = { schemas: [this.type.schema], ...random, ...(JSON.parse(filled) as JsonObject) };
    for (const attribute of this.type.attributes) await this.#refer(body, attribute);
    for (const attribute of this.attributes) {
      const value = readValue(body, attribute);
      const isUsed = attribute.extension === null || attribute.extension in body;
      if (attribute.required && isUsed && value === undefined) {
        place(body, attribute, fc.sample(validOf(attribute), { numRuns: 1, seed: number })[0]!);
      }
      if (attribute.uniqueness !== 'none' && typeof readValue(body, attribute) === 'string') {
        place(body, attribute, `${this.type.name}${number}`);
      }
    }
    return body;
  }

  /** Gives a required reference something to refer to. */
  async #refer(body: JsonObject, attribute: Attribute): Promise<void> {
    const target = attribute.sub('$ref')?.definition.referenceTypes?.[0];
    const isNeeded = attribute.required && attribute.extension === null && isWritable(attribute);
    if (!isNeeded || target === undefined || attribute.sub('value') === undefined || attribute.name in body) return;
    const element: JsonObject = { value: await this.#another(target) };
    if (attribute.sub('type') !== undefined) element['type'] = target;
    body[attribute.name] = attribute.multiValued ? [element] : element;
  }

  /** Ids of what a body needs, made anew: users have quotas of what belongs to them. */
  async #needed(): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    const { needs = {} } = fixtureOf(this.type.name);
    for (const [key, needed] of Object.entries(needs)) {
      const [, owner, reference] = /^\$(\w+)\.(\w+)$/.exec(needed) ?? [];
      if (owner !== undefined && reference !== undefined) {
        const { body } = await this.#workshop.clientOf(needs[owner]!).read(ids.get(owner)!);
        ids.set(key, body[reference].value);
        continue;
      }
      ids.set(key, await this.#another(needed));
    }
    return ids;
  }

  async #another(typeName: string): Promise<string> {
    const maker = this.#workshop.makerOf(typeName);
    return maker.create(await maker.complete({}));
  }

  /** @returns the id @throws Error with the answer when it isn't created */
  async create(body: JsonObject): Promise<string> {
    const { status, body: answer } = await this.client.create(body);
    if (status !== 201) throw new Error(`${status}: ${JSON.stringify(answer)} for ${JSON.stringify(body)}`);
    return answer.id as string;
  }
}

function validOf(attribute: Attribute): fc.Arbitrary<JsonValue> {
  return validBody([attribute])
    .filter((body) => readValue(body, attribute) !== undefined)
    .map((body) => readValue(body, attribute)!);
}
