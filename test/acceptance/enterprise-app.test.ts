import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { testDomain } from '../support/emulator.ts';
import { type Body, ok, patch } from './app-steps.ts';

/*
 * The documentation's use case "Create an enterprise application with an authorization policy", step by step, and then what its
 * policies decide. IDCS: flows.md B7 and the page's two printed answers, whose keys are below.
 */

const URN = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const ENTERPRISE = `${URN}extension:enterpriseApp:App`;
const MANAGED = `${URN}extension:managedapp:App`;
const WEB_TIER = `${URN}extension:webTierPolicy:App`;
const REQUESTABLE = `${URN}extension:requestable:App`;
const APP_ROLES = `user.${URN}extension:user:User:appRoles[*].adminRole`;

/** Keys of the printed App, but for those that its request gave it. */
const APP_KEYS = [
  'isAliasApp',
  'meta',
  'active',
  'isLoginTarget',
  'idcsCreatedBy',
  'displayName',
  'showInMyApps',
  'isMobileTarget',
  'allowOffline',
  'isUnmanagedApp',
  'idcsLastModifiedBy',
  'isOPCService',
  'isOAuthClient',
  'isManagedApp',
  'isEnterpriseApp',
  'isSamlServiceProvider',
  'infrastructure',
  'allUrlSchemesAllowed',
  'id',
  'isWebTierPolicy',
  'loginMechanism',
  'allowAccessControl',
  'isOAuthResource',
  'migrated',
  'isKerberosRealm',
  ENTERPRISE,
  MANAGED,
  'attrRenderingMetadata',
  'basedOnTemplate',
  'schemas',
];
const RESOURCE_KEYS = ['id', 'meta', 'schemas', 'idcsCreatedBy', 'idcsLastModifiedBy'];

test('an enterprise application with its authorization policies, from its creation to its decisions', async () => {
  const domain = await testDomain();
  const send = (status: number, method: string, path: string, body: JsonObject) =>
    ok(status, domain.send(method, `/admin/v1/${path}`, { body }));
  const create = (type: string, body: JsonObject, endpoint = `${type}s`) =>
    send(201, 'POST', endpoint, { schemas: [`${URN}${type}`], ...body });
  const expectKeys = (body: Body, ...keys: string[]) => {
    expect(Object.keys(body)).toEqual(expect.arrayContaining([...RESOURCE_KEYS, ...keys]));
  };
  const jane = (await domain.createUser('jane')).id;
  const joe = (await domain.createUser('joe')).id;
  const jim = (await domain.createUser('jim')).id;
  const group = (await domain.createGroup('staff', [jane, joe])).id;

  // 1. The application: its policies are made for it.
  const app = await create('App', {
    displayName: 'Enterprise App',
    description: 'Enterprise Application',
    basedOnTemplate: { value: 'CustomEnterpriseAppTemplateId' },
    isEnterpriseApp: true,
    landingPageUrl: 'http://google.com',
    [REQUESTABLE]: { requestable: true },
  });
  expect(Object.keys(app)).toEqual(expect.arrayContaining([...APP_KEYS, 'description', 'landingPageUrl']));
  expect(app).toMatchObject({
    active: false,
    isLoginTarget: false,
    showInMyApps: false,
    isManagedApp: true,
    isEnterpriseApp: true,
    isOAuthClient: false,
    loginMechanism: 'OIDC',
    allowAccessControl: false,
    schemas: expect.arrayContaining([`${URN}App`, ENTERPRISE, MANAGED]),
  });
  const managed = app[MANAGED];
  expect(Object.keys(managed).sort()).toEqual([
    'accountFormVisible',
    'bundleConfigurationProperties',
    'connected',
    'connectorBundle',
    'flatFileBundleConfigurationProperties',
    'flatFileConnectorBundle',
    'isAuthoritative',
    'isThreeLeggedOAuthEnabled',
    'objectClasses',
  ]);
  expect(managed.connectorBundle).toEqual({
    wellKnownId: 'NoOperationConnectorBundleId',
    value: 'NoOperationConnectorBundleId',
    $ref: `${domain.url}/admin/v1/ConnectorBundles/NoOperationConnectorBundleId`,
  });
  expect(managed.flatFileBundleConfigurationProperties).toHaveLength(17);
  expect(managed.objectClasses).toMatchObject([
    { type: 'AccountObjectClass', isAccountObjectClass: true, display: '__ACCOUNT__' },
  ]);
  expect(await ok(200, domain.send('PUT', `/admin/v1/Apps/${app.id}`, { body: app }))).toMatchObject({
    [MANAGED]: managed,
  });
  const { allowAuthzPolicy, denyAuthzPolicy } = app[ENTERPRISE];
  for (const policy of [allowAuthzPolicy, denyAuthzPolicy]) {
    expect(policy).toEqual({ value: expect.any(String), $ref: `${domain.url}/admin/v1/Policies/${policy.value}` });
  }

  // 2. and 3. What of it is protected.
  const resource = await create('AppResource', {
    name: 'reports',
    resourceURL: '/reports/all',
    isRegex: false,
    description: 'All reports',
    app: { value: app.id },
  });
  expectKeys(resource, 'name', 'resourceURL', 'isRegex', 'description', 'app');
  const named = await send(
    200,
    'PATCH',
    `Apps/${app.id}`,
    patch({ op: 'replace', path: `${ENTERPRISE}:appResources`, value: [{ value: resource.id }] }),
  );
  expect(Object.keys(named)).toEqual(expect.arrayContaining(APP_KEYS));
  expect(named[ENTERPRISE].appResources).toEqual([
    { value: resource.id, $ref: `${domain.url}/admin/v1/AppResources/${resource.id}` },
  ]);

  // 4. What the gateway in front of it is told.
  const webTier = {
    cloudgatePolicy: {
      version: '2.6',
      webtierPolicy: [
        {
          policyName: 'default',
          resourceFilters: [
            { type: 'resource', filter: resource.id, method: 'oauth', authorize: true },
            { type: 'regex', filter: '/public/.*', method: 'public' },
          ],
        },
      ],
    },
  };
  const names = ['webTierPolicyJson', 'webTierPolicyAZControl', 'resourceRef'].map((name) => `${WEB_TIER}:${name}`);
  const policed = await send(
    200,
    'PATCH',
    `Apps/${app.id}?attributes=${names.join(',')}`,
    patch(
      { op: 'replace', path: 'isWebTierPolicy', value: true },
      { op: 'replace', path: `${WEB_TIER}:webTierPolicyAZControl`, value: 'server' },
      { op: 'replace', path: `${WEB_TIER}:webTierPolicyJson`, value: JSON.stringify(webTier) },
    ),
  );
  expect(policed[WEB_TIER].webTierPolicyAZControl).toBe('server');
  const [rendered, untouched] = JSON.parse(policed[WEB_TIER].webTierPolicyJson).cloudgatePolicy.webtierPolicy[0]
    .resourceFilters;
  expect(rendered).toEqual({
    type: 'text',
    filter: '/reports/all',
    method: 'oauth',
    authorize: true,
    resourceRefId: resource.id,
    resourceRefName: 'reports',
  });
  expect(untouched).toEqual({ type: 'regex', filter: '/public/.*', method: 'public' });

  // 5. to 10. The policy that allows, and the one that denies.
  const perimeter = await create('NetworkPerimeter', { name: 'office', ipAddresses: [{ value: '192.0.2.0/24' }] });
  const outside = await create('NetworkPerimeter', { name: 'exit', ipAddresses: [{ value: '198.51.100.0/24' }] });
  async function policyOf(
    word: 'Allow' | 'Deny',
    policyId: string,
    conditions: readonly (readonly [string, string, string])[],
    operator: string,
  ) {
    const parts = [];
    for (const [attributeName, each, attributeValue] of conditions) {
      const body = { name: `${word} ${attributeName}`, attributeName, operator: each, attributeValue };
      const condition = await create('Condition', body);
      expectKeys(condition, 'name', 'attributeName', 'operator', 'attributeValue');
      expect(condition.attributeValue).toBe(attributeValue);
      parts.push({ value: condition.id, type: 'Condition' });
    }
    const conditionGroup = await create('ConditionGroup', { name: `${word} group`, operator, conditions: parts });
    expectKeys(conditionGroup, 'name', 'operator', 'conditions');
    expect(conditionGroup.conditions).toEqual(
      parts.map((part) => ({ ...part, $ref: `${domain.url}/admin/v1/Conditions/${part.value}` })),
    );
    const rule = await create('Rule', {
      name: `${word} rule`,
      policyType: { value: `${word}Authz` },
      conditionGroup: { value: conditionGroup.id, type: 'ConditionGroup' },
      return: [
        { name: 'effect', value: word.toUpperCase() },
        { name: 'setHeader', value: 'USER_NAME=$(user.userName),USER_ID=$(user.id)' },
      ],
    });
    expectKeys(rule, 'name', 'policyType', 'conditionGroup', 'return');
    expect(rule.conditionGroup.name).toBe(`${word} group`);
    const rules = [{ value: rule.id, sequence: 1 }];
    const policy = await send(
      200,
      'PATCH',
      `Policies/${policyId}`,
      patch({ op: 'replace', path: 'rules', value: rules }),
    );
    expectKeys(policy, 'name', 'active', 'policyType');
    expect(policy).toMatchObject({ name: `${word} Authorization policy`, active: false });
    expect(policy).not.toHaveProperty('rules');
    const attribute = `${word.toLowerCase()}AuthzPolicy`;
    const changed = await send(
      200,
      'PATCH',
      `Apps/${app.id}`,
      patch({ op: 'replace', path: `${ENTERPRISE}:${attribute}.value`, value: policyId }),
    );
    expect(changed[ENTERPRISE][attribute]).toMatchObject({ value: policyId });
    return rule.id;
  }
  const allowRule = await policyOf(
    'Allow',
    allowAuthzPolicy.value,
    [
      ['user.groups[*].value', 'coany', JSON.stringify([group])],
      ['user.userName', 'nin', '["joe"]'],
      ['subject.ip', 'eq', `#inIPRange("${perimeter.id}")`],
    ],
    'and',
  );
  const denyRule = await policyOf(
    'Deny',
    denyAuthzPolicy.value,
    [
      [APP_ROLES, 'co', '["true"]'],
      ['subject.ip', 'eq', `#inIPRange("${outside.id}")`],
    ],
    'or',
  );

  // Who is let in.
  const ask = (policy: string, user: string, ip: string) =>
    ok(200, domain.send('POST', '/_emulator/policies/evaluate', { body: { policy, user, ip, app: app.id } }));
  const admins = await ok(200, domain.send('GET', '/admin/v1/Users?filter=userName eq "admin@example.com"'));
  const admin = admins.Resources[0].id;
  const INSIDE = '192.0.2.9';
  const ELSEWHERE = '203.0.113.1';
  for (const [user, ip, allowed, denied] of [
    [jane, INSIDE, 'ALLOW', 'NONE'],
    [jane, ELSEWHERE, 'NONE', 'NONE'],
    [jane, '198.51.100.7', 'NONE', 'DENY'],
    [joe, INSIDE, 'NONE', 'NONE'],
    [jim, INSIDE, 'NONE', 'NONE'],
    [admin, INSIDE, 'NONE', 'DENY'],
  ] as const) {
    const allow = await ask(allowAuthzPolicy.value, user, ip);
    const deny = await ask(denyAuthzPolicy.value, user, ip);
    expect([allow.effect, deny.effect]).toEqual([allowed, denied]);
    expect(allow.rule?.id).toBe(allowed === 'NONE' ? undefined : allowRule);
    expect(deny.rule?.id).toBe(denied === 'NONE' ? undefined : denyRule);
    // Both together, as a gateway asks: deny wins.
    const both = await ok(
      200,
      domain.send('POST', '/_emulator/policies/evaluate', { body: { user, ip, app: app.id } }),
    );
    expect(both.effect).toBe(denied === 'DENY' ? 'DENY' : allowed);
    expect(both.policies).toEqual([deny, allow]);
    expect(both.policy).toEqual(denied === 'DENY' ? deny.policy : allow.policy);
  }
  expect((await ask(allowAuthzPolicy.value, jane, INSIDE)).obligations).toEqual({
    effect: 'ALLOW',
    setHeader: 'USER_NAME=$(user.userName),USER_ID=$(user.id)',
  });
});
