import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { PolicyWorld } from '../../resources/policy-world.ts';
import { type AuthenticationWorld, authenticationWorld } from './authentication-world.ts';

/* The identity provider policy decides what a sign-in offers: the App's own, or the domain's default one. */

let world: AuthenticationWorld;
let policies: PolicyWorld;
let shown: string;
let hidden: string;

beforeAll(async () => {
  world = await authenticationWorld();
  policies = PolicyWorld.of(world.domain);
  await world.user('ada');
  const social = async (name: string, showOnLogin: boolean): Promise<string> => {
    const body = { name, serviceProviderName: name, consumerKey: 'key', consumerSecret: 'secret', enabled: true };
    const more = { showOnLogin, accountLinkingEnabled: true, registrationEnabled: false };
    const { status, body: made, text } = await policies.post('SocialIdentityProvider', { ...body, ...more });
    expect(status, text).toBe(201);
    return made.id;
  };
  shown = await social('Google', true);
  hidden = await social('Facebook', false);
});

/** An App whose identity provider policy has one rule, or none of its own. */
async function appWith(returns: Record<string, string> | null, active = true): Promise<string> {
  const rule =
    returns === null
      ? null
      : await policies.rule({
          policyType: { value: 'IdentityProvider' },
          return: Object.entries(returns).map(([name, value]) => ({ name, value })),
        });
  const idpPolicy =
    rule === null
      ? null
      : await policies.policy({
          policyType: { value: 'IdentityProvider' },
          active,
          rules: [{ value: rule, sequence: 1 }],
        });
  const { status, body, text } = await policies.app({
    ...(idpPolicy === null ? {} : { idpPolicy: { value: idpPolicy } }),
    active: true,
    allowedGrants: ['client_credentials'],
  });
  expect(status, text).toBe(201);
  return body.displayName;
}

const ids = (body: JsonObject) =>
  (((body['IDP'] as JsonObject | undefined)?.['configuredIDPs'] ?? []) as JsonObject[]).map(({ idpId }) => idpId);

describe('a sign-in offers', () => {
  test.each<[what: string, returns: () => Record<string, string> | null, password: boolean, others: () => string[]]>([
    ['what is shown, by the default policy', () => null, true, () => [shown]],
    [
      'those that the rule lists',
      () => ({ localIDP: 'WithPassword', SocialIDPs: JSON.stringify([hidden]) }),
      true,
      () => [hidden],
    ],
    [
      'no password where others are listed alone',
      () => ({ SocialIDPs: JSON.stringify([shown, hidden]) }),
      false,
      () => [shown, hidden],
    ],
    [
      'the password by its id',
      () => ({ LocalIDPs: '["UserNamePassword"]', SocialIDPs: JSON.stringify([shown]) }),
      true,
      () => [shown],
    ],
  ])('%s', async (_what, returns, password, others) => {
    const app = await appWith(returns());
    const signIn = world.signIn();
    const { status, body } = await signIn.start(app);
    expect(status).toBe(200);
    expect(new Set(ids(body))).toEqual(new Set(others()));
    expect(body.nextOp).toEqual(password ? ['credSubmit', 'chooseIDP'] : ['chooseIDP']);
    expect(body.nextAuthFactors).toEqual(password ? ['USERNAME_PASSWORD', 'IDP'] : ['IDP']);
    expect(body.USERNAME_PASSWORD).toEqual(password ? { credentials: ['username', 'password'] } : undefined);
    const answer = await signIn.password('ada');
    // What is not offered is not taken.
    expect(answer.text.includes('AUTH-1115')).toBe(!password);
    expect(answer.body.authnToken !== undefined).toBe(password);
  });

  test('what the default policy says, where the App’s own is not active', async () => {
    const app = await appWith({ SocialIDPs: JSON.stringify([hidden]) }, false);
    const { body } = await world.signIn().start(app);
    expect([body.nextAuthFactors, ids(body)]).toEqual([['USERNAME_PASSWORD', 'IDP'], [shown]]);
  });

  test('and what is not offered can not be chosen', async () => {
    const signIn = world.signIn();
    await signIn.start(await appWith(null));
    const choose = async (idpId: string) => {
      const response = await fetch(`${world.domain.url}/sso/v1/sdk/secure/idp`, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({
          idpId,
          idpType: 'Social',
          authorization: world.token,
          requestState: signIn.requestState,
        }),
      });
      return [response.status, (await response.text()).includes('AUTH-3021')];
    };
    expect(await choose(shown)).toEqual([501, false]);
    expect((await choose(hidden))[1]).toBe(true);
  });
});
