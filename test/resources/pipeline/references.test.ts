import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { closeTestStore, type TestContext, testContext } from '../../support/context.ts';
import { groupBody, pipelineOf, userBody } from '../../support/pipeline.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';
const KERBEROS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:kerberosUser:User';
const MISSING = 'f'.repeat(32);

let context: TestContext;
let users: ReturnType<typeof pipelineOf>;
let groups: ReturnType<typeof pipelineOf>;

beforeEach(async () => {
  context = await testContext();
  users = pipelineOf(context, 'User');
  groups = pipelineOf(context, 'Group');
});
afterAll(closeTestStore);

describe('a reference', () => {
  it("is resolved by id or OCID, and shows the target's name and address", async () => {
    const { body: boss } = await users.create(userBody('boss', { displayName: 'The Boss' }));
    for (const value of [boss.id, boss.ocid]) {
      const name = `u${value.length}`;
      const { status, body } = await users.create(
        userBody(name, { [ENTERPRISE]: { manager: { value, displayName: 'lie' } } }),
      );
      expect(status).toBe(201);
      expect(body[ENTERPRISE].manager).toEqual({
        value: boss.id,
        displayName: 'The Boss',
        $ref: `http://127.0.0.1:8080/admin/v1/Users/${boss.id}`,
      });
      expect(body.schemas).toContain(ENTERPRISE);
    }
  });

  it("to nothing is a 400 in the service's words", async () => {
    const { status, body } = await users.create(userBody('u', { [ENTERPRISE]: { manager: { value: MISSING } } }));
    expect([status, body]).toEqual([
      400,
      {
        detail: `User.manager references a User with ID ${MISSING} that does not exist.`,
        messageId: 'error.common.validation.invalidReferenceResource',
      },
    ]);
  });

  it('of several types is looked up by its own type', async () => {
    const { body: user } = await users.create(userBody('owner'));
    const owned = { ...groupBody('g'), [GROUP]: { owners: [{ value: user.id, type: 'User' }] } };
    const { body: group } = await groups.create(owned);
    const shown = (await groups.read(group.id, { attributes: `${GROUP}:owners` })).body;
    expect(shown[GROUP].owners).toEqual([
      { value: user.id, type: 'User', display: 'user test', $ref: `http://127.0.0.1:8080/admin/v1/Users/${user.id}` },
    ]);
    const wrong = { ...groupBody('h'), [GROUP]: { owners: [{ value: user.id, type: 'App' }] } };
    expect((await groups.create(wrong)).body.detail).toBe(
      `Group.owners references a App with ID ${user.id} that does not exist.`,
    );
  });

  it('to a type that is not built yet is kept as written, with its address', async () => {
    const realmUsers = [{ value: MISSING }];
    const { status, body } = await users.create(userBody('u', { [KERBEROS]: { realmUsers } }), {
      attributes: `${KERBEROS}:realmUsers`,
    });
    expect(status).toBe(201);
    expect(body[KERBEROS].realmUsers).toEqual([
      { value: MISSING, $ref: `http://127.0.0.1:8080/admin/v1/KerberosRealmUsers/${MISSING}` },
    ]);
  });

  it('that stands already may be PUT back after its target is gone', async () => {
    const { body: boss } = await users.create(userBody('boss'));
    const { body: user } = await users.create(userBody('u', { [ENTERPRISE]: { manager: { value: boss.id } } }));
    // As when the target is deleted while the reference is being written.
    expect(await context.store.resources.delete(context.domain.id, 'User', boss.id, null)).toBe(true);
    const read = (await users.read(user.id)).body;
    const put = await users.replace(user.id, { ...read, title: 'x' });
    expect([put.status, put.body[ENTERPRISE]]).toEqual([200, read[ENTERPRISE]]);
    const { status } = await users.patch(user.id, [
      { op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: MISSING } },
    ]);
    expect(status).toBe(400);
  });

  it('does not see other domains', async () => {
    const other = pipelineOf(await testContext(), 'User');
    const { body: stranger } = await other.create(userBody('stranger'));
    expect((await groups.create(groupBody('g', [stranger.id]))).status).toBe(400);
    expect((await users.read(stranger.id)).status).toBe(404);
  });

  it('is one statement for all references of a request', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await users.create(userBody(`u${n}`))).body.id);
    let calls = 0;
    const resources = {
      ...context.store.resources,
      resolve: (...args: Parameters<typeof context.store.resources.resolve>) => {
        calls += 1;
        return context.store.resources.resolve(...args);
      },
    };
    const counted = pipelineOf({ ...context, store: { ...context.store, resources } }, 'Group');
    const owners = ids.map((value) => ({ value, type: 'User' }));
    expect((await counted.create({ ...groupBody('g', ids), [GROUP]: { owners } })).status).toBe(201);
    expect(calls).toBe(1);
  });
});
