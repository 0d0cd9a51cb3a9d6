import { describe, expect, it } from 'vitest';
import { evaluateUserExpression } from '../../../src/resources/user-expression.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type Answer, clientFor, startTestEmulator, type TestDomain, testDomain } from '../../support/emulator.ts';

const URN = 'urn:ietf:params:scim:schemas:idcs:extension:custom:User';
const AT = `/admin/v1/Schemas/${URN}`;
const SCHEMAS = ['urn:ietf:params:scim:schemas:core:2.0:Schema'];
const PATCH = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];

const put = (domain: TestDomain, ...attributes: JsonObject[]) =>
  domain.send('PUT', AT, { body: { schemas: SCHEMAS, id: 'urn:other', name: 'CustomUser', attributes } });
const patch = (domain: TestDomain, path: string, ...Operations: JsonObject[]) =>
  domain.send('PATCH', path, { body: { schemas: PATCH, Operations } });

const NICKNAME = {
  name: 'Nickname',
  type: 'string',
  idcsDisplayName: 'Nickname',
  idcsSearchable: true,
  idcsMaxLength: 40,
};
const BADGES = {
  name: 'badges',
  type: 'string',
  multiValued: true,
  idcsDisplayName: 'Badges',
  idcsSearchable: false,
  idcsMaxLength: 200,
  canonicalValues: ['gold', 'silver'],
};

function refusedWith(answer: Answer, detail: string): void {
  expect(answer.status, answer.text).toBe(400);
  expect(answer.body.detail).toContain(detail);
}

describe('the schema of custom attributes', () => {
  it('is there, is a Schema while pristine and a TenantSchema afterwards', async () => {
    const domain = await testDomain();
    const pristine = await domain.send('GET', AT);
    expect(pristine.body).toMatchObject({ id: URN, name: 'CustomUser', meta: { resourceType: 'Schema' } });
    const changed = await put(domain, NICKNAME, BADGES);
    expect(changed.status, changed.text).toBe(200);
    const location = `${domain.url}/admin/v1/TenantSchemas/${URN}`;
    expect(changed.body).toMatchObject({ id: URN, meta: { resourceType: 'TenantSchema', location } });
    expect(changed.body.attributes).toMatchObject([
      {
        ...NICKNAME,
        required: false,
        caseExact: true,
        uniqueness: 'none',
        idcsValuePersisted: true,
        idcsTargetAttributeName: 'I_VC_40_IFLEX_1',
      },
      { ...BADGES, idcsTargetAttributeName: 'U_VC_4K_IFLEX_1' },
    ]);
    expect((await domain.send('GET', AT)).body).toEqual(changed.body);
    expect((await domain.send('GET', `/admin/v1/TenantSchemas/${URN}`)).body).toEqual(changed.body);
    const listed = await domain.send('GET', `/admin/v1/Schemas?filter=${encodeURIComponent(`id eq "${URN}"`)}`);
    expect(listed.body.Resources).toEqual([changed.body]);
  });

  it('takes attributes by PATCH, and ignores what can not be changed', async () => {
    const domain = await testDomain();
    await patch(domain, AT, { op: 'add', path: 'attributes', value: [NICKNAME] });
    const again = { ...NICKNAME, idcsSearchable: false, caseExact: false, required: true, idcsDisplayName: 'Nick' };
    const replaced = await patch(domain, AT, { op: 'add', path: 'attributes', value: [again, BADGES] });
    expect(replaced.body.attributes).toMatchObject([
      { name: 'Nickname', idcsSearchable: true, caseExact: true, required: false, idcsDisplayName: 'Nick' },
      { name: 'badges' },
    ]);
    const mapping = [{ columnHeaderName: 'Nick Name Column' }];
    const path = 'attributes[name eq "Nickname"].idcsCsvAttributeNameMappings';
    const mapped = await patch(domain, AT, { op: 'replace', path, value: mapping });
    expect(mapped.body.attributes[0].idcsCsvAttributeNameMappings).toEqual(mapping);
    const filter = encodeURIComponent('resourceType eq "User" and idcsCustomAttribute eq true');
    const columns = await domain.send('GET', `/admin/v1/ResourceTypeSchemaAttributes?filter=${filter}`);
    expect(columns.body.Resources).toMatchObject([
      { name: 'Nickname', idcsCsvAttributeName: 'Nick Name Column', idcsSchemaUrn: URN },
      { name: 'badges' },
    ]);
  });

  it('refuses what breaks a rule, naming the attribute', async () => {
    const domain = await testDomain();
    refusedWith(await put(domain, { type: 'string' }), 'attributes.name');
    refusedWith(await put(domain, { name: 'a.b' }), 'a.b');
    refusedWith(await put(domain, { name: 'a', type: 'integer' }), 'type must be string');
    refusedWith(await put(domain, { name: 'a', idcsMaxLength: 1 }), 'idcsMaxLength');
    refusedWith(await put(domain, { name: 'a', idcsMinLength: 0 }), 'idcsMinLength');
    refusedWith(await put(domain, { name: 'a', returned: 'sometimes' }), 'returned');
    refusedWith(await put(domain, { name: 'a', idcsDisplayName: 'X' }, { name: 'b', idcsDisplayName: 'x' }), 'taken');
    const mapping = { idcsCsvAttributeNameMappings: [{ columnHeaderName: 'A' }] };
    refusedWith(await put(domain, { name: 'a', multiValued: true, ...mapping }), 'multiValueDelimiter');
    await put(domain, NICKNAME, BADGES);
    refusedWith(await put(domain, { ...NICKNAME, idcsMaxLength: 39 }, BADGES), 'only grow');
    refusedWith(await put(domain, { ...NICKNAME, idcsMaxLength: 41 }, BADGES), '40 at most');
    refusedWith(await put(domain, NICKNAME, { ...BADGES, canonicalValues: ['gold'] }), 'silver');
  });
});

describe('custom attributes', () => {
  it('are written, read, found, sorted and changed like all others, in their domain only', async () => {
    const domain = await testDomain();
    await put(domain, NICKNAME, BADGES);
    const jd = await domain.createUser('jdoe', { [URN]: { Nickname: 'JD', badges: ['gold'] } });
    expect(jd[URN]).toEqual({ Nickname: 'JD', badges: ['gold'] });
    expect(jd.schemas).toContain(URN);
    await domain.createUser('asmith', { [URN]: { Nickname: 'Smithy' } });
    await domain.createUser('nobody');
    const find = async (filter: string, more = '') =>
      (await domain.send('GET', `/admin/v1/Users?filter=${encodeURIComponent(filter)}${more}`)).body;
    const names = async (filter: string, more?: string) =>
      ((await find(filter, more)).Resources as { userName: string }[]).map(({ userName }) => userName);
    expect(await names(`${URN}:Nickname eq "JD"`)).toEqual(['jdoe']);
    expect(await names(`${URN}:Nickname eq "jd"`)).toEqual([]);
    expect(await names(`${URN}:nickname pr`, `&sortBy=${URN}:Nickname&sortOrder=descending`)).toEqual([
      'asmith',
      'jdoe',
    ]);
    expect((await find(`${URN}:badges eq "gold"`)).detail).toContain('badges');

    const at = `/admin/v1/Users/${jd.id}`;
    const only = await domain.send('GET', `${at}?attributes=${URN}:Nickname`);
    expect(only.body[URN]).toEqual({ Nickname: 'JD' });
    const changed = await patch(domain, at, { op: 'replace', path: `${URN}:Nickname`, value: 'Johnny' });
    expect(changed.body[URN]).toEqual({ Nickname: 'Johnny', badges: ['gold'] });
    const { body } = await domain.send('GET', at);
    expect((await domain.send('PUT', at, { body })).body).toEqual(body);
    refusedWith(await patch(domain, at, { op: 'replace', path: `${URN}:Nickname`, value: 'x'.repeat(41) }), 'Nickname');
    refusedWith(await patch(domain, at, { op: 'add', path: `${URN}:badges`, value: ['tin'] }), 'badges');
    refusedWith(await patch(domain, at, { op: 'add', path: `${URN}:shoes`, value: 'x' }), 'shoes');

    const other = await testDomain();
    const elsewhere = await other.send('POST', '/admin/v1/Users', {
      body: { schemas: [], userName: 'x', name: { familyName: 'X' }, [URN]: { Nickname: 'X' } },
    });
    refusedWith(elsewhere, URN);
  });

  it('keep their values when others change the user, and can not be removed while there are any', async () => {
    const domain = await testDomain();
    await put(domain, NICKNAME, BADGES);
    const user = await domain.createUser('jdoe', { [URN]: { Nickname: 'JD', badges: ['silver'] } });
    const off = await domain.send('PUT', `/admin/v1/UserStatusChanger/${user.id}`, {
      body: { schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserStatusChanger'], active: false },
    });
    expect(off.status, off.text).toBe(200);
    const found = await domain.send('GET', `/admin/v1/Users?filter=${encodeURIComponent(`${URN}:Nickname eq "JD"`)}`);
    expect(found.body.Resources).toMatchObject([{ active: false, [URN]: { Nickname: 'JD' } }]);

    refusedWith(await patch(domain, AT, { op: 'remove', path: 'attributes[name eq "Nickname"]' }), '1 users');
    refusedWith(await put(domain, NICKNAME), 'badges');
    await patch(domain, `/admin/v1/Users/${user.id}`, { op: 'remove', path: `${URN}:badges` });
    expect((await put(domain, NICKNAME)).body.attributes).toHaveLength(1);
  });

  it('are found by custom claims', () => {
    const user = { [URN]: { Nickname: 'JD', badges: ['gold'] } };
    const value = (text: string) => evaluateUserExpression(text, user, () => undefined);
    expect(value(`$user.${URN}:nickname`)).toBe('JD');
    expect(value(`$user.${URN}.badges`)).toEqual(['gold']);
    expect(value(`$user.${URN}:shoes`)).toBeUndefined();
  });

  it('are known to every process at once', async () => {
    const domain = await testDomain();
    const second = await startTestEmulator();
    try {
      const there = await clientFor(domain.name, (await second.domain(domain.name)).url);
      await there.createUser('before');
      await put(domain, NICKNAME);
      const user = await there.createUser('jdoe', { [URN]: { Nickname: 'JD' } });
      expect(user[URN]).toEqual({ Nickname: 'JD' });
    } finally {
      await second.stop();
    }
  });
});
