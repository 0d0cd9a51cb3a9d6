import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { advanceClock, freezeClock } from '../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const SCHEMA = `${IDCS}UserDbCredentials`;
const SELF = `${IDCS}extension:selfChange:User`;
const PASSWORD = 'Correct-Horse-42';

let domain: TestDomain;
let user: { id: string; ocid: string };

beforeEach(async () => {
  domain = await testDomain();
  user = await domain.createUser('jdoe');
});

const post = (dbPassword: string | null, more: JsonObject = {}) =>
  domain.send('POST', '/admin/v1/UserDbCredentials', {
    body: { schemas: [SCHEMA], user: { value: user.id }, dbPassword, ...more },
  });

describe('UserDbCredentials', () => {
  it('keep a password that nobody is shown, with the user’s name for databases', async () => {
    await freezeClock(domain);
    const made = await post('Database4Horses', { description: 'mine' });
    expect(made.status, made.text).toBe(201);
    const { name, expired, lastSetDate, meta, id } = made.body;
    expect({ name, expired, lastSetDate }).toEqual({ name: 'jdoe', expired: false, lastSetDate: meta.created });
    for (const query of ['', '?attributeSets=all', '?attributes=dbPassword,salt,mixedSalt,mixedDbPassword']) {
      const read = await domain.send('GET', `/admin/v1/UserDbCredentials/${id}${query}`);
      expect(read.status).toBe(200);
      expect(read.text).not.toMatch(/Database4Horses|argon2|salt|dbPassword/i);
    }
    const path = `/admin/v1/UserDbCredentials/${id}`;
    expect((await domain.send('PATCH', path, { body: { schemas: [], Operations: [] } })).status).toBe(405);
    expect((await domain.send('DELETE', path)).status).toBe(204);
  });

  it('use the database user name that the user has', async () => {
    const extension = `${IDCS}extension:dbCredentials:User`;
    const other = await domain.createUser('other', { [extension]: { dbUserName: 'SCOTT' } });
    expect((await post('Database4Horses', { user: { value: other.id } })).body.name).toBe('SCOTT');
  });

  it('are one a user, found by the user, and go with the user', async () => {
    const { id } = (await post('Database4Horses')).body;
    const second = await post('Database5Horses');
    expect(second.status).toBe(400);
    expect(second.body.detail).toContain('maximum quota limit of 1');
    const found = await domain.send('GET', `/admin/v1/UserDbCredentials?filter=user.ocid eq "${user.ocid}"`);
    expect(found.body.totalResults).toBe(1);
    expect((await domain.send('DELETE', `/admin/v1/Users/${user.id}`)).status).toBe(204);
    expect((await domain.send('GET', `/admin/v1/UserDbCredentials/${id}`)).status).toBe(404);
  });

  it('refuse weak passwords, saying why', async () => {
    for (const [password, reason] of [
      ['Short4Horse', '12 to 30 bytes'],
      ['Database4Horses'.repeat(3), '12 to 30 bytes'],
      ['DATABASE4HORSES', 'lower-case'],
      ['database4horses', 'upper-case'],
      ['DatabaseOfHorses', 'digit'],
      ['Database4"Horses', 'double quote'],
      ['Database4JDoe-Horses', 'user name'],
    ] as const) {
      const refused = await post(password);
      expect(refused.status, password).toBe(400);
      expect(refused.body.detail).toContain(reason);
    }
    expect((await post(null)).body.detail).toBe('Missing required attribute(s): dbPassword.');
  });

  it('expire by the domain’s clock', async () => {
    const { id } = (await post('Database4Horses', { expiresOn: new Date(Date.now() + 300_000).toISOString() })).body;
    await advanceClock(domain, 600);
    expect((await domain.send('GET', `/admin/v1/UserDbCredentials/${id}`)).body.expired).toBe(true);
  });
});

describe('what users have of their own', () => {
  let me: { id: string; token: string };

  beforeEach(async () => {
    const client = await newClient(domain, 'cli', { allowedGrants: ['password'] });
    const { id } = await newUser(domain, 'me@example.com', PASSWORD);
    const form = { grant_type: 'password', username: 'me@example.com', password: PASSWORD, scope: MY_SCOPES };
    me = { id, token: (await domain.tokenRequest(form, client)).body.access_token };
  });

  it('is one database password', async () => {
    const { token } = me;
    const body = { schemas: [SCHEMA], dbPassword: 'Database4Horses' };
    const made = await domain.send('POST', '/admin/v1/MyUserDbCredentials', { token, body });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ name: 'me@example.com', meta: { resourceType: 'MyUserDbCredentials' } });
    expect((await domain.send('GET', '/admin/v1/MyUserDbCredentials', { token })).body.totalResults).toBe(1);
    expect((await domain.send('GET', `/admin/v1/UserDbCredentials/${made.body.id}`)).status).toBe(200);
  });

  it('is one account of My Oracle Support, whose token nobody is shown', async () => {
    const { token } = me;
    const schemas = [`${IDCS}supportAccount`];
    const bare = await domain.send('POST', '/admin/v1/MySupportAccounts', { token, body: { schemas } });
    expect(bare.body.detail).toBe('Missing required attribute(s): token.');
    const body = { schemas, token: 'token-of-mos' };
    const made = await domain.send('POST', '/admin/v1/MySupportAccounts', { token, body });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ provider: 'MOS', userId: 'me@example.com', user: { value: me.id } });
    expect(made.text).not.toContain('token-of-mos');
    const user = await domain.send('GET', `/admin/v1/Users/${me.id}?attributeSets=all`);
    const { supportAccounts } = user.body[`${IDCS}extension:user:User`];
    expect(supportAccounts).toMatchObject([{ value: made.body.id, provider: 'MOS', userId: 'me@example.com' }]);
    const second = await domain.send('POST', '/admin/v1/MySupportAccounts', { token, body });
    expect(second.body.detail).toContain('maximum quota limit of 1');
    const path = `/admin/v1/SupportAccounts/${made.body.id}`;
    expect((await domain.send('DELETE', path, { token })).status).toBe(401);
    expect((await domain.send('DELETE', `${path}?allowSelfChange=true`, { token })).status).toBe(204);
    const again = { ...body, user: { value: me.id }, [SELF]: { allowSelfChange: true } };
    expect((await domain.send('POST', '/admin/v1/SupportAccounts', { token, body: again })).status).toBe(201);
  });
});
