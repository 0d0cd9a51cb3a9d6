import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { ADMINISTRATOR, closeTestStore, type TestContext, testContext } from '../../support/context.ts';
import { type Answer, groupBody, pipelineOf, userBody } from '../../support/pipeline.ts';

let context: TestContext;
let users: ReturnType<typeof pipelineOf>;
let groups: ReturnType<typeof pipelineOf>;

beforeEach(async () => {
  context = await testContext();
  users = pipelineOf(context, 'User');
  groups = pipelineOf(context, 'Group');
});
afterAll(closeTestStore);

const setTitle = (value: string) => [{ op: 'replace', path: 'title', value }];

describe('versions', () => {
  it('move with a change, together with lastModified and the author', async () => {
    const { body } = await users.create(userBody('a'));
    context.clock.advance(5000);
    const other = { ...ADMINISTRATOR, id: 'b'.repeat(32), ocid: null, display: 'Other' };
    const { body: after, etag } = await pipelineOf({ ...context, caller: other }, 'User').patch(body.id, setTitle('x'));
    expect(after.meta.version).toMatch(/^[0-9a-f]{32}$/);
    expect(after.meta.version).not.toBe(body.meta.version);
    expect(etag).toBe(`"${after.meta.version}"`);
    expect([after.meta.created, after.meta.lastModified]).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:00:05.000Z',
    ]);
    expect([after.idcsCreatedBy.display, after.idcsLastModifiedBy.display]).toEqual(['Test User', 'Other']);
    expect((await users.read(body.id)).body).toEqual(after);
  });

  it('stay when a PATCH or PUT changes nothing', async () => {
    const { body } = await users.create(userBody('a', { title: 'x' }));
    context.clock.advance(5000);
    expect((await users.patch(body.id, setTitle('x'))).body.meta).toEqual(body.meta);
    expect((await users.replace(body.id, body)).body).toEqual(body);
    expect((await users.read(body.id)).body).toEqual(body);
  });
});

describe('If-Match', () => {
  it('lets the current version through, in all its forms', async () => {
    const { body, etag } = await users.create(userBody('a'));
    const first = await users.patch(body.id, setTitle('1'), {}, etag);
    expect(first.status).toBe(200);
    const second = await users.patch(body.id, setTitle('2'), {}, `"x", W/${first.etag}`);
    expect(second.status).toBe(200);
    expect((await users.replace(body.id, { ...second.body, title: '3' }, {}, '*')).status).toBe(200);
  });

  it('is a 412 for an old version, and nothing changes', async () => {
    const { body, etag } = await users.create(userBody('a'));
    await users.patch(body.id, setTitle('1'));
    expect((await users.patch(body.id, setTitle('2'), {}, etag)).status).toBe(412);
    expect((await users.replace(body.id, body, {}, etag)).status).toBe(412);
    expect((await users.remove(body.id, { ifMatch: etag })).status).toBe(412);
    expect((await users.read(body.id)).body.title).toBe('1');
  });

  it('lets one of many writers win', async () => {
    const { body, etag } = await users.create(userBody('a'));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => users.patch(body.id, setTitle(String(n)), {}, etag)),
    );
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([200, ...Array(9).fill(412)]);
  });
});

describe('concurrent changes without If-Match', () => {
  it('of different attributes all stay', async () => {
    const { body } = await users.create(userBody('a'));
    const names = ['title', 'nickName', 'locale', 'timezone', 'description', 'externalId', 'preferredLanguage'];
    const values: Record<string, string> = { locale: 'de', timezone: 'Europe/Berlin', preferredLanguage: 'de' };
    const answers = await Promise.all(
      names.map((path) => users.patch(body.id, [{ op: 'replace', path, value: values[path] ?? 'x' }])),
    );
    expect(answers.map((answer) => answer.status)).toEqual(names.map(() => 200));
    const after = (await users.read(body.id)).body;
    for (const name of names) expect(after[name]).toBe(values[name] ?? 'x');
  });

  it('of the members of a group all stay, whoever makes them', async () => {
    const { body: group } = await groups.create(groupBody('g'));
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push((await users.create(userBody(`u${n}`))).body.id);
    const answers = await Promise.all(
      ids.map((value, n) => {
        const caller = { ...ADMINISTRATOR, display: n % 2 === 0 ? 'Even' : 'Odd' };
        const operations = [{ op: 'add', path: 'members', value: [{ value, type: 'User' }] }];
        return pipelineOf({ ...context, caller }, 'Group').patch(group.id, operations);
      }),
    );
    expect(answers.map((answer) => answer.status)).toEqual(ids.map(() => 200));
    const { members } = (await groups.read(group.id, { attributes: 'members' })).body;
    expect(new Set(members.map((member: JsonObject) => member['value']))).toEqual(new Set(ids));
    expect(new Set(answers.map((answer: Answer) => answer.etag)).size).toBe(ids.length);
  });

  it('with a delete end in 404 or 204, never in an error of ours', async () => {
    const { body } = await users.create(userBody('a'));
    const answers = await Promise.all([
      users.remove(body.id),
      ...Array.from({ length: 8 }, (_, n) => users.patch(body.id, setTitle(String(n)))),
    ]);
    expect(answers[0]!.status).toBe(204);
    for (const answer of answers.slice(1)) expect([200, 404]).toContain(answer.status);
  });
});

describe('a GET, changed and PUT back', () => {
  it('works with the default attributes, changes what was changed and loses nothing', async () => {
    const { body: user } = await users.create(
      userBody('a', { password: 'Welcome@12345', tags: [{ key: 'k', value: 'v' }] }),
    );
    const { body: group } = await groups.create(groupBody('g', [user.id]));
    const read = (await users.read(user.id)).body;
    const put = await users.replace(user.id, { ...read, title: 'Boss' });
    expect(put.status).toBe(200);
    expect({ ...put.body, meta: 0 }).toEqual({ ...read, title: 'Boss', meta: 0 });
    const all = (await users.read(user.id, { attributes: 'tags,groups' })).body;
    expect(all.tags).toEqual([{ key: 'k', value: 'v' }]);
    expect(all.groups[0].value).toBe(group.id);
    const groupRead = (await groups.read(group.id)).body;
    expect((await groups.replace(group.id, { ...groupRead, externalId: '7' })).status).toBe(200);
    expect((await groups.read(group.id, { attributes: 'members' })).body.members).toHaveLength(1);
  });

  it('works with all attributes', async () => {
    const { body: user } = await users.create(userBody('a', { password: 'Welcome@12345' }));
    const { body: group } = await groups.create(groupBody('g', [user.id]));
    for (const [type, id] of [
      [users, user.id],
      [groups, group.id],
    ] as const) {
      const read = (await type.read(id, { attributeSets: 'all' })).body;
      const put = await type.replace(id, read, { attributeSets: 'all' });
      expect(put.body).toEqual(read);
    }
  });

  it('works by OCID', async () => {
    const { body } = await users.create(userBody('a'));
    const read = (await users.read(body.ocid)).body;
    expect(read.meta.location).toBe(`http://127.0.0.1:8080/admin/v1/Users/${body.ocid}`);
    const put = await users.replace(body.ocid, { ...read, title: 'x' });
    expect([put.status, put.body.title]).toEqual([200, 'x']);
  });

  it('is refused when it changes a readOnly attribute, by name', async () => {
    const { body: user } = await users.create(userBody('a'));
    const { body: group } = await groups.create(groupBody('g', [user.id]));
    const read = (await users.read(user.id, { attributeSets: 'all' })).body;
    const put = await users.replace(user.id, { ...read, groups: [] });
    expect([200, 400]).toContain(put.status);
    const other = await users.replace(user.id, { ...read, groups: [{ value: 'f'.repeat(32) }] });
    expect([other.status, other.body.detail]).toEqual([400, expect.stringContaining('groups')]);
    expect((await groups.read(group.id, { attributes: 'members' })).body.members).toHaveLength(1);
  });
});

describe('a PUT that leaves attributes out', () => {
  it('clears them, or brings their defaults back', async () => {
    const { body: fresh } = await users.create(userBody('a'));
    await users.patch(fresh.id, [
      ...setTitle('x'),
      { op: 'replace', path: 'active', value: false },
      {
        op: 'replace',
        path: 'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User:canUseApiKeys',
        value: false,
      },
    ]);
    const { body } = await users.replace(fresh.id, userBody('a'));
    expect({ ...body, meta: 0 }).toEqual({ ...fresh, meta: 0 });
    const { body: group } = await groups.create(groupBody('g'));
    expect((await groups.replace(group.id, groupBody('g'))).body).toEqual(group);
  });
});

describe('a resource with idcsPreventedOperations', () => {
  it('refuses them, and shows them in PUT and PATCH answers only', async () => {
    const { body } = await groups.create(groupBody('shipped'));
    const row = (await context.store.resources.read(context.domain.id, 'Group', body.id))!;
    const { resourceType } = await import('../../../src/schemas/registry.ts');
    const write = { type: resourceType('Group'), id: row.id, ocid: row.ocid, version: 'f'.repeat(32), lastModified: 0 };
    const data = { ...row.data, idcsPreventedOperations: ['delete', 'replace'] };
    await context.store.resources.update(context.domain.id, { ...write, data }, null);
    expect((await groups.remove(body.id, { force: true })).status).toBe(403);
    expect((await groups.replace(body.id, groupBody('x'))).status).toBe(403);
    expect((await groups.read(body.id)).body.idcsPreventedOperations).toBeUndefined();
    const patched = await groups.patch(body.id, [{ op: 'replace', path: 'externalId', value: '1' }]);
    expect(patched.body.idcsPreventedOperations).toEqual(['delete', 'replace']);
  });
});
