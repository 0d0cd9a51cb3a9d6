import type { TestDomain } from '../support/emulator.ts';

/** Gives a user an AppRole of the domain itself. */
export async function grantUser(domain: TestDomain, id: string, role: string): Promise<void> {
  const filter = encodeURIComponent(`displayName eq "${role}" and app.value eq "IDCSAppId"`);
  const roles = await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`);
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
    grantee: { type: 'User', value: id },
    app: { value: 'IDCSAppId' },
    entitlement: { attributeName: 'appRoles', attributeValue: roles.body.Resources[0].id },
    grantMechanism: 'ADMINISTRATOR_TO_USER',
  };
  const { status, text } = await domain.send('POST', '/admin/v1/Grants', { body });
  if (status !== 201) throw new Error(text);
}
