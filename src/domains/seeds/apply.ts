import { createResource } from '../../resources/pipeline/create.ts';
import { inside } from '../../resources/pipeline/inside.ts';
import { patchResource } from '../../resources/pipeline/patch.ts';
import { replaceResource } from '../../resources/pipeline/replace.ts';
import type { RequestContext } from '../../resources/request-context.ts';
import { resourceType } from '../../schemas/registry.ts';
import { ScimError } from '../../scim/errors.ts';
import type { JsonObject, JsonValue } from '../../scim/json.ts';
import type { StoreSession } from '../../store/store.ts';
import type { BirthOptions } from '../birth-services.ts';
import type { Domain } from '../domain.ts';
import { systemContext } from '../system-context.ts';
import { whichExist } from './existing.ts';
import { completeGrant } from './grant-entry.ts';
import { readSeed, type Seed, type SeedSource } from './read-seed.ts';
import { NameResolver, UnknownName } from './references.ts';
import { fault, planSeed, type SeedEntry, type SeedPatch, type SeedPlan } from './seed-document.ts';
import { SeedError } from './seed-error.ts';

/** What applying seeds did. */
export interface SeedResult {
  /** Resources made. */
  readonly created: number;
  /** Resources and singletons that were there already, as asked for. */
  readonly unchanged: number;
  /** Singletons that were changed. */
  readonly updated: number;
}

const USER_EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const NOTHING_ASKED = { attributes: null, attributeSets: null };

/** Seeds that were read and found to be of the right form: nothing is written yet. */
export type PreparedSeeds = readonly { readonly seed: Seed; readonly plan: SeedPlan }[];

/**
 * Reads seeds and checks their form.
 * @throws SeedError that names file and line
 */
export async function prepareSeeds(sources: readonly SeedSource[]): Promise<PreparedSeeds> {
  const seeds = await Promise.all(sources.map(readSeed));
  return seeds.map((seed) => ({ seed, plan: planSeed(seed) }));
}

/** Tries before an application gives up against others of the same seed. */
const TRIES = 3;

/**
 * Fills a domain from seeds, through the same pipeline as requests, as App `idcssm`: all of it or nothing. What exists is left
 * as it is, so that applying a seed twice changes nothing.
 * @throws SeedError that names file, line and attribute
 */
export async function applySeeds(
  services: BirthOptions,
  domain: Domain,
  sources: readonly SeedSource[],
): Promise<SeedResult> {
  const seeds = await prepareSeeds(sources);
  for (let tries = 1; ; tries++) {
    try {
      return await services.store.transaction((session) => applyInside(services, session, domain, seeds));
    } catch (error) {
      // Another process applies the same seed: when it is done, its resources are found.
      const overtaken = error instanceof SeedError && error.cause instanceof ScimError && error.cause.status === 409;
      if (!overtaken || tries === TRIES) throw error;
    }
  }
}

/** As `applySeeds`, inside a transaction. */
export async function applyInside(
  services: BirthOptions,
  session: StoreSession,
  domain: Domain,
  seeds: PreparedSeeds,
): Promise<SeedResult> {
  const application = new Application(inside(systemContext(services, domain), session));
  for (const { seed, plan } of seeds) {
    for (const patch of plan.patches) await application.patch(seed, patch);
    for (const entries of plan.lists) await application.list(seed, entries);
  }
  return application.result;
}

/** One application of seeds to one domain. */
class Application {
  readonly result = { created: 0, unchanged: 0, updated: 0 };
  readonly #context: RequestContext;
  readonly #names: NameResolver;

  constructor(context: RequestContext) {
    this.#context = context;
    this.#names = new NameResolver(context.store.resources, context.domain.id);
  }

  /** Gives a singleton's attributes the values that are asked for, where they differ. */
  async patch(seed: Seed, { type, id, values, path }: SeedPatch): Promise<void> {
    const { store, domain } = this.#context;
    const row = await store.resources.read(domain.id, type.name, id);
    if (!row) throw fault(seed, path, `${type.name} ${id} does not exist in this domain`);
    const operations = Object.entries(values)
      .filter(([name, value]) => !same(row.data[type.core(name)?.name ?? name], value))
      .map(([name, value]) => ({ op: 'replace', path: name, value }));
    if (operations.length === 0) {
      this.result.unchanged++;
      return;
    }
    const body = { schemas: [PATCH_OP], Operations: operations };
    await this.#inPlace(seed, path, values, () => patchResource(this.#context, type, id, body, NOTHING_ASKED, null));
    this.result.updated++;
  }

  /** Creates those resources of a list that are not there. */
  async list(seed: Seed, entries: readonly SeedEntry[]): Promise<void> {
    const { store, domain } = this.#context;
    const type = entries[0]?.type;
    if (!type) return;
    // Names inside the list are looked up one by one when it is their turn: they may mean an entry before them.
    const selfReferring = type.name === 'User' || type.name === 'App';
    const early = selfReferring
      ? entries.map((entry) => entry.body)
      : await inOrder(entries, (entry) => this.#resolve(seed, entry));
    const exist = await whichExist(store.resources, domain.id, type, early);
    for (const [index, entry] of entries.entries()) {
      if (exist[index]) {
        this.result.unchanged++;
        continue;
      }
      const body = selfReferring ? await this.#resolve(seed, entry) : early[index]!;
      await this.#create(seed, entry, body);
    }
  }

  async #resolve(seed: Seed, entry: SeedEntry): Promise<JsonObject> {
    try {
      const body = await this.#names.resolve(entry.type, entry.body);
      return entry.type.name === 'Grant' ? await completeGrant(this.#names, body) : body;
    } catch (error) {
      if (error instanceof UnknownName)
        throw fault(seed, [...entry.path, ...error.path], error.message, { cause: error });
      throw error;
    }
  }

  async #create(seed: Seed, entry: SeedEntry, body: JsonObject): Promise<void> {
    if (body['id'] !== undefined) {
      throw fault(
        seed,
        [...entry.path, 'id'],
        `${entry.type.name} ${String(body['id'])} does not exist, and ids of new resources are not chosen`,
      );
    }
    const passwordKey = Object.keys(body).find((key) => key.toLowerCase() === 'password');
    const isUser = entry.type.name === 'User' && passwordKey !== undefined;
    const { [passwordKey ?? '']: password = null, ...rest } = body;
    const complete = { schemas: [entry.type.schema], ...(isUser ? withoutMail(rest) : body) };
    await this.#inPlace(seed, entry.path, entry.body, async () => {
      const { body: made } = await createResource(this.#context, entry.type, complete, NOTHING_ASKED);
      if (isUser) await this.#setPassword(String(made?.['id']), password);
    });
    this.result.created++;
  }

  /** As an administrator does, so that the user need not change it (rulings: mustChange, seed files). */
  async #setPassword(id: string, password: JsonValue): Promise<void> {
    const changer = resourceType('UserPasswordChanger');
    const body = { schemas: [changer.schema], password, bypassNotification: true };
    await replaceResource(this.#context, changer, id, body, NOTHING_ASKED, null);
  }

  /** Runs a step of the pipeline; what it refuses becomes an error at the entry's place, at its attribute when it is named. */
  async #inPlace<T>(
    seed: Seed,
    path: readonly (string | number)[],
    body: JsonObject,
    step: () => Promise<T>,
  ): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof ScimError) || error.status >= 500) throw error;
      const attribute = Object.keys(body).find((key) => names(error.message, key));
      throw fault(seed, attribute === undefined ? path : [...path, attribute], error.message, { cause: error });
    }
  }
}

/** Whether a text speaks of an attribute: the whole word, any case. */
function names(text: string, attribute: string): boolean {
  const at = text.toLowerCase().indexOf(attribute.toLowerCase());
  if (at === -1) return false;
  return !/\w/.test(text[at - 1] ?? '') && !/\w/.test(text[at + attribute.length] ?? '');
}

/** A seeded user gets no welcome mail. */
function withoutMail(body: JsonObject): JsonObject {
  const key = Object.keys(body).find((each) => each.toLowerCase() === USER_EXTENSION.toLowerCase()) ?? USER_EXTENSION;
  const extension = body[key];
  return { ...body, [key]: { bypassNotification: true, ...(typeof extension === 'object' ? extension : {}) } };
}

/** Equal JSON; members of objects may stand in any order. */
function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: JsonValue | undefined): string {
  return JSON.stringify(value, (_key, part: JsonValue) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

async function inOrder<T, R>(items: readonly T[], step: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await step(item));
  return results;
}
