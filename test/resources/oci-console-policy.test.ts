import { expect, it } from 'vitest';
import { PolicyWorld } from './policy-world.ts';

const CONSENT = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:ociconsolesignonpolicyconsent:Policy';
const RULE = 'Rules/OciConsoleUsersRule';

it('RestoreOciConsolePolicy makes the policy, puts it back, and keeps consents to changes', async () => {
  const world = await PolicyWorld.make();
  const restore = (body: object) => world.post('RestoreOciConsolePolicy', { ...body }, 'RestoreOciConsolePolicy');
  const consents = async (filter = '') =>
    (await world.get(`OciConsoleSignOnPolicyConsents${filter === '' ? '' : `?filter=${encodeURIComponent(filter)}`}`))
      .body;

  for (const [body, named] of [
    [{ reason: 'new' }, 'consent'],
    [{ consent: false, reason: 'new' }, 'RestoreOciConsolePolicy.consent must be true'],
    [{ consent: true }, 'reason'],
    [{ consent: true, reason: ' ' }, 'RestoreOciConsolePolicy.reason'],
  ] as const) {
    const refused = await restore(body);
    expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining(named)]);
  }
  expect((await consents()).totalResults).toBe(0);
  expect((await world.get('Policies/OciConsolePolicy')).status).toBe(404);

  const made = await restore({ consent: true, reason: 'a first time' });
  expect([made.status, made.body.id], made.text).toEqual([201, 'OciConsolePolicy']);
  expect(made.body).not.toHaveProperty('consent');
  const evaluate = async () => {
    const { Resources } = (await world.get('Users?filter=userName eq "admin@example.com"')).body;
    const body = { policy: 'OciConsolePolicy', user: Resources[0].id };
    return (await world.domain.send('POST', '/_emulator/policies/evaluate', { body })).body;
  };
  expect(await evaluate()).toMatchObject({
    effect: 'ALLOW',
    rule: { name: 'MFA for administrators' },
    obligations: { authenticationFactor: 'IDP+2FA' },
  });

  const change = { op: 'replace', path: 'description', value: 'changed' };
  const refused = await world.patch(RULE, change);
  expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('Rule.consent must be true')]);
  expect((await world.get(RULE)).body).not.toHaveProperty('description');
  const consented = await world.patch(
    RULE,
    change,
    { op: 'add', path: `${CONSENT}:consent`, value: true },
    { op: 'add', path: `${CONSENT}:justification`, value: 'fewer factors' },
  );
  expect(consented.status, consented.text).toBe(200);
  expect(consented.body).not.toHaveProperty(CONSENT);
  const off = await world.patch(
    'Policies/OciConsolePolicy',
    { op: 'replace', path: 'active', value: false },
    { op: 'add', path: `${CONSENT}:consent`, value: true },
    { op: 'add', path: `${CONSENT}:justification`, value: 'off' },
    { op: 'add', path: `${CONSENT}:reason`, value: 'a test' },
  );
  expect(off.status, off.text).toBe(200);
  expect((await evaluate()).effect).toBe('NONE');
  expect((await restore({ consent: true, reason: 'back' })).status).toBe(201);
  expect((await evaluate()).effect).toBe('ALLOW');
  expect((await world.get(RULE)).body).not.toHaveProperty('description');
  expect((await world.delete('Policies/OciConsolePolicy')).status).toBe(403);

  const all = await consents();
  expect(all.Resources.map((each: { changeType: string }) => each.changeType)).toEqual([
    'RESTORED_TO_FACTORY_DEFAULT',
    'MODIFIED',
    'MODIFIED',
    'RESTORED_TO_FACTORY_DEFAULT',
  ]);
  const policy = (await world.get('Policies/OciConsolePolicy')).body;
  expect(all.Resources[2]).toMatchObject({
    modifiedResource: { value: 'OciConsolePolicy', ocid: policy.ocid, type: 'Policy' },
    policyResource: { value: 'OciConsolePolicy', ocid: policy.ocid },
    consentSignedBy: { type: 'App', displayName: expect.any(String) },
    justification: 'off',
    reason: 'a test',
    clientIp: expect.stringMatching(/127\.0\.0\.1|::1/),
    timeConsentSigned: expect.stringMatching(/^\d{4}-/),
  });
  const one = all.Resources[1];
  expect((await world.get(`OciConsoleSignOnPolicyConsents/${one.id}`)).body).toMatchObject({
    justification: 'fewer factors',
  });
  expect((await consents('changeType eq "MODIFIED"')).totalResults).toBe(2);
  expect((await world.delete(`OciConsoleSignOnPolicyConsents/${one.id}`)).status).toBe(405);
});
