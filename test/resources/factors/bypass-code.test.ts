import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { newClient } from '../../oauth/token/assertion-fixture.ts';
import type { Answer } from '../../support/emulator.ts';
import { type FactorUser, type FactorWorld, factorWorld, IDCS, MFA } from './factor-fixture.ts';

const SCHEMA = `${IDCS}BypassCode`;

let world: FactorWorld;
let user: FactorUser;

beforeEach(async () => {
  world = await factorWorld();
  user = await world.user('jbloggs');
});

const own = (more: JsonObject = {}): Promise<Answer> =>
  user.send('POST', 'MyBypassCodes', { schemas: [SCHEMA], ...more });

const helpDesk = (more: JsonObject = {}): Promise<Answer> =>
  world.domain.send('POST', '/admin/v1/BypassCodes', {
    body: { schemas: [SCHEMA], user: { value: user.id }, ...more },
  });

describe('a code of one’s own', () => {
  it('has 12 digits, is good for one use, and is shown again', async () => {
    const made = await own();
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      schemas: [SCHEMA],
      code: expect.stringMatching(/^[0-9]{12}$/),
      maxUsageCount: 1,
      actualUsageCount: 0,
      user: { value: user.id, $ref: `${world.domain.url}/admin/v1/Users/${user.id}` },
      meta: { resourceType: 'MyBypassCode', location: `${world.domain.url}/admin/v1/MyBypassCodes/${made.body.id}` },
      idcsCreatedBy: { type: 'User', value: user.id },
    });
    expect(made.body).not.toHaveProperty('expiresOn');
    expect(made.body).not.toHaveProperty('type');
    const read = await user.send('GET', `MyBypassCodes/${made.body.id}`);
    expect(read.body).toEqual(made.body);
    const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] };
    const found = await user.send('POST', 'MyBypassCodes/.search', search);
    expect(found.body).toMatchObject({ totalResults: 1, Resources: [made.body], startIndex: 1, itemsPerPage: 50 });
    expect((await user.send('GET', 'MyBypassCodes')).body).toEqual(found.body);
    expect((await user.send('DELETE', `MyBypassCodes/${made.body.id}`)).status).toBe(204);
    expect((await user.send('GET', `MyBypassCodes/${made.body.id}`)).status).toBe(404);
  });

  it('is nobody else’s to see, and can not be made for others', async () => {
    const { id } = (await own()).body;
    const other = await world.user('other');
    expect((await other.send('GET', `MyBypassCodes/${id}`)).status).toBe(404);
    expect((await other.send('DELETE', `MyBypassCodes/${id}`)).status).toBe(404);
    expect((await other.send('GET', 'MyBypassCodes')).body.totalResults).toBe(0);
    const stolen = { schemas: [SCHEMA], user: { value: user.id } };
    expect((await other.send('POST', 'MyBypassCodes', stolen)).status).toBe(400);
    expect((await other.send('POST', 'BypassCodes', stolen)).status).toBe(401);
    expect((await world.domain.send('GET', '/admin/v1/MyBypassCodes')).status).toBe(401);
  });

  it('can not be used more often', async () => {
    const refused = await own({ maxUsageCount: 2 });
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain('maxUsageCount');
    expect((await own({ maxUsageCount: 0 })).status).toBe(400);
  });

  it('is refused when the settings say so', async () => {
    await world.settings({ 'bypassCodeSettings.selfServiceGenerationEnabled': false, 'bypassCodeSettings.length': 8 });
    expect((await own()).body.detail).toContain('selfServiceGenerationEnabled');
    expect((await helpDesk()).body.code).toMatch(/^[0-9]{8}$/);
    await world.settings({ bypassCodeEnabled: false });
    expect((await helpDesk()).body.detail).toContain('bypassCodeEnabled');
  });
});

describe('a code of the help desk', () => {
  it('runs out after the time of the settings', async () => {
    const made = await helpDesk();
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ type: 'HELPDESK', maxUsageCount: 1, meta: { resourceType: 'BypassCode' } });
    const life = Date.parse(made.body.expiresOn) - Date.parse(made.body.meta.created);
    expect(Math.round(life / 60_000)).toBe(60);
    expect((await world.domain.send('GET', `/admin/v1/BypassCodes/${made.body.id}`)).body).toEqual(made.body);
    expect((await user.send('GET', `MyBypassCodes/${made.body.id}`)).body.code).toBe(made.body.code);
    const wished = new Date(Date.parse(made.body.meta.created) + 30 * 60_000).toISOString();
    expect((await helpDesk({ expiresOn: wished, maxUsageCount: 5 })).body).toMatchObject({
      expiresOn: wished,
      maxUsageCount: 5,
    });
    expect((await helpDesk({ expiresOn: '2001-01-01T00:00:00Z' })).status).toBe(400);
    expect((await helpDesk({ expiresOn: '2999-01-01T00:00:00Z' })).status).toBe(400);
    expect((await helpDesk({ maxUsageCount: 6 })).status).toBe(400);
    expect((await helpDesk({ validForOneTimeUse: true, maxUsageCount: 2 })).status).toBe(400);
  });

  it('counts against the limit until it runs out', async () => {
    await world.settings({ 'bypassCodeSettings.helpDeskCodeExpiryInMins': 10 });
    for (let count = 0; count < 5; count++) expect((await helpDesk()).status).toBe(201);
    const refused = await helpDesk();
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain('5 active bypass codes');
    await world.advance(601);
    expect((await helpDesk()).status).toBe(201);
  });

  it('never counts past the limit, even several at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => helpDesk()));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(made.filter(({ status }) => status === 400)).toHaveLength(3);
  });

  it('is kept from who may not make one', async () => {
    const { id } = (await helpDesk()).body;
    const client = await newClient(world.domain, 'audit');
    const grant = async (role: string) => {
      const filter = encodeURIComponent(`displayName eq "${role}"`);
      const found = await world.domain.send('GET', `/admin/v1/AppRoles?filter=${filter}&attributes=id,app`);
      const [{ id: entitlement, app }] = found.body.Resources;
      await world.domain.send('POST', '/admin/v1/Grants', {
        body: {
          schemas: [`${IDCS}Grant`],
          grantee: { type: 'App', value: client.appId },
          app: { value: app.value },
          entitlement: { attributeName: 'appRoles', attributeValue: entitlement },
          grantMechanism: 'ADMINISTRATOR_TO_APP',
        },
      });
    };
    await grant('Security Administrator');
    const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
    const token = (await world.domain.tokenRequest(form, client)).body.access_token as string;
    const read = await world.domain.send('GET', `/admin/v1/BypassCodes/${id}`, { token });
    expect(read.status, read.text).toBe(200);
    expect(read.body).not.toHaveProperty('code');
  });

  it('needs a user, and goes with the user', async () => {
    const body = { schemas: [SCHEMA] };
    expect((await world.domain.send('POST', '/admin/v1/BypassCodes', { body })).status).toBe(400);
    expect((await helpDesk({ user: { value: 'nobody' } })).status).toBe(400);
    const { id } = (await helpDesk()).body;
    const path = `/admin/v1/Users/${user.id}`;
    const shown = await world.domain.send('GET', `${path}?attributes=${MFA}:bypassCodes`);
    expect(shown.body[MFA].bypassCodes).toEqual([
      { value: id, $ref: `${world.domain.url}/admin/v1/BypassCodes/${id}` },
    ]);
    expect((await world.domain.send('DELETE', `${path}?forceDelete=true`)).status).toBe(204);
    expect((await world.domain.send('GET', `/admin/v1/BypassCodes/${id}`)).status).toBe(404);
  });
});
