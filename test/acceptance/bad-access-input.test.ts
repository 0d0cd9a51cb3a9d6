import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { create, MY_SCOPES } from '../oauth/token/assertion-fixture.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

/* What must not be written about applications, roles, grants and policies: a 4xx in SCIM form that names the attribute, and nothing left behind. */

const URN = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PASSWORD = 'Correct-Horse-42';
const NOTHING = 'f'.repeat(32);
const COUNTED = ['Apps', 'AppRoles', 'Grants', 'Policies', 'Rules', 'Conditions', 'ConditionGroups'];

let domain: TestDomain;
let count = 0;
/** What the cases speak of, by name: ids, and a token of a user without rights. */
// biome-ignore lint/suspicious/noExplicitAny: filled before the first case
const of: Record<string, any> = {};

const post = (type: string, body: JsonObject, endpoint = `${type}s`): Promise<Answer> =>
  domain.send('POST', `/admin/v1/${endpoint}`, { body: { schemas: [`${URN}${type}`], ...body } });
const patch = (path: string, ...Operations: JsonObject[]): Promise<Answer> =>
  domain.send('PATCH', `/admin/v1/${path}`, { body: { schemas: [PATCH_OP], Operations } });
const replace = (path: string, value: JsonObject[string]) => ({ op: 'replace', path, value });

const appBody = (more: JsonObject = {}): JsonObject => ({
  displayName: `app ${++count}`,
  basedOnTemplate: { value: 'CustomWebAppTemplateId' },
  active: true,
  ...more,
});
const client = { isOAuthClient: true, clientType: 'confidential', allowedGrants: ['authorization_code'] };
const newApp = async (more: JsonObject = {}): Promise<string> =>
  (await create(domain, 'App', 'Apps', appBody(more))).id;
const grantBody = (more: JsonObject = {}): JsonObject => ({
  grantee: { type: 'User', value: of['user']! },
  app: { value: of['app']! },
  grantMechanism: 'ADMINISTRATOR_TO_USER',
  entitlement: { attributeName: 'appRoles', attributeValue: of['role']! },
  ...more,
});
const grant = (more: JsonObject = {}) => post('Grant', grantBody(more));
const entitlement = (attributeValue: string) => ({ entitlement: { attributeName: 'appRoles', attributeValue } });
const condition = (more: JsonObject = {}): JsonObject => ({
  name: `condition ${++count}`,
  attributeName: 'user.userName',
  operator: 'eq',
  attributeValue: 'jane',
  ...more,
});
const rule = (more: JsonObject = {}): JsonObject => ({
  name: `rule ${++count}`,
  policyType: { value: 'SignOn' },
  conditionGroup: { value: 'AlwaysTrueCondition', type: 'Condition' },
  return: [{ name: 'effect', value: 'ALLOW' }],
  ...more,
});
const policy = (more: JsonObject = {}): JsonObject => ({
  name: `policy ${++count}`,
  policyType: { value: 'SignOn' },
  ...more,
});

beforeAll(async () => {
  domain = await testDomain();
  of['user'] = (await newUser(domain, 'jane', PASSWORD)).id;
  of['sleeper'] = (await domain.createUser('sleeper', { active: false })).id;
  of['group'] = (await domain.createGroup('group')).id;
  of['app'] = await newApp();
  of['other'] = await newApp();
  of['asleep'] = await newApp({ active: false });
  of['client'] = await newApp({ ...client, redirectUris: ['https://app.example.com/cb'] });
  const role = async (app: string): Promise<string> =>
    (await create(domain, 'AppRole', 'AppRoles', { displayName: `role ${++count}`, app: { value: app } })).id;
  of['role'] = await role(of['app']);
  of['otherRole'] = await role(of['other']);
  of['given'] = await role(of['app']);
  expect((await grant(entitlement(of['given']))).status).toBe(201);
  of['signOn'] = (await create(domain, 'Rule', 'Rules', rule())).id;
  of['second'] = (await create(domain, 'Rule', 'Rules', rule())).id;
  of['idp'] = (
    await create(
      domain,
      'Rule',
      'Rules',
      rule({
        policyType: { value: 'IdentityProvider' },
        return: [{ name: 'LocalIDPs', value: '["UserNamePassword"]' }],
      }),
    )
  ).id;
  of['policy'] = (
    await create(domain, 'Policy', 'Policies', policy({ rules: [{ value: of['signOn'], sequence: 1 }] }))
  ).id;
  of['condition'] = (await create(domain, 'Condition', 'Conditions', condition())).id;
  const groupOf = async (parts: JsonObject[]): Promise<string> =>
    (
      await create(domain, 'ConditionGroup', 'ConditionGroups', {
        name: `conditions ${++count}`,
        operator: 'and',
        conditions: parts,
      })
    ).id;
  of['inner'] = await groupOf([{ value: of['condition'], type: 'Condition' }]);
  of['outer'] = await groupOf([{ value: of['inner'], type: 'ConditionGroup' }]);
  const form = { grant_type: 'password', username: 'jane', password: PASSWORD, scope: MY_SCOPES };
  of['token'] = (await domain.tokenRequest(form)).body.access_token;
});

async function totals(): Promise<readonly number[]> {
  return Promise.all(
    COUNTED.map(async (each) => (await domain.send('GET', `/admin/v1/${each}?count=0`)).body.totalResults as number),
  );
}

const uris = (path: string) => (value: string) => () => post('App', appBody({ ...client, [path]: [value] }));
const redirect = uris('redirectUris');

describe('is refused', () => {
  test.each<[what: string, ask: () => Promise<Answer>, status: number, named: string]>([
    // Grants
    ['a grant to nobody', () => grant({ grantee: { type: 'User', value: NOTHING } }), 400, 'grantee'],
    [
      'a grant to a user who is not active',
      () => grant({ grantee: { type: 'User', value: of['sleeper']! } }),
      400,
      'grantee',
    ],
    [
      'a grant to a group named as a user',
      () => grant({ grantee: { type: 'User', value: of['group']! } }),
      400,
      'grantee',
    ],
    ['a grant to something else', () => grant({ grantee: { type: 'Policy', value: of['policy']! } }), 400, 'grantee'],
    ['a grant of no app', () => grant({ app: { value: NOTHING } }), 400, 'app'],
    ['a grant of an app that is not active', () => grant({ app: { value: of['asleep']! } }), 400, 'app'],
    ['a grant without an app', () => grant({ app: undefined as never }), 400, 'app'],
    ['a grant of no role', () => grant(entitlement(NOTHING)), 400, 'entitlement'],
    ['an AppRole of another app', () => grant(entitlement(of['otherRole']!)), 400, 'entitlement'],
    [
      'an entitlement of another kind',
      () => grant({ entitlement: { attributeName: 'x', attributeValue: 'y' } }),
      400,
      'entitlement',
    ],
    ['a mechanism that does not fit', () => grant({ grantMechanism: 'ADMINISTRATOR_TO_APP' }), 400, 'grantMechanism'],
    ['a mechanism that is none', () => grant({ grantMechanism: 'MAGIC' }), 400, 'grantMechanism'],
    ['a second grant of the same thing', () => grant(entitlement(of['given']!)), 409, 'Grant'],
    // AppRoles
    ['a role of no app', () => post('AppRole', { displayName: 'x', app: { value: NOTHING } }), 400, 'app'],
    ['a role without a name', () => post('AppRole', { app: { value: of['app']! } }), 400, 'displayName'],
    // Rules, conditions, policies
    [
      'a rule of another policy type',
      () => post('Policy', policy({ rules: [{ value: of['idp']!, sequence: 1 }] }), 'Policies'),
      400,
      'rules',
    ],
    [
      'the same by PATCH',
      () =>
        patch(`Policies/${of['policy']}`, { op: 'add', path: 'rules', value: [{ value: of['idp']!, sequence: 9 }] }),
      400,
      'rules',
    ],
    [
      'two rules of one sequence',
      () =>
        post(
          'Policy',
          policy({ rules: ['signOn', 'second'].map((each) => ({ value: of[each]!, sequence: 1 })) }),
          'Policies',
        ),
      400,
      'sequence',
    ],
    [
      'the same by PATCH',
      () =>
        patch(`Policies/${of['policy']}`, { op: 'add', path: 'rules', value: [{ value: of['second']!, sequence: 1 }] }),
      400,
      'sequence',
    ],
    [
      'a rule that is not there',
      () => post('Policy', policy({ rules: [{ value: NOTHING, sequence: 1 }] }), 'Policies'),
      400,
      'rules',
    ],
    [
      'a policy of no type',
      () => post('Policy', policy({ policyType: { value: 'Magic' } }), 'Policies'),
      400,
      'policyType',
    ],
    ['a rule of no type', () => post('Rule', rule({ policyType: { value: 'Magic' } })), 400, 'policyType'],
    [
      'a rule without a condition that is there',
      () => post('Rule', rule({ conditionGroup: { value: NOTHING, type: 'Condition' } })),
      400,
      'conditionGroup',
    ],
    [
      'a rule whose effect is none',
      () => post('Rule', rule({ return: [{ name: 'effect', value: 'PERHAPS' }] })),
      400,
      'return',
    ],
    [
      'a group of conditions that contains itself',
      () =>
        patch(`ConditionGroups/${of['inner']}`, {
          op: 'add',
          path: 'conditions',
          value: [{ value: of['inner']!, type: 'ConditionGroup' }],
        }),
      400,
      'conditions',
    ],
    [
      'the same through another one',
      () =>
        patch(`ConditionGroups/${of['inner']}`, {
          op: 'add',
          path: 'conditions',
          value: [{ value: of['outer']!, type: 'ConditionGroup' }],
        }),
      400,
      'conditions',
    ],
    ['an unknown operator', () => post('Condition', condition({ operator: 'like' })), 400, 'operator'],
    ['the same by PATCH', () => patch(`Conditions/${of['condition']}`, replace('operator', 'like')), 400, 'operator'],
    ...['["a"', 'a', '"a"', '{}'].map((attributeValue): [string, () => Promise<Answer>, number, string] => [
      `the attributeValue ${attributeValue} of a list`,
      () => post('Condition', condition({ operator: 'in', attributeValue })),
      400,
      'attributeValue',
    ]),
    [
      'a call that is none',
      () => post('Condition', condition({ attributeName: 'subject.ip', attributeValue: '#inIPRange(' })),
      400,
      'attributeValue',
    ],
    // Apps
    [
      'a scope that no app offers',
      () =>
        post(
          'App',
          appBody({
            ...client,
            redirectUris: ['https://a.example.com'],
            allowedScopes: [{ fqs: 'https://nowhere/read' }],
          }),
        ),
      400,
      'allowedScopes',
    ],
    [
      'the same by PATCH',
      () =>
        patch(`Apps/${of['client']}`, { op: 'add', path: 'allowedScopes', value: [{ fqs: 'https://nowhere/read' }] }),
      400,
      'allowedScopes',
    ],
    ...['no uri', '/relative', 'javascript:alert(1)', 'https://a b/'].map(
      (value): [string, () => Promise<Answer>, number, string] => [
        `the redirect URI ${value}`,
        redirect(value),
        400,
        'redirectUris',
      ],
    ),
    [
      'the same by PATCH',
      () => patch(`Apps/${of['client']}`, { op: 'add', path: 'redirectUris', value: ['no uri'] }),
      400,
      'redirectUris',
    ],
    [
      'http where the app forbids it',
      () => post('App', appBody({ ...client, allUrlSchemesAllowed: false, redirectUris: ['http://a.example.com/cb'] })),
      400,
      'redirectUris',
    ],
    ['a post-logout URI that is none', uris('postLogoutRedirectUris')('no uri'), 400, 'postLogoutRedirectUris'],
    ['a policy of another type', () => post('App', appBody({ idpPolicy: { value: of['policy']! } })), 400, 'idpPolicy'],
    [
      'a template that is none',
      () => post('App', appBody({ basedOnTemplate: { value: 'MagicTemplateId' } })),
      400,
      'basedOnTemplate',
    ],
    ['to delete an app that is active', () => domain.send('DELETE', `/admin/v1/Apps/${of['app']}`), 400, 'active'],
    [
      'another secret without the right',
      () =>
        domain.send('POST', '/admin/v1/AppClientSecretRegenerator', {
          body: { schemas: [`${URN}AppClientSecretRegenerator`], appId: of['client']! },
          token: of['token']!,
        }),
      401,
      '',
    ],
    [
      'another secret of no app',
      () => post('AppClientSecretRegenerator', { appId: NOTHING }, 'AppClientSecretRegenerator'),
      404,
      'App',
    ],
  ])('%s', async (_what, ask, status, named) => {
    const before = await totals();
    const answer = await ask();
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(named)]);
    expect(answer.body).toMatchObject({
      schemas: expect.arrayContaining(['urn:ietf:params:scim:api:messages:2.0:Error']),
      status: String(status),
      detail: expect.stringContaining(named),
    });
    expect(await totals()).toEqual(before);
  });

  test('and what was there is as it was', async () => {
    const { body } = await domain.send('GET', `/admin/v1/Policies/${of['policy']}?attributes=rules`);
    expect(body.rules).toEqual([expect.objectContaining({ value: of['signOn'], sequence: 1 })]);
    const shown = (await domain.send('GET', `/admin/v1/Apps/${of['client']}?attributes=redirectUris,allowedScopes`))
      .body;
    expect([shown.redirectUris, shown.allowedScopes ?? []]).toEqual([['https://app.example.com/cb'], []]);
    const inner = (await domain.send('GET', `/admin/v1/ConditionGroups/${of['inner']}`)).body;
    expect(inner.conditions).toHaveLength(1);
    expect((await domain.send('GET', `/admin/v1/Conditions/${of['condition']}`)).body.operator).toBe('eq');
  });
});
