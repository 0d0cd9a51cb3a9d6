import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { closeTestStore, type TestContext, testContext } from '../support/context.ts';
import { groupBody, pipelineOf, userBody } from '../support/pipeline.ts';

const USER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const GROUP = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
type Body = any;

let context: TestContext;
let users: ReturnType<typeof pipelineOf>;
let groups: ReturnType<typeof pipelineOf>;
let app: Body;
let reader: Body;
let writer: Body;

beforeEach(async () => {
  context = await testContext();
  users = pipelineOf(context, 'User');
  groups = pipelineOf(context, 'Group');
  const made = await pipelineOf(context, 'App').create({
    displayName: 'Shop',
    basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    isOAuthClient: true,
    clientType: 'confidential',
    active: true,
  });
  expect(made).toMatchObject({ status: 201 });
  app = made.body;
  const role = async (displayName: string) => {
    const answer = await pipelineOf(context, 'AppRole').create({ displayName, app: { value: app.id } });
    expect(answer).toMatchObject({ status: 201 });
    return answer.body;
  };
  reader = await role('Reader');
  writer = await role('Writer');
});
afterAll(closeTestStore);

async function grant(role: Body, type: 'User' | 'Group', value: string): Promise<Body> {
  const answer = await pipelineOf(context, 'Grant').create({
    app: { value: app.id },
    entitlement: { attributeName: 'appRoles', attributeValue: role.id },
    grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
    grantee: { value, type },
  });
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
}

describe('rights of a user', () => {
  it('are direct AppRoles and those of the groups, each shown as what it is', async () => {
    const { body: user } = await users.create(userBody('a'));
    const { body: group } = await groups.create(groupBody('g', [user.id]));
    await grant(reader, 'User', user.id);
    await grant(writer, 'Group', group.id);
    const asked = { attributes: `${USER}:appRoles,${USER}:appRoles.type` };
    const { appRoles } = (await users.read(user.id, asked)).body[USER];
    expect(appRoles).toHaveLength(2);
    expect(appRoles.find((role: Body) => role.value === reader.id)).toEqual({
      value: reader.id,
      display: 'Reader',
      type: 'direct',
      appId: app.id,
      appName: app.name,
      adminRole: false,
      $ref: `http://127.0.0.1:8080/admin/v1/AppRoles/${reader.id}`,
    });
    expect(appRoles.find((role: Body) => role.value === writer.id)).toMatchObject({
      type: 'indirect',
      display: 'Writer',
    });
    const { body: other } = await groups.read(group.id, { attributes: `${GROUP}:appRoles.display` });
    expect(other[GROUP].appRoles).toEqual([{ value: writer.id, display: 'Writer' }]);
  });

  it('are cut by a filter in brackets (main-0467)', async () => {
    const { body: user } = await users.create(userBody('a'));
    await grant(reader, 'User', user.id);
    await grant(writer, 'User', user.id);
    for (const filter of [`value eq "${reader.id}"`, `display eq "reader" and appId eq "${app.id}"`]) {
      const { body } = await users.read(user.id, { attributes: `${USER}:appRoles[${filter}]` });
      expect(body[USER].appRoles.map((role: Body) => role.value)).toEqual([reader.id]);
    }
  });

  it('are grants and accounts too', async () => {
    const { body: user } = await users.create(userBody('a'));
    const first = await grant(reader, 'User', user.id);
    const second = await grant(writer, 'User', user.id);
    const { body } = await users.read(user.id, { attributes: `${USER}:grants,${USER}:accounts` });
    expect(body[USER].grants.map((each: Body) => each.value)).toEqual([first.id, second.id]);
    expect(body[USER].grants[0]).toMatchObject({ appId: app.id, grantMechanism: 'ADMINISTRATOR_TO_USER' });
    expect(body[USER].accounts).toEqual([expect.objectContaining({ appId: app.id, name: 'a', active: true })]);
  });

  it.each([
    ['User', () => users.create(userBody('a'))],
    ['Group', () => groups.create(groupBody('g'))],
  ] as const)('are no obstacle to a PUT of the whole %s that a GET showed', async (type, create) => {
    const { id } = (await create()).body;
    await grant(reader, type, id);
    const owner = pipelineOf(context, type);
    const { body: whole } = await owner.read(id, { attributeSets: 'all' });
    const { status, body } = await owner.replace(id, whole, { attributeSets: 'all' });
    expect([status, body]).toEqual([200, whole]);
  });

  it('show as accounts of the app, each user once (main-0032)', async () => {
    const { body: user } = await users.create(userBody('a'));
    const { body: other } = await users.create(userBody('b'));
    const { body: group } = await groups.create(groupBody('g'));
    await grant(reader, 'User', user.id);
    await grant(writer, 'User', user.id);
    await grant(reader, 'Group', group.id);
    await grant(reader, 'User', other.id);
    const apps = pipelineOf(context, 'App');
    const account = (value: string, ownerId: string, name: string) => ({
      value,
      ownerId,
      name,
      active: true,
      $ref: `http://127.0.0.1:8080/admin/v1/AccountMgmtInfos/${value}`,
    });
    const { body: whole } = await apps.read(app.id, { attributes: 'accounts' });
    const { body: listed } = await pipelineOf(context, 'AccountMgmtInfo').list({ filter: `app.value eq "${app.id}"` });
    // The list is in the order of the users' ids, the attribute in that of their creation.
    const [first, second] = [user, other].map(({ id }) => listed.Resources.find((each: Body) => each.uid === id));
    expect(whole.accounts).toEqual([account(first.id, user.id, 'a'), account(second.id, other.id, 'b')]);
    const { body: cut } = await apps.read(app.id, { attributes: `accounts[ownerId eq "${other.id}"].name` });
    expect(cut.accounts).toEqual([{ value: second.id, name: 'b' }]);
  });

  it('are searched by (main-0469, main-0470, main-0236)', async () => {
    const { body: user } = await users.create(userBody('a'));
    const { body: group } = await groups.create(groupBody('g'));
    await users.create(userBody('b'));
    await grant(reader, 'User', user.id);
    await grant(reader, 'Group', group.id);
    for (const filter of [
      `${USER}:appRoles.value eq "${reader.id}"`,
      `${USER}:approles.value eq ${reader.id}`,
      `${USER}:appRoles[value eq "${reader.id}" and type eq "direct"]`,
    ]) {
      const { status, body } = await users.list({ filter });
      expect([filter, status, body.Resources?.map((each: Body) => each.id)]).toEqual([filter, 200, [user.id]]);
    }
    const { body } = await groups.list({ filter: `${GROUP}:appRoles.value eq "${reader.id}"` });
    expect(body.Resources.map((each: Body) => each.id)).toEqual([group.id]);
  });

  it('block a delete, which forceDelete does with their Grants', async () => {
    for (const [type, made] of [
      ['User', await users.create(userBody('a'))],
      ['Group', await groups.create(groupBody('g'))],
    ] as const) {
      const { id } = made.body;
      const given = await grant(reader, type, id);
      const owner = pipelineOf(context, type);
      const refused = await owner.remove(id);
      expect([refused.status, refused.body.detail]).toEqual([
        400,
        expect.stringContaining('referenced by AppRole Reader'),
      ]);
      expect((await owner.remove(id, { force: true })).status).toBe(204);
      expect((await pipelineOf(context, 'Grant').read(given.id)).status).toBe(404);
    }
    const { body } = await pipelineOf(context, 'AppRole').read(reader.id, { attributes: 'members' });
    expect(body.members).toBeUndefined();
  });

  it('of a page are loaded with the same statements as of one', async () => {
    for (let n = 0; n < 6; n++) await grant(reader, 'User', (await users.create(userBody(`u${n}`))).body.id);
    let calls = 0;
    const { edges } = context.store;
    const page: typeof edges.page = (...given) => {
      calls += 1;
      return edges.page(...given);
    };
    const counted = pipelineOf({ ...context, store: { ...context.store, edges: { ...edges, page } } }, 'User');
    const { Resources } = (await counted.list({ attributes: `${USER}:appRoles` })).body;
    expect(Resources.every((user: Body) => user[USER].appRoles.length === 1)).toBe(true);
    expect(calls).toBe(2);
  });

  it('are asked for one after the other, as a transaction has one connection', async () => {
    const { body: user } = await users.create(userBody('a'));
    await grant(reader, 'User', user.id);
    let [running, most] = [0, 0];
    const watched =
      <Given extends unknown[], Result>(statement: (...given: Given) => Promise<Result>) =>
      async (...given: Given) => {
        running += 1;
        most = Math.max(most, running);
        return statement(...given).finally(() => {
          running -= 1;
        });
      };
    const { edges, resources } = context.store;
    const store = {
      ...context.store,
      edges: { ...edges, page: watched(edges.page) },
      resources: { ...resources, search: watched(resources.search), readSecrets: watched(resources.readSecrets) },
    };
    const { body } = await pipelineOf({ ...context, store }, 'User').read(user.id, { attributeSets: 'all' });
    expect(body[USER].grants).toHaveLength(1);
    expect(most).toBe(1);
  });
});
