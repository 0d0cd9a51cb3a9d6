import { afterAll } from 'vitest';
import { newId, randomIds } from '../../src/ids.ts';
import {
  defaultApp,
  defaultAppRoles,
  defaultPasswordPolicy,
  defaultSettings,
} from '../../src/resources/domain-defaults.ts';
import { createResource } from '../../src/resources/pipeline/create.ts';
import { deleteResource } from '../../src/resources/pipeline/delete.ts';
import { listResources } from '../../src/resources/pipeline/list.ts';
import { patchResource } from '../../src/resources/pipeline/patch.ts';
import { readResource } from '../../src/resources/pipeline/read.ts';
import { replaceResource } from '../../src/resources/pipeline/replace.ts';
import type { Caller, RequestContext } from '../../src/resources/request-context.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import { isObject, type JsonObject } from '../../src/scim/json.ts';
import type { ProjectionRequest } from '../../src/scim/projection.ts';
import { ADMINISTRATOR, closeTestStore, type TestContext, testContext } from '../support/context.ts';

/*
 * A domain of a test's own with what every domain is born with, and the pipeline to it.
 */

afterAll(closeTestStore);

/** Requests as the pipeline takes them; each reads the domain's epoch anew, as src/domains does. */
export class TestDomain {
  readonly #first: TestContext;
  /** Who makes the requests. */
  caller: Caller = ADMINISTRATOR;

  constructor(first: TestContext) {
    this.#first = first;
  }

  /** The time of the domain's clock, milliseconds. */
  get now(): number {
    return this.#first.clock.now();
  }

  advance(ms: number): void {
    this.#first.clock.advance(ms);
  }

  async context(): Promise<RequestContext> {
    const { store, domain } = this.#first;
    return { ...this.#first, caller: this.caller, domain: (await store.domains.findByName(domain.name))! };
  }

  async create(type: string, body: JsonObject): Promise<JsonObject> {
    const full = { schemas: [resourceType(type).schema], ...body };
    return bodyOf(await createResource(await this.context(), resourceType(type), full, asked()));
  }

  async get(type: string, key: string, ...attributes: string[]): Promise<JsonObject> {
    return bodyOf(await readResource(await this.context(), resourceType(type), key, asked(attributes)));
  }

  async put(type: string, key: string, body: JsonObject): Promise<JsonObject> {
    const full = { schemas: [resourceType(type).schema], ...body };
    return bodyOf(await replaceResource(await this.context(), resourceType(type), key, full, asked(), null));
  }

  async patch(type: string, key: string, ...operations: JsonObject[]): Promise<JsonObject> {
    const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations };
    return bodyOf(await patchResource(await this.context(), resourceType(type), key, body, asked(), null));
  }

  async delete(type: string, key: string, force = false): Promise<void> {
    await deleteResource(await this.context(), resourceType(type), key, { force, ifMatch: null });
  }

  async find(type: string, filter: string): Promise<JsonObject[]> {
    const { Resources } = bodyOf(await listResources(await this.context(), resourceType(type), { filter }, 'list'));
    return Array.isArray(Resources) ? Resources.filter(isObject) : [];
  }
}

/** A new domain with the shipped resources. */
export async function newTestDomain(): Promise<TestDomain> {
  const context = await testContext();
  const shipped = [defaultApp(), ...defaultAppRoles(), defaultPasswordPolicy(), defaultSettings()];
  const lastModified = context.clock.now();
  const writes = shipped.map(({ type, id, data }) => ({
    type: resourceType(type),
    id: id ?? newId(randomIds),
    ocid: null,
    version: newId(randomIds),
    lastModified,
    data,
  }));
  await context.store.resources.insertMany(context.domain.id, writes, lastModified);
  return new TestDomain(context);
}

function asked(attributes: readonly string[] = []): ProjectionRequest {
  return { attributes: attributes.length === 0 ? null : attributes, attributeSets: null };
}

function bodyOf(response: { readonly body: JsonObject | null }): JsonObject {
  return response.body ?? {};
}
