import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { testDomain } from '../support/emulator.ts';
import { ABOUT, COMMON_KEYS, eventsOf, keysOf } from './audit-world.ts';

const keys = (...more: string[]) => [...COMMON_KEYS, ...more].sort();

const user = (userName: string, more: JsonObject = {}) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName,
  name: { givenName: 'Barbara', familyName: 'Jensen' },
  emails: [{ value: `${userName}@example.com`, type: 'work', primary: true }],
  ...more,
});

describe('a write is an event', () => {
  it('of the recorded form, for a user who is created, changed and deleted', async () => {
    const domain = await testDomain();
    const created = await domain.send('POST', '/admin/v1/Users', {
      body: user('bjensen', { password: 'Correct-Horse-9!' }),
    });
    const { id } = created.body;
    await domain.send('PATCH', `/admin/v1/Users/${id}`, {
      body: patch({ op: 'replace', path: 'displayName', value: 'Babs' }),
    });
    await domain.send('DELETE', `/admin/v1/Users/${id}`);
    const [create, update, remove, ...others] = await eventsOf(domain, `adminResourceId eq "${id}"`);
    expect(others).toEqual([]);

    expect(keysOf(create)).toEqual(keys(...ABOUT, 'adminValuesAdded'));
    expect(create).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:AuditEvent'],
      eventId: 'admin.user.create.success',
      serviceName: 'Admin',
      actorType: 'App',
      actorName: 'idcs-admin',
      adminResourceType: 'User',
      adminResourceName: 'bjensen',
      ecId: created.headers.get('x-oracle-dms-ecid'),
      rId: created.headers.get('x-oracle-dms-rid'),
      quotaCount: 0,
      ssoAuthnLevel: 0,
      clientIp: '127.0.0.1',
    });
    expect(create.timestamp < create.meta.created).toBe(true);
    const added = JSON.parse(create.adminValuesAdded);
    expect(added).toMatchObject({ id, userName: 'bjensen', password: '*********', active: 'true' });
    expect(create.adminValuesAdded).not.toContain('Correct-Horse-9!');
    expect(JSON.stringify(added)).not.toMatch(/":(true|false|\d)/);

    expect(keysOf(update)).toEqual(keys(...ABOUT, 'adminValuesAdded', 'adminValuesRemoved'));
    expect(update.eventId).toBe('admin.user.update.success');
    expect(JSON.parse(update.adminValuesAdded).displayName).toBe('Babs');
    expect(JSON.parse(update.adminValuesRemoved).displayName).toBe('Barbara Jensen');

    expect(keysOf(remove)).toEqual(keys(...ABOUT, 'adminValuesRemoved'));
    expect(remove.eventId).toBe('admin.user.delete.success');
    const read = await domain.send('GET', `/admin/v1/AuditEvents/${remove.id}`);
    expect(read.body).toEqual(remove);
  });

  it('for each member that joins or leaves a group, and no member that was there', async () => {
    const domain = await testDomain();
    const [one, two, three] = await Promise.all(['one', 'two', 'three'].map((name) => domain.createUser(name)));
    const group = await domain.createGroup('Readers', [one.id]);
    const path = `/admin/v1/Groups/${group.id}`;
    await domain.send('PATCH', path, {
      body: patch({ op: 'add', path: 'members', value: [one, two, three].map(({ id }) => ({ value: id })) }),
    });
    await domain.send('PATCH', path, { body: patch({ op: 'remove', path: `members[value eq "${two.id}"]` }) });
    await domain.send('PATCH', path, { body: patch({ op: 'remove', path: 'members' }) });
    await domain.send('PATCH', path, { body: patch({ op: 'remove', path: 'members' }) });
    const events = await eventsOf(domain, `adminResourceId eq "${group.id}"`);
    expect(events.map(({ eventId, adminRefResourceName }) => [eventId, adminRefResourceName])).toEqual([
      ['admin.group.create.success', undefined],
      ['admin.group.add.member.success', one.displayName],
      ['admin.group.add.member.success', two.displayName],
      ['admin.group.add.member.success', three.displayName],
      ['admin.group.remove.member.success', two.displayName],
      ['admin.group.remove.member.success', one.displayName],
      ['admin.group.remove.member.success', three.displayName],
    ]);
    expect(keysOf(events[2])).toEqual(
      keys(...ABOUT, 'adminRefResourceType', 'adminRefResourceId', 'adminRefResourceName'),
    );
    expect(events[2]).toMatchObject({ adminRefResourceType: 'User', adminRefResourceId: two.id });
  });

  it('only when it happens: a refused one leaves none, and one that changes nothing neither', async () => {
    const domain = await testDomain();
    const { id } = await domain.createUser('taken');
    const before = await eventsOf(domain);
    const refused = await Promise.all([
      domain.send('POST', '/admin/v1/Users', { body: user('TAKEN') }),
      domain.send('PATCH', `/admin/v1/Users/${id}`, { body: patch({ op: 'replace', path: 'userName', value: '' }) }),
      domain.send('DELETE', `/admin/v1/Users/${id}`, { headers: { 'if-match': '"another"' } }),
      domain.send('POST', '/admin/v1/Users', { body: user('nobody'), token: null }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([409, 400, 412, 401]);
    await domain.send('PATCH', `/admin/v1/Users/${id}`, {
      body: patch({ op: 'replace', path: 'userName', value: 'taken' }),
    });
    expect(await eventsOf(domain)).toEqual(before);
  });

  it('names the AppRole that is given to a user, and its App', async () => {
    const domain = await testDomain();
    const { id, displayName } = await domain.createUser('helper');
    const [role] = (await domain.send('GET', '/admin/v1/AppRoles?filter=displayName%20eq%20%22User%20Administrator%22'))
      .body.Resources;
    const grant = await domain.send('POST', '/admin/v1/Grants', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
        grantee: { type: 'User', value: id },
        app: { value: role.app.value },
        entitlement: { attributeName: 'appRoles', attributeValue: role.id },
        grantMechanism: 'ADMINISTRATOR_TO_USER',
      },
    });
    expect(grant.status).toBe(201);
    await domain.send('DELETE', `/admin/v1/Grants/${grant.body.id}`);
    const events = await eventsOf(domain, 'eventId sw "admin.approle."');
    expect(events.map(({ eventId }) => eventId)).toEqual([
      'admin.approle.add.member.success',
      'admin.approle.remove.member.success',
    ]);
    for (const event of events) {
      expect(keysOf(event)).toEqual(
        keys(...ABOUT, 'adminAppRoleAppName', 'adminRefResourceType', 'adminRefResourceId', 'adminRefResourceName'),
      );
      expect(event).toMatchObject({
        adminResourceName: 'User Administrator',
        adminAppRoleAppName: role.app.display,
        adminRefResourceType: 'User',
        adminRefResourceId: id,
        adminRefResourceName: displayName,
      });
    }
  });

  it('says that a user or an App was switched on or off', async () => {
    const domain = await testDomain();
    const { id } = await domain.createUser('sleeper');
    for (const active of [false, true]) {
      await domain.send('PUT', `/admin/v1/UserStatusChanger/${id}`, {
        body: { schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserStatusChanger'], active },
      });
    }
    const events = await eventsOf(domain, `adminResourceId eq "${id}" and eventId co "activated"`);
    expect(events.map(({ eventId }) => eventId)).toEqual([
      'admin.user.deactivated.success',
      'admin.user.activated.success',
    ]);
  });
});

function patch(...Operations: JsonObject[]): JsonObject {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
}
