import { expect, it } from 'vitest';
import { PolicyWorld } from './policy-world.ts';

const WEB_TIER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:webTierPolicy:App';
const TEMPLATE = { basedOnTemplate: { value: 'CustomEnterpriseAppTemplateId' }, isOAuthClient: false };

it('webTierPolicyJson names resources of its own App, in JSON', async () => {
  const world = await PolicyWorld.make();
  const { clientType: _none, ...body } = { clientType: '', ...TEMPLATE, displayName: 'enterprise' };
  const app = (await world.post('App', body)).body.id;
  const other = (await world.post('App', { ...body, displayName: 'other' })).body.id;
  const foreign = await world.post('AppResource', { name: 'x', resourceURL: '/x', app: { value: other } });
  const own = await world.post('AppResource', { name: 'y', resourceURL: '/y.*', isRegex: true, app: { value: app } });
  const set = (value: string) =>
    world.patch(`Apps/${app}?attributes=${WEB_TIER}:webTierPolicyJson`, {
      op: 'replace',
      path: `${WEB_TIER}:webTierPolicyJson`,
      value,
    });
  const naming = (filter: string) => JSON.stringify([{ type: 'resource', filter }]);
  for (const [value, detail] of [
    ['{"a":', 'App.webTierPolicyJson is no JSON'],
    [naming('nothing'), 'App.webTierPolicyJson references a AppResource with ID nothing that does not exist'],
    [naming(foreign.body.id), 'App.webTierPolicyJson: AppResource'],
    ['['.repeat(40) + ']'.repeat(40), 'App.webTierPolicyJson is nested deeper than 30'],
  ] as const) {
    const refused = await set(value);
    expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining(detail)]);
  }
  expect((await world.get(`Apps/${app}?attributes=${WEB_TIER}:webTierPolicyJson`)).body).not.toHaveProperty(WEB_TIER);
  const { status, body: shown } = await set(naming(own.body.id));
  expect(status).toBe(200);
  const rendered = [{ type: 'regex', filter: '/y.*', resourceRefId: own.body.id, resourceRefName: 'y' }];
  expect(JSON.parse(shown[WEB_TIER].webTierPolicyJson)).toEqual(rendered);
  // What was read can be written.
  expect((await set(shown[WEB_TIER].webTierPolicyJson)).status).toBe(200);
});
