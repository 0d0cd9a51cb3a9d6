import { beforeAll, describe, expect, it } from 'vitest';
import { type MfaWorld, mfaWorld, SMS } from '../../mfa/mfa-fixture.ts';
import { IDCS } from './factor-fixture.ts';

let world: MfaWorld;

beforeAll(async () => {
  world = await mfaWorld();
  await world.settings({ smsEnabled: true });
});

const admin = (method: string, path: string, more: Parameters<MfaWorld['domain']['send']>[2] = {}) =>
  world.domain.send(method, `/admin/v1/${path}`, more);

describe('Devices', () => {
  it('are everybody’s, for administrators', async () => {
    const user = await world.user();
    const { factorId } = (
      await world.call('POST', `/mfa/v1/users/${user.id}/factors`, { ...SMS, skipFactorVerification: 'true' })
    ).body;
    const filter = encodeURIComponent(`user.value eq "${user.id}"`);
    const listed = await admin('GET', `Devices?filter=${filter}`);
    expect(listed.status, listed.text).toBe(200);
    expect(listed.body).toMatchObject({
      totalResults: 1,
      Resources: [
        {
          id: factorId,
          schemas: [`${IDCS}Device`],
          meta: { resourceType: 'Device', location: `${world.domain.url}/admin/v1/Devices/${factorId}` },
          user: { value: user.id, $ref: `${world.domain.url}/admin/v1/Users/${user.id}` },
          status: 'ENROLLED',
        },
      ],
    });
    // The address that the user's preferredDevice has.
    const { preferredDevice } = (await user.mfa()) as { preferredDevice: { $ref: string } };
    expect(preferredDevice.$ref).toBe(`${world.domain.url}/admin/v1/Devices/${factorId}`);
    const Operations = [{ op: 'replace', path: 'displayName', value: 'Her phone' }];
    const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
    expect((await admin('PATCH', `Devices/${factorId}`, { body })).body.displayName).toBe('Her phone');
    expect((await admin('DELETE', `Devices/${factorId}`)).status).toBe(204);
    expect((await admin('GET', `Devices/${factorId}`)).status).toBe(404);
    expect(await user.mfa()).toMatchObject({ mfaStatus: 'UN_ENROLLED' });
  });

  it('are closed to who has no right to them', async () => {
    const token = await world.tokenOf('stranger');
    expect((await admin('GET', 'Devices', { token })).status).toBe(401);
    expect((await admin('GET', 'TrustedUserAgents', { token })).status).toBe(401);
    const reader = await world.tokenOf('reader', 'Security Administrator');
    expect((await admin('GET', 'Devices', { token: reader })).status).toBe(200);
    expect((await admin('DELETE', 'Devices/any', { token: reader })).status).toBe(401);
  });
});
