import { readFileSync } from 'node:fs';
import { resourceType } from '../../src/schemas/registry.ts';
import { isObject, type JsonObject } from '../../src/scim/json.ts';
import type { ResourceType } from '../../src/scim/schema.ts';

/*
 * Whole bodies of types, as Terraform's users write them. test/acceptance/terraform-way.json has them by type: `required` and `more`
 * make up all that is written, `change` is what the PUT changes, `needs` what must exist before, `once` what only the answer to the
 * create shows, `follows` what the service adds to a change, `existing` the filter for a resource that Terraform adopts. `#` is a
 * number of its own, `$name` the id of what is needed, `$name.attribute` an attribute of it; `$publicKey`, `$certificate` and
 * `$caller` there are anyway.
 */

interface Configuration {
  readonly needs?: { readonly [name: string]: string };
  readonly existing?: string;
  readonly required: JsonObject;
  readonly more?: JsonObject;
  readonly change?: JsonObject;
  readonly once?: readonly string[];
  readonly follows?: readonly string[];
}

/** Configurations by type. */
export const CONFIGURATIONS = JSON.parse(
  readFileSync(new URL('../acceptance/terraform-way.json', import.meta.url), 'utf8'),
) as { readonly [type: string]: Configuration };

/** What is written of a type: everything that its configuration says. */
export interface Plan {
  readonly required: JsonObject;
  readonly all: JsonObject;
  readonly changed: JsonObject;
}

/** Where plans are carried out. */
export interface PlannedDomain {
  /** `publicKey`, `certificate` and `caller`. */
  readonly constants: ReadonlyMap<string, string>;
  /** Creates a resource. @returns the answer's body @throws Error when it isn't created */
  create(type: ResourceType, body: JsonObject): Promise<JsonObject>;
}

/** Makes plans for a domain; what a plan needs is created with it. */
export function plansFor(domain: PlannedDomain): (type: ResourceType) => Promise<Plan> {
  let count = 0;
  return async function planOf(type) {
    const configuration = CONFIGURATIONS[type.name];
    if (configuration === undefined) throw new Error(`terraform-way.json has no ${type.name}`);
    const { needs = {}, required, more = {}, change = {} } = configuration;
    const known = new Map(domain.constants);
    for (const [key, needed] of Object.entries(needs)) {
      const other = resourceType(needed);
      const before = known.get('gate');
      const body = { ...(await planOf(other)).all };
      // A server of the gate that a mapping names.
      if (before !== undefined && 'cloudGate' in body) body['cloudGate'] = { value: before };
      const made = await domain.create(other, body);
      for (const [name, attribute] of Object.entries(made)) {
        const value = isObject(attribute) ? attribute['value'] : attribute;
        if (typeof value === 'string') known.set(`${key}.${name}`, value);
      }
      known.set(key, made['id'] as string);
    }
    const number = String(++count);
    const fill = (body: JsonObject): JsonObject =>
      JSON.parse(
        JSON.stringify(body)
          .replaceAll('#', number)
          .replaceAll(/\$(\w+(?:\.\w+)?)/g, (text, key: string) => JSON.stringify(known.get(key) ?? text).slice(1, -1)),
      );
    const schemas = [type.schema];
    const all = { schemas, ...fill({ ...required, ...more }) };
    return { required: { schemas, ...fill(required) }, all, changed: { ...all, ...fill(change) } };
  };
}
