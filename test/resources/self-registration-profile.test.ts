import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const PATH = '/admin/v1/SelfRegistrationProfiles';
const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const FIELDS = [
  { value: `${CORE}:name.familyName`, seqNumber: 2 },
  { value: `${CORE}:name.givenName`, seqNumber: 10 },
  { value: 'title', seqNumber: 11 },
  { value: `${CORE}:emails[primary eq true and type eq "work"].value`, seqNumber: 30 },
];

function profile(more: JsonObject = {}): JsonObject {
  return {
    schemas: [`${IDCS}:SelfRegistrationProfile`],
    name: 'Customers',
    displayName: [{ locale: 'en', value: 'Register as a customer', default: true }],
    activationEmailRequired: true,
    numberOfDaysRedirectUrlIsValid: 3,
    showOnLoginPage: true,
    redirectUrl: 'https://shop.example/welcome',
    consentTextPresent: false,
    emailTemplate: { value: 'admin.me.register.success' },
    ...more,
  };
}

function create(domain: TestDomain, more?: JsonObject) {
  return domain.send('POST', PATH, { body: profile(more) });
}

/** A token of a client with one AppRole of the domain. */
async function tokenWith(domain: TestDomain, role: string): Promise<string> {
  const { body: app } = await domain.send('POST', '/admin/v1/Apps', {
    body: {
      schemas: [`${IDCS}:App`],
      displayName: role,
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      isOAuthClient: true,
      clientType: 'confidential',
      active: true,
      allowedGrants: ['client_credentials'],
    },
  });
  const filter = encodeURIComponent(`app.value eq "IDCSAppId" and displayName eq "${role}"`);
  const { body: roles } = await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`);
  await domain.send('POST', '/admin/v1/Grants', {
    body: {
      schemas: [`${IDCS}:Grant`],
      grantee: { type: 'App', value: app.id },
      app: { value: 'IDCSAppId' },
      entitlement: { attributeName: 'appRoles', attributeValue: roles.Resources[0].id },
      grantMechanism: 'ADMINISTRATOR_TO_APP',
    },
  });
  const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
  return (await domain.tokenRequest(form, { id: app.name, secret: app.clientSecret })).body.access_token;
}

describe('SelfRegistrationProfiles', () => {
  test('with what is required are made, read back equal, found, and deleted', async () => {
    const domain = await testDomain();
    const made = await create(domain);
    expect(made.status, made.text).toBe(201);
    const { emailTemplate: _, ...shown } = profile();
    expect(made.body).toMatchObject(shown);
    expect(made.body).not.toHaveProperty('emailTemplate');
    const path = `${PATH}/${made.body.id}`;
    expect((await domain.send('GET', path)).body).toEqual(made.body);
    const { body: asked } = await domain.send('GET', `${path}?attributes=emailTemplate`);
    expect(asked.emailTemplate.value).toBe('admin.me.register.success');
    const list = await domain.send('GET', `${PATH}?filter=${encodeURIComponent('showOnLoginPage eq true')}`);
    expect(list.body.Resources.map(({ id }: JsonObject) => id)).toEqual([made.body.id]);
    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  test('with everything: fields in their order, with full names and whether they can go', async () => {
    const domain = await testDomain();
    const group = await domain.createGroup('Customers');
    const text = [
      { locale: 'en', value: 'Welcome', default: true },
      { locale: 'fr', value: 'Bienvenue' },
    ];
    const everything = {
      externalId: 'x-1',
      active: true,
      allowedEmailDomains: ['example.com', 'Example.org'],
      disallowedEmailDomains: ['example.net'],
      headerLogo: 'https://shop.example/header.png',
      footerLogo: 'https://shop.example/footer.png',
      consentTextPresent: true,
      consentText: text,
      headerText: text,
      footerText: text,
      afterSubmitText: text,
    };
    const made = await create(domain, {
      ...everything,
      userAttributes: FIELDS,
      defaultGroups: [{ value: group.id }],
    });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject(everything);
    expect(made.body.userAttributes).toEqual([
      { ...FIELDS[0], fullyQualifiedAttributeName: `${CORE}:name.familyName`, deletable: false },
      { ...FIELDS[1], fullyQualifiedAttributeName: `${CORE}:name.givenName`, deletable: true },
      { ...FIELDS[2], fullyQualifiedAttributeName: `${CORE}:title`, deletable: true },
      { ...FIELDS[3], fullyQualifiedAttributeName: FIELDS[3]!.value, deletable: false },
    ]);
    const path = `${PATH}/${made.body.id}`;
    const { body: asked } = await domain.send('GET', `${path}?attributes=defaultGroups`);
    expect(asked.defaultGroups).toEqual([
      { value: group.id, display: 'Customers', $ref: `${domain.url}/admin/v1/Groups/${group.id}` },
    ]);
    const { meta: _, idcsCreatedBy: __, idcsLastModifiedBy: ___, ...body } = made.body;
    const put = await domain.send('PUT', path, { body: { ...body, emailTemplate: { value: 'other' } } });
    expect(put.status, put.text).toBe(200);
    expect(put.body.userAttributes).toEqual(made.body.userAttributes);
    expect(put.body.id).toBe(made.body.id);
    const change = { op: 'remove', path: 'userAttributes[seqNumber eq 11]' };
    const changed = await domain.send('PATCH', path, { body: { schemas: [PATCH], Operations: [change] } });
    expect(changed.body.userAttributes).toHaveLength(3);
  });

  test.each([
    ['no name', { name: null }, 'name'],
    ['no display name', { displayName: [] }, 'displayName'],
    ['no mail template', { emailTemplate: null }, 'emailTemplate'],
    [
      'two default names',
      { displayName: ['en', 'fr'].map((locale) => ({ locale, value: 'x', default: true })) },
      'default',
    ],
    ['a language that there is not', { displayName: [{ locale: 'xx', value: 'x' }] }, 'locale'],
    ['consent without a text', { consentTextPresent: true }, 'consentText'],
    ['negative days', { numberOfDaysRedirectUrlIsValid: -1 }, 'numberOfDaysRedirectUrlIsValid'],
    [
      'a domain that is allowed and not',
      { allowedEmailDomains: ['A.com'], disallowedEmailDomains: ['a.com'] },
      'a.com',
    ],
    ['a domain that is none', { allowedEmailDomains: ['jdoe@example.com'] }, 'jdoe@example.com'],
    ['a field of no user', { userAttributes: [{ value: 'shoeSize', seqNumber: 1 }] }, 'shoeSize'],
    ['a field that is read-only', { userAttributes: [{ value: 'groups', seqNumber: 1 }] }, 'groups'],
    ['a field without a number', { userAttributes: [{ value: 'title' }] }, 'seqNumber'],
    ['a number twice', { userAttributes: ['title', 'locale'].map((value) => ({ value, seqNumber: 1 })) }, 'seqNumber'],
    [
      'a field twice',
      { userAttributes: ['title', `${CORE}:title`].map((value, seqNumber) => ({ value, seqNumber })) },
      'twice',
    ],
    ['a group that is not there', { defaultGroups: [{ value: 'nothing' }] }, 'nothing'],
  ])('with %s are refused', async (_name, change, named) => {
    const domain = await testDomain();
    const { status, body } = await create(domain, change as JsonObject);
    expect(status).toBe(400);
    expect(body.detail).toContain(named);
  });

  test('have names of their own', async () => {
    const domain = await testDomain();
    await create(domain);
    expect((await create(domain, { name: 'CUSTOMERS' })).status).toBe(409);
  });

  test('are read one by one by clients that register users, and by no others', async () => {
    const domain = await testDomain();
    const { body } = await create(domain);
    const token = await tokenWith(domain, 'Self Registration');
    expect((await domain.send('GET', `${PATH}/${body.id}`, { token })).status).toBe(200);
    expect((await domain.send('GET', PATH, { token })).status).toBe(401);
    expect((await domain.send('POST', PATH, { token, body: profile({ name: 'Other' }) })).status).toBe(401);
    const other = await tokenWith(domain, 'Verify Email');
    expect((await domain.send('GET', `${PATH}/${body.id}`, { token: other })).status).toBe(401);
  });
});
