import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { closeTestStore, testContext } from '../support/context.ts';
import { groupBody, pipelineOf, userBody } from '../support/pipeline.ts';

afterAll(closeTestStore);

const USERS = 8;

/** One operation on members, and what it does to a model: the set of the members' numbers. */
type Step =
  | { readonly kind: 'add' | 'removeByValue' | 'replace'; readonly who: readonly number[] }
  | { readonly kind: 'removeByFilter'; readonly who: number }
  | { readonly kind: 'rename' };

const someone = fc.integer({ min: 0, max: USERS - 1 });
const several = fc.uniqueArray(someone, { minLength: 1, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), who: several }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('removeByFilter' as const), who: someone }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('removeByValue' as const), who: several }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), who: several }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'rename' as const }) },
);

it('no PATCH loses a member that it does not name', async () => {
  const context = await testContext();
  const users = pipelineOf(context, 'User');
  const groups = pipelineOf(context, 'Group');
  const ids: string[] = [];
  for (let n = 0; n < USERS; n++) ids.push((await users.create(userBody(`u${n}`))).body.id);
  let made = 0;

  const operationOf = (asked: Step): JsonObject => {
    const values = (who: readonly number[]) => who.map((n) => ({ value: ids[n]!, type: 'User' }));
    switch (asked.kind) {
      case 'add':
        return { op: 'add', path: 'members', value: values(asked.who) };
      case 'removeByValue':
        return { op: 'remove', path: 'members', value: values(asked.who) };
      case 'replace':
        return { op: 'replace', path: 'members', value: values(asked.who) };
      case 'removeByFilter':
        return { op: 'remove', path: `members[value eq "${ids[asked.who]}"]` };
      case 'rename':
        return { op: 'replace', path: 'externalId', value: String(made++) };
    }
  };
  const applied = (model: ReadonlySet<number>, asked: Step): Set<number> => {
    switch (asked.kind) {
      case 'add':
        return new Set([...model, ...asked.who]);
      case 'removeByValue':
        return new Set([...model].filter((n) => !asked.who.includes(n)));
      case 'replace':
        return new Set(asked.who);
      case 'removeByFilter':
        return new Set([...model].filter((n) => n !== asked.who));
      case 'rename':
        return new Set(model);
    }
  };

  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 6 }), async (requests) => {
      const { body: group } = await groups.create(groupBody(`g${made++}`, [ids[0]!]));
      let model: Set<number> = new Set([0]);
      for (const request of requests) {
        const { status } = await groups.patch(group.id, request.map(operationOf));
        expect(status).toBe(200);
        for (const asked of request) model = applied(model, asked);
        const { members = [] } = (await groups.read(group.id, { attributes: 'members' })).body;
        const found = members.map((member: JsonObject) => ids.indexOf(String(member['value'])));
        expect([...found].sort()).toEqual([...model].sort());
      }
    }),
    { numRuns: 40 },
  );
});
