import { beforeAll, describe, expect, it } from 'vitest';
import { type AuthenticationWorld, authenticationWorld, PASSWORD } from './authentication-world.ts';
import { type EnrolledUser, enrolledUser } from './enrolled-user.ts';

let world: AuthenticationWorld;
let enrolled: EnrolledUser;

beforeAll(async () => {
  world = await authenticationWorld();
  await world.signOnRule({ authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'true' });
  enrolled = await enrolledUser(world, 'joe', ['EMAIL']);
  await world.user('new');
});

const byPassword = (username: string, password = PASSWORD) =>
  world.domain.tokenRequest({ grant_type: 'password', username, password, scope: 'openid' }, world.client);
const REFUSED = {
  error: 'invalid_grant',
  error_description: 'Tenant is MFA enabled. Use Multi-Factor Authentication for all users in this tenant.',
};

describe('the password grant where the sign-on rule demands a second factor', () => {
  it('refuses who has one, and lets in who may leave enrolling one out', async () => {
    const refused = await byPassword('joe');
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual(REFUSED);
    expect((await byPassword('joe', 'wrong')).body.error_description).toMatch(/incorrect/);
    expect((await byPassword('new')).status).toBe(200);
  });

  it('refuses everybody where enrolling is required, by the rule or by AuthenticationFactorSettings', async () => {
    await world.signOnRule({ authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'false' });
    expect((await byPassword('new')).body).toEqual(REFUSED);
    await world.signOnRule({ authenticationFactor: 'IDP+2FA' });
    expect((await byPassword('new')).body).toEqual(REFUSED);
    await world.settings('AuthenticationFactorSettings', { mfaEnrollmentType: 'Optional' });
    expect((await byPassword('new')).status).toBe(200);
    expect((await byPassword('joe')).body).toEqual(REFUSED);
  });

  it('lets everybody in where the rule demands none, whatever they have enrolled', async () => {
    await world.signOnRule({ authenticationFactor: 'IDP' });
    expect((await byPassword('joe')).status).toBe(200);
  });

  it('is told by PasswordAuthenticator who has one', async () => {
    const body = {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:PasswordAuthenticator'],
      mappingAttribute: 'userName',
      mappingAttributeValue: 'joe',
      password: PASSWORD,
      includeMfaAttributes: true,
    };
    const answer = await world.domain.send('POST', '/admin/v1/PasswordAuthenticator', { body });
    const mfa = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:mfa:User';
    const user = (await world.domain.send('GET', `/admin/v1/Users/${enrolled.id}?attributes=${mfa}:preferredDevice`))
      .body;
    expect(answer.body, answer.text).toMatchObject({
      mfaStatus: 'ENROLLED',
      mfaPreferredAuthenticationFactor: 'EMAIL',
      mfaPreferredDevice: user[mfa].preferredDevice.display ?? user[mfa].preferredDevice.value,
    });
  });
});
