import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/postgres-store.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';
import { testDatabase } from '../support/test-database.ts';
import { eventsOf } from './audit-world.ts';

const PATH = '/admin/v1/AuditEvents';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

async function get(domain: TestDomain, query: Record<string, string>) {
  return domain.send('GET', `${PATH}?${new URLSearchParams(query)}`);
}

describe('AuditEvents', () => {
  it('are found, counted, sorted and cut as recorded (main-0113, 0131, 0132, 0136)', async () => {
    const domain = await testDomain();
    // Nobody is told of these users: a mail would be an event too.
    const quiet = { 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User': { bypassNotification: true } };
    const { headers } = await domain.send('POST', '/admin/v1/Users', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'zoe',
        name: { familyName: 'Z' },
        emails: [{ value: 'zoe@example.com', type: 'work', primary: true }],
        ...quiet,
      },
    });
    await domain.createUser('adam', quiet);
    await advanceClock(domain, 600);
    await domain.createGroup('Staff');
    const ecid = headers.get('x-oracle-dms-ecid');
    // A2 prints the filter with a mark behind the ECID.
    for (const written of [ecid, `${ecid}^`]) {
      const found = await get(domain, { filter: `actorName sw "idcs" and ecId eq "${written}"` });
      expect(found.body).toMatchObject({ totalResults: 1, itemsPerPage: 50, startIndex: 1 });
      expect(found.body.Resources[0]).toMatchObject({ eventId: 'admin.user.create.success', adminResourceName: 'zoe' });
    }
    const all = await eventsOf(domain);
    expect(all.map(({ eventId }) => eventId)).toEqual([
      'admin.user.create.success',
      'admin.user.create.success',
      'admin.group.create.success',
    ]);
    const newest = await get(domain, { sortBy: 'timestamp', sortOrder: 'descending', count: '2' });
    expect(newest.body.totalResults).toBe(3);
    expect(newest.body.Resources.map((event: { id: string }) => event.id)).toEqual([all[2].id, all[1].id]);
    const late = await get(domain, {
      filter: `timestamp gt "${all[1].timestamp}" and timestamp le "${all[2].timestamp}"`,
    });
    expect(late.body.Resources.map((event: { id: string }) => event.id)).toEqual([all[2].id]);
    const named = await get(domain, {
      filter: 'eventId eq "ADMIN.USER.CREATE.SUCCESS"',
      sortBy: 'adminResourceName',
      attributes: 'actorName,timestamp',
    });
    expect(named.body.Resources).toEqual(
      [all[1], all[0]].map(({ id, actorName, timestamp }) => ({ id, actorName, timestamp })),
    );
    expect((await get(domain, { filter: 'actorType ne "User"', count: '0' })).body).toMatchObject({
      totalResults: 3,
      Resources: [],
    });
    expect((await get(domain, { attributes: 'count(*)', filter: 'eventId co "user"' })).body.Resources).toEqual([
      { count: 2 },
    ]);
    const searched = await domain.send('POST', `${PATH}/.search`, {
      body: { schemas: [SEARCH], attributes: ['actorName'], filter: 'actorName sw "IDCS-"', startIndex: 1, count: 5 },
    });
    expect(searched.body).toMatchObject({ totalResults: 3, itemsPerPage: 5 });
    expect(Object.keys(searched.body.Resources[0]).sort()).toEqual(['actorName', 'id']);
    expect((await get(domain, { filter: 'adminValuesAdded co "zoe"' })).status).toBe(400);
  });

  it('can be written by nobody, and read by those whom the AppRole table names', async () => {
    const domain = await testDomain();
    await newUser(domain, 'plain', 'Correct-Horse-9!');
    const [{ id }] = await eventsOf(domain);
    const schemas = ['urn:ietf:params:scim:schemas:oracle:idcs:AuditEvent'];
    const tries = [
      await domain.send('POST', PATH, { body: { schemas, eventId: 'admin.user.create.success' } }),
      await domain.send('PUT', `${PATH}/${id}`, { body: { schemas, eventId: 'x' } }),
      await domain.send('PATCH', `${PATH}/${id}`, { body: { schemas: [], Operations: [] } }),
      await domain.send('DELETE', `${PATH}/${id}`),
    ];
    expect(tries.map(({ status }) => status)).toEqual([405, 405, 405, 405]);
    const form = { grant_type: 'password', username: 'plain', password: 'Correct-Horse-9!' };
    const { body } = await domain.tokenRequest({ ...form, scope: 'urn:opc:idm:__myscopes__' });
    // Authenticated Client reads and lists, and has no search.
    const token = body.access_token;
    expect((await domain.send('GET', PATH, { token })).status).toBe(200);
    expect((await domain.send('POST', `${PATH}/.search`, { token, body: { schemas: [SEARCH] } })).status).toBe(401);
    expect((await domain.send('GET', PATH, { token: null })).status).toBe(401);
    expect((await domain.send('GET', `${PATH}/nobody`)).status).toBe(404);
  });

  it('end with their retention, by the clock and the Settings of the domain', async () => {
    const [short, long] = [await testDomain(), await testDomain()];
    const path = '/admin/v1/Settings/Settings';
    const patched = await short.send('PATCH', path, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'auditEventRetentionPeriod', value: 7 }],
      },
    });
    expect(patched.status).toBe(200);
    for (const domain of [short, long]) await domain.createUser('early');
    const store = await openStore({ connection: testDatabase(), log: { warn: () => {} } });
    try {
      const left = async (days: number) => {
        for (const domain of [short, long]) await advanceClock(domain, days * 86_400);
        await store.audit.purge(Date.now());
        const events = [short, long].map(async (domain) => eventsOf(await renewed(domain)));
        return (await Promise.all(events)).map(({ length }) => length > 0);
      };
      expect(await left(6)).toEqual([true, true]);
      expect(await left(2)).toEqual([false, true]);
      expect(await left(23)).toEqual([false, false]);
    } finally {
      await store.close();
    }
  });

  it('are none of a domain’s birth, and gone after a reset', async () => {
    const domain = await testDomain();
    expect(await eventsOf(domain)).toEqual([]);
    await domain.createUser('one');
    expect(await eventsOf(domain)).not.toEqual([]);
    const reset = await domain.send('POST', `/_emulator/domains/${domain.name}/reset`, { token: null, body: {} });
    expect(reset.status).toBeLessThan(300);
    expect(await eventsOf(domain)).toEqual([]);
  });
});

/** The domain with a new token: the clock has outrun the old one. */
async function renewed(domain: TestDomain): Promise<Pick<TestDomain, 'send'>> {
  const { body } = await domain.tokenRequest({ grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' });
  return { send: (method, path, options) => domain.send(method, path, { ...options, token: body.access_token }) };
}
