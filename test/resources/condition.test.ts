import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { PolicyWorld, written } from './policy-world.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:Condition';
const CONSENT = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:ociconsolesignonpolicyconsent:Policy';
const FULL: JsonObject = {
  schemas: [SCHEMA],
  name: 'In one of the groups',
  description: 'text',
  externalId: 'c-1',
  attributeName: 'user.groups[*].value',
  operator: 'coany',
  attributeValue: '["staff"]',
  evaluateConditionIf: 'user.active eq true',
};

let world: PolicyWorld;

beforeAll(async () => {
  world = await PolicyWorld.make();
});

describe('Conditions', () => {
  it('are read as they were written, replaced, changed and deleted', async () => {
    const made = await world.post('Condition', FULL);
    expect(made.status, made.text).toBe(201);
    expect(written(made)).toEqual(FULL);
    expect(made.body.ocid).toMatch(/^ocid1\.domaincondition\./);
    const path = `Conditions/${made.body.id}`;
    expect(written(await world.get(path))).toEqual(FULL);
    const put = await world.put('Condition', made.body.id, { ...FULL, operator: 'nin', description: null });
    expect(put.status, put.text).toBe(200);
    expect(put.body).toMatchObject({ id: made.body.id, operator: 'nin', meta: { created: made.body.meta.created } });
    expect(put.body).not.toHaveProperty('description');
    const patched = await world.patch(path, { op: 'replace', path: 'attributeValue', value: '["other"]' });
    expect(patched.body.attributeValue).toBe('["other"]');
    const found = await world.get('Conditions?filter=name eq "In one of the groups"');
    expect(found.body.Resources.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
    expect((await world.delete(path)).status).toBe(204);
    expect((await world.get(path)).status).toBe(404);
  });

  it.each([
    ['name', 400],
    ['attributeName', 400],
    ['operator', 400],
    ['attributeValue', 400],
  ])('need %s', async (name, status) => {
    const { [name]: _, ...body } = FULL;
    const answer = await world.post('Condition', { ...body, ...(name === 'name' ? {} : { name: `without ${name}` }) });
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(name);
  });

  it('have a name of their own, an operator that is known and a value that it can compare with', async () => {
    await world.condition({ name: 'taken' });
    const body = { ...FULL, name: 'another' };
    expect((await world.post('Condition', { ...body, name: 'taken' })).status).toBe(409);
    const operator = await world.post('Condition', { ...body, operator: 'like' });
    expect(operator.status).toBe(400);
    expect(operator.body.detail).toContain('coany');
    const value = await world.post('Condition', { ...body, attributeValue: 'staff' });
    expect(value.status).toBe(400);
    expect(value.body.detail).toContain('Condition.attributeValue must be a JSON array');
    const id = await world.condition();
    const patched = await world.patch(`Conditions/${id}`, { op: 'replace', path: 'operator', value: 'in' });
    expect(patched.status).toBe(400);
  });

  it('take the consent to a change without showing it', async () => {
    const consent = { consent: true, justification: 'text', reason: 'text' };
    const made = await world.post('Condition', { ...FULL, name: 'with consent', [CONSENT]: consent });
    expect(made.status, made.text).toBe(201);
    expect(made.body).not.toHaveProperty([CONSENT]);
  });

  it('that are referenced are not deleted, and leave with force', async () => {
    const id = await world.condition();
    const group = await world.group({ value: id, type: 'Condition' }, { value: 'AlwaysTrueCondition' });
    const rule = await world.rule({ conditionGroup: { value: id, type: 'Condition' } });
    const refused = await world.delete(`Conditions/${id}`);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('error.common.validation.referencedResource');
    expect((await world.delete(`Conditions/${id}?forceDelete=true`)).status).toBe(204);
    expect((await world.get(`Rules/${rule}`)).body).not.toHaveProperty('conditionGroup');
    const left = (await world.get(`ConditionGroups/${group}`)).body.conditions;
    expect(left.map(({ value }: { value: string }) => value)).toEqual(['AlwaysTrueCondition']);
  });

  it('that ship say in answers to changes that they are not deleted', async () => {
    const list = await world.get('Conditions?filter=id eq "DefaultSignOnCondition"');
    expect(list.body.Resources[0]).not.toHaveProperty('idcsPreventedOperations');
    const patched = await world.patch('Conditions/DefaultSignOnCondition', {
      op: 'replace',
      path: 'description',
      value: 'Sign on',
    });
    expect(patched.body.idcsPreventedOperations).toEqual(['delete']);
    expect((await world.delete('Conditions/DefaultSignOnCondition?forceDelete=true')).status).toBe(403);
  });
});
