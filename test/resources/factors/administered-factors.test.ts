import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { eventsOf } from '../../audit/audit-world.ts';
import type { Answer } from '../../support/emulator.ts';
import { type FactorUser, type FactorWorld, factorWorld, IDCS, MFA } from './factor-fixture.ts';

/* AuthenticationFactorEnroller, …Initiator and …Validator: an administrator enrolls and proves a user's second factors. */

const ENROLLER = 'AuthenticationFactorEnroller';
const INITIATOR = 'AuthenticationFactorInitiator';
const VALIDATOR = 'AuthenticationFactorValidator';

let world: FactorWorld;
let user: FactorUser;

beforeEach(async () => {
  world = await factorWorld();
  user = await world.user('jbloggs');
});

const call = (type: string, body: JsonObject): Promise<Answer> =>
  world.domain.send('POST', `/admin/v1/${type}`, { body: { schemas: [`${IDCS}${type}`], ...body } });

const enroll = (of = user) => call(ENROLLER, { user: { value: of.id }, authnFactors: ['EMAIL'] });
const code = async (of = user): Promise<string> => (await world.message(`${of.userName}@example.com`)).code;
const mfa = async () =>
  (await world.domain.send('GET', `/admin/v1/Users/${user.id}?attributes=${MFA}`)).body[MFA] as JsonObject;

async function begun(of = user): Promise<JsonObject> {
  const enrolled = await enroll(of);
  expect(enrolled.status, enrolled.text).toBe(201);
  const { deviceId, requestId } = enrolled.body;
  const factor = { deviceId, requestId, authFactor: 'EMAIL', userName: of.userName };
  const initiated = await call(INITIATOR, factor);
  expect(initiated.status, initiated.text).toBe(201);
  return { ...factor, scenario: 'ENROLLMENT' };
}

describe('an administrator', () => {
  it('enrolls a factor for a user with the code that the user gets', async () => {
    const enrolled = await enroll();
    expect(enrolled.body).toMatchObject({
      meta: { resourceType: ENROLLER, location: `${world.domain.url}/admin/v1/${ENROLLER}` },
      deviceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(enrolled.body.user).toEqual({ value: user.id, $ref: `${world.domain.url}/admin/v1/Users/${user.id}` });
    const { deviceId, requestId } = enrolled.body;
    const factor = { deviceId, requestId, authFactor: 'EMAIL', userName: 'JBLOGGS' };
    const initiated = await call(INITIATOR, factor);
    expect(initiated.body).toMatchObject({ ...factor, displayName: 'jbloggs@example.com' });
    expect(initiated.body.meta.resourceType).toBe(INITIATOR);
    const request = { ...factor, scenario: 'ENROLLMENT' };
    const sent = await code();
    expect((await call(VALIDATOR, { ...request, otpCode: sent === '111111' ? '222222' : '111111' })).status).toBe(401);
    const validated = await call(VALIDATOR, { ...request, otpCode: sent });
    expect(validated.status, validated.text).toBe(201);
    expect(validated.body).toMatchObject({
      status: 'SUCCESS',
      mfaStatus: 'ENROLLED',
      mfaPreferredDevice: deviceId,
      devicesCount: 1,
      meta: { resourceType: VALIDATOR },
    });
    expect(await mfa()).toMatchObject({ mfaStatus: 'ENROLLED', preferredDevice: { value: deviceId } });
    expect((await user.send('GET', 'MyDevices')).body.totalResults).toBe(1);
    expect((await call(VALIDATOR, { ...request, otpCode: sent })).status).toBe(404);
    const [event] = await eventsOf(world.domain, 'eventId eq "sso.auth.factor.initiated"');
    expect(event).toBeDefined();
  });

  it('proves an enrolled factor and a bypass code, the user told by id or name', async () => {
    expect((await call(VALIDATOR, { ...(await begun()), otpCode: await code() })).status).toBe(201);
    const [device] = (await user.send('GET', 'MyDevices')).body.Resources;
    const again = { deviceId: device.id, authFactor: 'EMAIL', userName: user.userName };
    const { requestId } = (await call(INITIATOR, again)).body;
    const byId = { ...again, userName: 'somebody else', userId: user.id, requestId, scenario: 'AUTHENTICATION' };
    const proved = await call(VALIDATOR, { ...byId, otpCode: await code() });
    expect(proved.status, proved.text).toBe(201);
    const made = await user.send('POST', 'MyBypassCodes', { schemas: [`${IDCS}BypassCode`] });
    const bypassed = { authFactor: 'BYPASSCODE', scenario: 'AUTHENTICATION', userName: user.userName };
    expect((await call(VALIDATOR, { ...bypassed, otpCode: made.body.code })).status).toBe(201);
    expect((await call(VALIDATOR, { ...bypassed, otpCode: made.body.code })).status).toBe(401);
  });

  it('counts wrong codes against the user, whoever sends them', async () => {
    const code = { authFactor: 'BYPASSCODE', scenario: 'AUTHENTICATION', otpCode: 'nonsense' };
    for (let left = 5; left > 0; left--) {
      expect((await call(VALIDATOR, { ...code, userName: user.userName })).status).toBe(401);
      expect((await user.call(VALIDATOR, code)).status).toBe(401);
    }
    const locked = await call(VALIDATOR, { ...code, userId: user.id });
    expect(locked.body.detail).toContain('locked');
    expect((await user.call(VALIDATOR, code)).body.detail).toContain('locked');
  });
});

describe('refused is', () => {
  it.each([
    ['an enrollment for nobody', ENROLLER, { authnFactors: ['EMAIL'] }, 'user'],
    ['one for somebody unknown', ENROLLER, { user: { value: 'nobody' }, authnFactors: ['EMAIL'] }, 'user'],
    ['a code to nobody', INITIATOR, { deviceId: 'x', authFactor: 'EMAIL' }, 'userName'],
    ['one to somebody unknown', INITIATOR, { deviceId: 'x', authFactor: 'EMAIL', userName: 'nobody' }, 'userName'],
    ['a proof of nobody', VALIDATOR, { authFactor: 'EMAIL', scenario: 'AUTHENTICATION' }, 'userName'],
    [
      'one of an unknown id',
      VALIDATOR,
      { authFactor: 'EMAIL', scenario: 'AUTHENTICATION', userId: 'nobody', userName: 'jbloggs' },
      'userId',
    ],
  ])('%s, by name', async (_what, type, body, named) => {
    const answer = await call(type, body as JsonObject);
    expect([answer.status, answer.body.detail], answer.text).toEqual([400, expect.stringContaining(named)]);
  });

  it('the device and the request of another user', async () => {
    const request = await begun();
    const other = await world.user('other');
    const sent = await code();
    const { scenario: _, ...factor } = request;
    expect((await call(INITIATOR, { ...factor, userName: other.userName })).status).toBe(400);
    expect((await call(VALIDATOR, { ...request, userName: other.userName, otpCode: sent })).status).toBe(404);
    expect(await mfa()).toBeUndefined();
  });

  it.each([ENROLLER, INITIATOR, VALIDATOR])('%s to users', async (type) => {
    const request = await begun();
    const { scenario, ...factor } = request;
    const body: JsonObject = type === ENROLLER ? { user: { value: user.id }, authnFactors: ['EMAIL'] } : factor;
    const sent: JsonObject = {
      schemas: [`${IDCS}${type}`],
      ...body,
      ...(type === VALIDATOR ? { scenario: scenario! } : {}),
    };
    expect((await user.send('POST', type, sent)).status).toBe(401);
  });
});
