import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';
import { newUser } from '../../support/new-user.ts';
import { claimsOf } from '../../support/token-claims.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:CustomClaim';
const USER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const PASSWORD = 'Correct-Horse-42';
const PATH = '/admin/v1/CustomClaims';

function claim(changes: JsonObject = {}): JsonObject {
  return {
    schemas: [SCHEMA],
    name: 'MyATCustomClaim',
    value: 'MyATValue',
    expression: false,
    mode: 'always',
    tokenType: 'AT',
    allScopes: true,
    ...changes,
  };
}

async function add(domain: TestDomain, changes: JsonObject = {}): Promise<string> {
  const answer = await domain.send('POST', PATH, { body: claim(changes) });
  expect(answer.text).toContain('"id"');
  expect(answer.status).toBe(201);
  return answer.body.id;
}

async function userTokens(domain: TestDomain, scope = 'openid') {
  const form = { grant_type: 'password', username: 'jdoe', password: PASSWORD, scope };
  const { body, text } = await domain.tokenRequest(form);
  if (body.access_token === undefined) throw new Error(text);
  return { at: claimsOf(body.access_token), it: body.id_token === undefined ? {} : claimsOf(body.id_token) };
}

async function withUser(more: JsonObject = {}): Promise<{ domain: TestDomain; id: string }> {
  const domain = await testDomain();
  const { id } = await newUser(domain, 'jdoe', PASSWORD, more);
  return { domain, id };
}

async function ownClaims(domain: TestDomain, scope = 'urn:opc:idm:__myscopes__'): Promise<JsonObject> {
  return claimsOf((await domain.tokenRequest({ grant_type: 'client_credentials', scope })).body.access_token);
}

describe('/admin/v1/CustomClaims', () => {
  let refusing: Promise<TestDomain> | undefined;

  it('goes through the flow of the documentation', async () => {
    const domain = await testDomain();
    const id = await add(domain);
    const read = await domain.send('GET', `${PATH}/${id}`);
    expect(read.body).toMatchObject({ ...claim(), id, meta: { resourceType: 'CustomClaim' } });
    expect(await ownClaims(domain)).toMatchObject({ MyATCustomClaim: 'MyATValue' });

    const renamed = claim({ name: 'MyATClaim1', value: 'MyATValue1', mode: 'always' });
    expect((await domain.send('PUT', `${PATH}/${id}`, { body: renamed })).body).toMatchObject({ name: 'MyATClaim1' });
    expect(await ownClaims(domain)).toMatchObject({ MyATClaim1: 'MyATValue1' });
    expect(await ownClaims(domain)).not.toHaveProperty('MyATCustomClaim');

    const patch = (Operations: JsonObject[]) =>
      domain.send('PATCH', `${PATH}/${id}`, {
        body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations },
      });
    const changed = await patch([
      { op: 'replace', path: 'allScopes', value: false },
      { op: 'add', path: 'scopes', value: ['phone'] },
    ]);
    expect(changed.body).toMatchObject({ allScopes: false, scopes: ['phone'] });
    expect(await ownClaims(domain)).not.toHaveProperty('MyATClaim1');

    const list = await domain.send('GET', `${PATH}?attributes=name,value`);
    expect(list.body).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 50 });
    expect(list.body.Resources).toEqual([{ id, name: 'MyATClaim1', value: 'MyATValue1' }]);
    expect((await domain.send('DELETE', `${PATH}/${id}`)).status).toBe(204);
    expect((await domain.send('GET', PATH)).body.totalResults).toBe(0);
  });

  it.each([
    ['a name of 101 characters', { name: 'n'.repeat(101) }],
    ['a value of 101 characters', { value: 'v'.repeat(101) }],
    ['an unknown mode', { mode: 'sometimes' }],
    ['an unknown token type', { tokenType: 'RT' }],
    ['no scopes where not all are meant', { allScopes: false }],
    ['scopes beside all of them', { scopes: ['phone'] }],
    ['an expression that is none', { expression: true, value: 'user.name' }],
    ['an expression that runs a shell', { expression: true, value: '$(rm -rf)' }],
    ['sub', { name: 'sub' }],
    ['iss in capitals', { name: 'ISS' }],
    ['aud', { name: 'aud' }],
    ['clientAppRoles', { name: 'clientAppRoles' }],
    ['userAppRoles', { name: 'UserAppRoles' }],
    ['tok_type', { name: 'tok_type' }],
    ['__proto__', { name: '__proto__' }],
  ])('refuses %s', async (_name, changes) => {
    refusing ??= testDomain();
    const domain = await refusing;
    expect((await domain.send('POST', PATH, { body: claim(changes) })).status).toBe(400);
  });

  it('needs every attribute but scopes', async () => {
    const domain = await testDomain();
    for (const name of ['name', 'value', 'expression', 'mode', 'tokenType', 'allScopes']) {
      const { [name]: _left, ...body } = claim();
      expect((await domain.send('POST', PATH, { body })).status, name).toBe(400);
    }
  });

  it('keeps names unique whatever their case', async () => {
    const domain = await testDomain();
    await add(domain);
    expect((await domain.send('POST', PATH, { body: claim({ name: 'MYATCUSTOMCLAIM' }) })).status).toBe(409);
  });

  it('is closed to clients without AppRoles', async () => {
    const domain = await testDomain();
    expect((await domain.send('POST', PATH, { body: claim(), token: null })).status).toBe(401);
  });
});

describe('custom claims in tokens', () => {
  it('go into the tokens that they name', async () => {
    const { domain } = await withUser();
    await add(domain, { name: 'forAccess', tokenType: 'AT' });
    await add(domain, { name: 'forIdentity', tokenType: 'IT' });
    await add(domain, { name: 'forBoth', tokenType: 'BOTH' });
    await add(domain, { name: 'forNobody', mode: 'never' });
    const { at, it: identity } = await userTokens(domain);
    const names = (claims: JsonObject) => Object.keys(claims).filter((name) => name.startsWith('for'));
    expect(names(at)).toEqual(['forAccess', 'forBoth']);
    expect(names(identity)).toEqual(['forIdentity', 'forBoth']);
  });

  it('wait for one of their scopes, also with the mode request', async () => {
    const { domain } = await withUser();
    await add(domain, { name: 'withPhone', allScopes: false, scopes: ['phone', 'address'] });
    await add(domain, { name: 'onRequest', mode: 'request', allScopes: false, scopes: ['phone'] });
    await add(domain, { name: 'neverAsked', mode: 'request' });
    expect(Object.keys((await userTokens(domain, 'openid')).at)).not.toContain('withPhone');
    const { at } = await userTokens(domain, 'openid phone');
    expect(at).toMatchObject({ withPhone: 'MyATValue', onRequest: 'MyATValue' });
    expect(at).not.toHaveProperty('neverAsked');
  });

  it('evaluate expressions over the user', async () => {
    const expressions: [string, unknown][] = [
      ['$user.name.formatted', 'Given Family'],
      ['$(user.name.familyName)', 'Family'],
      ['$user.emails.0.value', ['jdoe@example.com']],
      ['$(user.emails[0].value)', ['jdoe@example.com']],
      ['$user.emails.*.type', ['work', 'recovery']],
      ['$(user.emails[*].primary)', ['true', 'false']],
      ['$user.active', 'true'],
      [`$user.${USER}.isFederatedUser`, 'false'],
      ['$user.groups.*.display', ['Testers']],
      [`$user.${USER}.appRoles.*.display`, undefined],
      ['$user.userName.x', undefined],
      ['$user.nothing', undefined],
      ['$user.emails.9.value', undefined],
      ['$user.password', undefined],
      ['$user.name', undefined],
      ['$user.constructor.name', undefined],
      [`$user.${USER}.bypassNotification`, undefined],
    ];
    const { domain, id } = await withUser();
    await domain.createGroup('Testers', [id]);
    for (const [index, [value]] of expressions.entries()) {
      await add(domain, { name: `expressed${index}`, value, expression: true, tokenType: 'BOTH' });
    }
    const { at, it: identity } = await userTokens(domain);
    for (const [index, [value, expected]] of expressions.entries()) {
      expect(at[`expressed${index}`], value).toEqual(expected);
      expect(identity[`expressed${index}`], value).toEqual(expected);
    }
    expect(Object.keys(await ownClaims(domain)).join()).not.toContain('expressed');
  });

  it("never replace the service's own claims", async () => {
    const { domain } = await withUser();
    await add(domain, { name: 'groups', value: 'mine', tokenType: 'BOTH' });
    const { at, it: identity } = await userTokens(domain, 'openid groups');
    expect(at['groups']).toBe('mine');
    expect(identity['groups']).toEqual([]);
  });
});

describe('Settings.tenantCustomClaims', () => {
  const SETTINGS = '/admin/v1/Settings/Settings';
  const patch = (domain: TestDomain, value: JsonObject[]) =>
    domain.send('PATCH', SETTINGS, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'tenantCustomClaims', value }],
      },
    });
  const { schemas: _schemas, ...element } = claim() as JsonObject & { schemas: unknown };

  it('shows what CustomClaims have', async () => {
    const domain = await testDomain();
    const id = await add(domain);
    expect((await domain.send('GET', SETTINGS)).body.tenantCustomClaims).toEqual([element]);
    await domain.send('DELETE', `${PATH}/${id}`);
    expect((await domain.send('GET', SETTINGS)).body).not.toHaveProperty('tenantCustomClaims');
  });

  it('changes CustomClaims, keeping those that it still names', async () => {
    const domain = await testDomain();
    const id = await add(domain);
    await add(domain, { name: 'Leaving' });
    const answer = await patch(domain, [
      { ...element, value: 'another' },
      { ...element, name: 'Coming' },
    ]);
    expect(answer.status).toBe(200);
    const { Resources } = (await domain.send('GET', PATH)).body;
    expect(Resources).toMatchObject([
      { id, name: 'MyATCustomClaim', value: 'another' },
      { name: 'Coming', idcsCreatedBy: { type: 'App' } },
    ]);
    const claims = await ownClaims(domain);
    expect(claims).toMatchObject({ MyATCustomClaim: 'another', Coming: 'MyATValue' });
    expect(claims).not.toHaveProperty('Leaving');
  });

  it('keeps the rules of CustomClaims', async () => {
    const domain = await testDomain();
    expect((await patch(domain, [{ ...element, name: 'sub' }])).status).toBe(400);
    expect((await patch(domain, [element, { ...element, name: 'myatcustomclaim' }])).status).toBe(400);
  });

  it('has every claim when many are created at once', async () => {
    const domain = await testDomain();
    await Promise.all(Array.from({ length: 8 }, (_, n) => add(domain, { name: `claim${n}` })));
    expect((await domain.send('GET', SETTINGS)).body.tenantCustomClaims).toHaveLength(8);
  });
});
