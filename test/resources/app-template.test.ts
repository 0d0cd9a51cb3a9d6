import { beforeAll, describe, expect, it } from 'vitest';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:AppTemplate';

let domain: TestDomain;
beforeAll(async () => {
  domain = await testDomain();
});

let made = 0;
const newApp = (id: string, more: object = {}) =>
  domain.send('POST', '/admin/v1/Apps', {
    body: {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName: `App ${++made} of ${id}`,
      basedOnTemplate: { value: id },
      ...more,
    },
  });

describe('AppTemplates', () => {
  it('are found where Apps say they are, as old as Apps say', async () => {
    const made = await newApp('CustomEnterpriseAppTemplateId');
    expect(made.status, made.text).toBe(201);
    const { $ref, value, lastModified } = made.body.basedOnTemplate;
    const found = await domain.send('GET', $ref.slice(domain.url.length));
    expect(found.status, found.text).toBe(200);
    expect(found.body).toMatchObject({
      id: value,
      wellKnownId: value,
      active: true,
      isManagedApp: true,
      isEnterpriseApp: true,
      showInMyApps: false,
      schemas: [SCHEMA],
      meta: { resourceType: 'AppTemplate', lastModified, location: $ref },
    });
  });

  it('give Apps what they say', async () => {
    const { Resources } = (await domain.send('GET', '/admin/v1/AppTemplates')).body;
    expect(Resources).toHaveLength(7);
    const values = ['loginMechanism', 'isLoginTarget', 'showInMyApps', 'isManagedApp', 'isEnterpriseApp', 'clientType'];
    for (const template of Resources) {
      const client = template.isOAuthClient
        ? { isOAuthClient: true, allowedGrants: ['client_credentials'] }
        : { [`${EXTENSION}samlServiceProvider:App`]: SAML, [`${EXTENSION}radiusApp:App`]: RADIUS };
      const { status, text, body } = await newApp(template.id, client);
      expect(status, text).toBe(201);
      for (const name of values.filter((each) => template[each] !== undefined)) {
        expect([template.id, name, body[name]]).toEqual([template.id, name, template[name]]);
      }
    }
  });

  it('can be filtered, sorted, searched and cut', async () => {
    const find = async (query: string) => (await domain.send('GET', `/admin/v1/AppTemplates?${query}`)).body;
    const custom = await find('filter=id sw "Custom"&sortBy=displayName&attributes=displayName');
    expect(custom).toMatchObject({ totalResults: 4 });
    expect(Object.keys(custom.Resources[0]).sort()).toEqual(['displayName', 'id']);
    expect(await find('filter=isOAuthClient eq true and isLoginTarget eq true')).toMatchObject({
      totalResults: 4,
    });
    const searched = await domain.send('POST', '/admin/v1/AppTemplates/.search', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter: 'loginMechanism eq "RADIUS"',
        attributes: ['wellKnownId'],
      },
    });
    expect(searched.body.Resources).toMatchObject([{ wellKnownId: 'OracleDatabaseRADIUSAppTemplateId' }]);
  });

  it('are nobody’s to make or change here', async () => {
    expect((await domain.send('GET', '/admin/v1/AppTemplates/nothing')).status).toBe(404);
    expect((await domain.send('POST', '/admin/v1/AppTemplates', { body: { schemas: [SCHEMA] } })).status).toBe(501);
    const one = '/admin/v1/AppTemplates/CustomWebAppTemplateId';
    expect((await domain.send('DELETE', one)).status).toBe(501);
  });
});

const EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:';
const SAML = {
  partnerProviderId: 'https://sp.example.com/',
  assertionConsumerUrl: 'https://sp.example.com/acs',
  nameIdFormat: 'saml-emailaddress',
};
/** As radius-27 posts it. */
const RADIUS = { clientIP: '10.191.235.147', port: '1812', secretKey: 'testing123', includeGroupInResponse: true };
