import { beforeAll, describe, expect, test } from 'vitest';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { type Body, clientToken, grantDomainRole, list, newApp, newClient, ok } from './app-steps.ts';

/*
 * Oracle's documented flows about applications: AppRoles for a client, resource servers, and clients of every type. Types and
 * attributes are given as the documentation has them.
 */

let domain: TestDomain;

beforeAll(async () => {
  domain = await testDomain();
});

describe('applications', () => {
  test('an AppRole is granted to an application (B1)', async () => {
    const app = await newClient(domain, 'Granted client');
    const roles = await list(domain, 'AppRoles', 'app.value eq "IDCSAppId"');
    const role = roles.find((each: Body) => each.displayName === 'User Administrator');
    expect(role).toMatchObject({
      uniqueName: 'IDCSAppId_User Administrator',
      app: {
        name: 'IDCSApp',
        value: 'IDCSAppId',
        display: 'IDCS Application',
        $ref: `${domain.url}/admin/v1/Apps/IDCSAppId`,
      },
    });
    const [before] = await list(domain, 'Apps', 'displayName eq "Granted client"');
    expect(before.id).toBe(app.id);
    expect(before).not.toHaveProperty('grantedAppRoles');

    await grantDomainRole(domain, app.id, 'User Administrator');
    const [after] = await list(domain, 'Apps', 'displayName eq "Granted client"');
    expect(after.grantedAppRoles).toEqual([
      {
        value: role.id,
        $ref: `${domain.url}/admin/v1/AppRoles/${role.id}`,
        appId: 'IDCSAppId',
        appName: 'IDCSApp',
        display: 'User Administrator',
        type: 'direct',
        adminRole: true,
      },
    ]);
  });

  test('a resource server is made, and its scopes name themselves (B2)', async () => {
    const app = await newApp(domain, 'Resource server', {
      isOAuthResource: true,
      audience: 'https://rs.example.com/',
      description: 'text',
      scopes: [{ value: 'read', description: 'text', requiresConsent: true }, { value: 'write' }],
    });
    expect(app.active).toBe(false);
    expect(app.scopes.map((scope: Body) => scope.fqs)).toEqual([
      'https://rs.example.com/read',
      'https://rs.example.com/write',
    ]);
    const changer = { active: true, schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:AppStatusChanger'] };
    await ok(200, domain.send('PUT', `/admin/v1/AppStatusChanger/${app.id}`, { body: changer }));
    expect((await ok(200, domain.send('GET', `/admin/v1/Apps/${app.id}`))).active).toBe(true);
    const bad = {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName: 'x',
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    };
    const named = { ...bad, isOAuthClient: true, clientType: 'confidential', name: 'has-a-dash' };
    await ok(400, domain.send('POST', '/admin/v1/Apps', { body: named }));
  });

  test.each(['confidential', 'trusted'])('a %s client is made with what it is allowed (B3)', async (type) => {
    const audience = `https://${type}.example.com/`;
    const server = await newApp(domain, `Server for ${type}`, {
      isOAuthResource: true,
      audience,
      scopes: [{ value: 'read' }],
      active: true,
    });
    const fqs = `${audience}read`;
    const app = await newClient(domain, `Client ${type}`, {
      clientType: type,
      redirectUris: ['http://localhost:9000/callback'],
      logoutUri: 'https://app.example.com/logout',
      postLogoutRedirectUris: ['https://app.example.com/'],
      allUrlSchemesAllowed: true,
      allowedScopes: [{ fqs }],
      allowedGrants: [
        'authorization_code',
        'client_credentials',
        'password',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ],
      active: true,
    });
    expect(app).toMatchObject({
      clientType: type,
      active: true,
      allowedScopes: [{ fqs, idOfDefiningApp: server.id }],
    });
    await ok(200, clientToken(domain, app));
    expect(await ok(200, clientToken(domain, app, fqs))).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
  });

  test('a public client has no secret (B3)', async () => {
    const app = await newApp(domain, 'Public client', {
      basedOnTemplate: { value: 'CustomBrowserMobileTemplateId' },
      isOAuthClient: true,
      clientType: 'public',
      allowedGrants: ['authorization_code', 'implicit'],
      allowedOperations: ['onBehalfOfUser'],
      redirectUris: ['http://localhost:9000/callback'],
      active: true,
    });
    expect(app).toMatchObject({ clientType: 'public', allowedOperations: ['onBehalfOfUser'] });
    expect(app).not.toHaveProperty('clientSecret');
    const refused = await clientToken(domain, { ...app, clientSecret: '' });
    expect(refused.status).toBeGreaterThanOrEqual(400);
  });
});
