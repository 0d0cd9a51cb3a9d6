import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type FactorUser, type FactorWorld, factorWorld, IDCS } from './factor-fixture.ts';

let world: FactorWorld;
let user: FactorUser;

beforeEach(async () => {
  world = await factorWorld();
  user = await world.user('jbloggs');
});

/** Proves a factor by a bypass code, with what is said about the agent. */
async function prove(more: JsonObject) {
  const made = await user.send('POST', 'MyBypassCodes', { schemas: [`${IDCS}BypassCode`] });
  const proof = { authFactor: 'BYPASSCODE', scenario: 'AUTHENTICATION', otpCode: made.body.code };
  return user.call('AuthenticationFactorValidator', { ...proof, ...more });
}

const CHROME = {
  createTrustedAgent: true,
  name: 'Chrome on Windows 10',
  platform: 'Windows 10',
  location: '10.167.205.141',
};

describe('trusted user agents', () => {
  it('come with a proof, and are their owner’s to see and delete', async () => {
    expect((await prove(CHROME)).status).toBe(201);
    const listed = await user.send('GET', 'MyTrustedUserAgents');
    expect(listed.body).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 50 });
    const [agent] = listed.body.Resources;
    expect(agent).toMatchObject({
      schemas: [`${IDCS}TrustedUserAgent`],
      name: 'Chrome on Windows 10',
      platform: 'Windows 10',
      location: '10.167.205.141',
      tokenType: 'TRUSTED',
      trustToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
      user: { value: user.id, $ref: `${world.domain.url}/admin/v1/Users/${user.id}` },
      meta: { resourceType: 'MyTrustedUserAgent' },
    });
    const days = (Date.parse(agent.expiryTime) - Date.parse(agent.meta.created)) / 86_400_000;
    expect(Math.round(days)).toBe(15);
    expect((await user.send('GET', `MyTrustedUserAgents/${agent.id}`)).body).toEqual(agent);
    const other = await world.user('other');
    expect((await other.send('GET', `MyTrustedUserAgents/${agent.id}`)).status).toBe(404);
    expect((await other.send('DELETE', `MyTrustedUserAgents/${agent.id}`)).status).toBe(404);
    expect((await user.send('DELETE', `MyTrustedUserAgents/${agent.id}`)).status).toBe(204);
    expect((await user.send('GET', `MyTrustedUserAgents/${agent.id}`)).status).toBe(404);
  });

  it('are everybody’s for administrators, who see no token', async () => {
    await prove(CHROME);
    const filter = encodeURIComponent(`tokenType eq "TRUSTED" and user.value eq "${user.id}"`);
    const listed = await world.domain.send('GET', `/admin/v1/TrustedUserAgents?filter=${filter}`);
    expect(listed.status, listed.text).toBe(200);
    const [agent] = listed.body.Resources;
    expect(agent).toMatchObject({ name: CHROME.name, meta: { resourceType: 'TrustedUserAgent' } });
    expect(agent).not.toHaveProperty('trustToken');
    expect((await world.domain.send('DELETE', `/admin/v1/TrustedUserAgents/${agent.id}`)).status).toBe(204);
    expect((await user.send('GET', 'MyTrustedUserAgents')).body.totalResults).toBe(0);
  });

  it('are so many at most: the oldest go', async () => {
    await world.settings({ 'endpointRestrictions.maxTrustedEndpoints': 2 });
    for (const name of ['one', 'two', 'three']) expect((await prove({ ...CHROME, name })).status).toBe(201);
    const { Resources } = (await user.send('GET', 'MyTrustedUserAgents')).body;
    expect(Resources.map(({ name }: { name: string }) => name)).toEqual(['two', 'three']);
  });

  it('are refused without a name, and where they are turned off', async () => {
    expect((await prove({ createTrustedAgent: true })).status).toBe(400);
    await world.settings({ 'endpointRestrictions.trustedEndpointsEnabled': false });
    expect((await prove(CHROME)).body.detail).toContain('trustedEndpointsEnabled');
    expect((await user.send('GET', 'MyTrustedUserAgents')).body.totalResults).toBe(0);
  });

  it.each([
    ['KMSI', 1],
    ['MFA', 0],
  ])('after the removal of %s there are %d', async (type, left) => {
    await prove(CHROME);
    const body = { schemas: [`${IDCS}AuthenticationFactorsRemover`], user: { value: user.id }, type };
    expect((await user.send('POST', 'MyAuthenticationFactorsRemover', body)).status).toBe(201);
    expect((await user.send('GET', 'MyTrustedUserAgents')).body.totalResults).toBe(left);
  });
});
