import { beforeAll, describe, expect, it } from 'vitest';
import { PolicyWorld, written } from './policy-world.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:ConditionGroup';

let world: PolicyWorld;

beforeAll(async () => {
  world = await PolicyWorld.make();
});

describe('ConditionGroups', () => {
  it('are created, replaced, changed and deleted; answers have the address of each condition', async () => {
    const [one, two] = [await world.condition(), await world.condition()];
    const conditions = [{ value: one, type: 'Condition' }, { value: two }];
    const made = await world.post('ConditionGroup', { name: 'both', operator: 'and', conditions });
    expect(made.status, made.text).toBe(201);
    const refs = [one, two].map((value) => {
      return { value, type: 'Condition', $ref: `${world.domain.url}/admin/v1/Conditions/${value}` };
    });
    expect(written(made)).toEqual({ schemas: [SCHEMA], name: 'both', operator: 'and', conditions: refs });
    const path = `ConditionGroups/${made.body.id}`;
    const changes = [
      { op: 'replace', path: 'operator', value: 'or' },
      { op: 'remove', path: `conditions[value eq "${one}"]` },
    ];
    const patched = await world.patch(path, ...changes);
    expect(patched.body, patched.text).toMatchObject({ operator: 'or', conditions: [refs[1]] });
    const put = await world.put('ConditionGroup', made.body.id, { name: 'both', operator: 'and', conditions: refs });
    expect(put.body.conditions).toEqual(refs);
    expect((await world.delete(path)).status).toBe(204);
    expect((await world.get(path)).status).toBe(404);
  });

  it('show the names of conditions when asked', async () => {
    const inner = await world.group({ value: 'AlwaysTrueCondition' });
    const outer = await world.group({ value: inner, type: 'ConditionGroup' }, { value: 'AlwaysTrueCondition' });
    const { body } = await world.get(`ConditionGroups/${outer}?attributes=conditions.name,conditions.value`);
    expect(body.conditions).toEqual([
      { value: inner, name: expect.stringMatching(/^group/) },
      { value: 'AlwaysTrueCondition', name: 'Always true condition' },
    ]);
  });

  it('can not contain themselves, directly or through others', async () => {
    const inner = await world.group({ value: 'AlwaysTrueCondition' });
    const middle = await world.group({ value: inner, type: 'ConditionGroup' });
    const outer = await world.group({ value: middle, type: 'ConditionGroup' });
    for (const value of [inner, middle, outer]) {
      const add = { op: 'add', path: 'conditions', value: [{ value, type: 'ConditionGroup' }] };
      const answer = await world.patch(`ConditionGroups/${inner}`, add);
      expect(answer.status, value).toBe(400);
      expect(answer.body.detail).toContain('ConditionGroup.conditions');
    }
    // Twice the same group below is no circle.
    const conditions = [inner, middle].map((value) => ({ value, type: 'ConditionGroup' }));
    expect((await world.post('ConditionGroup', { name: 'x', operator: 'or', conditions })).status).toBe(201);
  });

  it.each([
    [{ conditions: [] }, 'conditions'],
    [{ conditions: [{ value: 'AlwaysTrueCondition' }, { value: 'AlwaysTrueCondition' }] }, 'conditions'],
    [{ conditions: [{ value: 'nothing' }] }, 'ConditionGroup.conditions'],
    [{ conditions: [{ value: 'AlwaysTrueCondition', type: 'ConditionGroup' }] }, 'ConditionGroup.conditions'],
    [{ conditions: [{ value: 'AlwaysTrueCondition', type: 'Rule' }] }, 'conditions.type'],
    [{ operator: 'xor' }, 'operator'],
    [{ operator: null }, 'operator'],
    [{ name: null }, 'name'],
  ])('%j is refused', async (changes, named) => {
    const conditions = [{ value: 'AlwaysTrueCondition' }];
    const answer = await world.post('ConditionGroup', { name: 'bad', operator: 'and', conditions, ...changes });
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain(named);
  });

  it('that a rule has are not deleted', async () => {
    const group = await world.group({ value: 'AlwaysTrueCondition' });
    await world.rule({ conditionGroup: { value: group, type: 'ConditionGroup' } });
    expect((await world.delete(`ConditionGroups/${group}`)).status).toBe(400);
  });
});
