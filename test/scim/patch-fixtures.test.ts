import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { applyPatch } from '../../src/scim/patch.ts';

/** A PATCH as a provisioning client sends it, with what must come of it. */
interface Fixture {
  readonly name: string;
  readonly client: string;
  readonly type: string;
  readonly before: JsonObject;
  /** The full representation, where it matters; else the data. */
  readonly shown?: JsonObject;
  readonly patch: JsonObject;
  readonly after?: JsonObject;
  readonly edges?: readonly { op: string; attribute: string; values: JsonObject[]; filter?: boolean }[];
  readonly transient?: { readonly [path: string]: JsonValue };
  /** Part of the message of the 400. */
  readonly error?: string;
}

const folder = new URL('patch-fixtures/', import.meta.url);
const fixtures = readdirSync(folder)
  .sort()
  .flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Fixture[]);

describe('PATCH bodies of provisioning clients', () => {
  it('are more than twenty-five', () => expect(fixtures.length).toBeGreaterThan(25));

  it.each(fixtures.map((fixture) => [fixture.client, fixture.name, fixture] as const))(
    '%s %s',
    (_client, _name, fixture) => {
      const before = JSON.stringify(fixture.before);
      const current = { data: fixture.before, shown: fixture.shown ?? fixture.before };
      const run = () => applyPatch(resourceType(fixture.type), fixture.patch, current);
      if (fixture.error !== undefined) {
        expect(run).toThrow(expect.objectContaining({ status: 400, message: expect.stringContaining(fixture.error) }));
      } else {
        const patched = run();
        expect(patched.data).toEqual(fixture.after);
        expect(Object.fromEntries(patched.transient)).toEqual(fixture.transient ?? {});
        expect(
          patched.edges.map(({ op, attribute, values, filter }) => ({
            op,
            attribute: attribute.path,
            values,
            ...(filter === null ? {} : { filter: true }),
          })),
        ).toEqual(fixture.edges ?? []);
        expect(patched.changed).toBe(true);
      }
      expect(JSON.stringify(fixture.before), 'the data before is not changed').toBe(before);
    },
  );
});
