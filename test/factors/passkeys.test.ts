import { beforeEach, describe, expect, it } from 'vitest';
import { beginChallenge } from '../../src/factors/challenge.ts';
import { checkAnswer } from '../../src/factors/check-answer.ts';
import { enrolledFactors } from '../../src/factors/enrolled-factors.ts';
import { beginEnrollment, enrollUnproved } from '../../src/factors/enrollment.ts';
import type { RequestContext } from '../../src/resources/request-context.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import type { StoredResource } from '../../src/store/store.ts';
import { newTestDomain, type TestDomain } from '../resources/domain-context.ts';
import { type SoftwareAuthenticator, softwareAuthenticator } from './software-authenticator.ts';

const ORIGIN = 'http://alpha.localhost:8080';
const FIDO = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:fido:AuthenticationFactorSettings';
const SETTINGS = 'AuthenticationFactorSettings';

let domain: TestDomain;
let user: StoredResource;
let key: SoftwareAuthenticator;

beforeEach(async () => {
  domain = await newTestDomain();
  await domain.patch(SETTINGS, SETTINGS, { op: 'replace', path: 'fidoAuthenticatorEnabled', value: true });
  const { id } = await domain.create('User', {
    userName: 'jdoe',
    name: { familyName: 'Doe' },
    emails: [{ value: 'jdoe@example.com', type: 'work', primary: true }],
  });
  user = (await (await context()).store.resources.read((await context()).domain.id, 'User', String(id)))!;
  key = softwareAuthenticator(ORIGIN);
});

const context = async (): Promise<RequestContext> => ({ ...(await domain.context()), baseUrl: ORIGIN });
const begin = async () => beginEnrollment(await context(), user, { factor: 'FIDO_AUTHENTICATOR', displayName: 'Key' });
const ask = async (deviceId: string | null = null) =>
  beginChallenge(await context(), user, { factor: 'FIDO_AUTHENTICATOR', deviceId });
const judge = async (requestId: string, credential: JsonObject) =>
  checkAnswer(await context(), user, requestId, { credential });

async function register(by = key): Promise<string> {
  const { requestId, deviceId, passkey } = await begin();
  expect(await judge(requestId, by.create(passkey!))).toMatchObject({ outcome: 'ok', deviceId });
  return deviceId;
}

describe('a passkey', () => {
  it('is registered as a device, and proves its user', async () => {
    const { requestId, deviceId, passkey } = await begin();
    expect(passkey).toMatchObject({
      rp: { id: 'alpha.localhost' },
      user: { name: 'jdoe', id: Buffer.from(user.id, 'hex').toString('base64url') },
      pubKeyCredParams: [-7, -257, -65_535].map((alg) => ({ type: 'public-key', alg })),
      attestation: 'none',
      timeout: 60_000,
      excludeCredentials: [],
    });
    expect(await enrolled()).toEqual([]);
    const registered = await judge(requestId, key.create(passkey!));
    expect(registered).toMatchObject({
      outcome: 'ok',
      displayName: 'Key',
      mfa: { mfaStatus: 'ENROLLED', preferredAuthenticationFactor: 'FIDO_AUTHENTICATOR' },
    });
    expect(await enrolled()).toEqual([{ factor: 'FIDO_AUTHENTICATOR', deviceId, displayName: 'Key', preferred: true }]);
    const { passkey: options, requestId: asked } = await ask();
    expect(options).toMatchObject({ rpId: 'alpha.localhost', allowCredentials: [{ transports: ['usb'] }] });
    expect(await judge(asked, key.get(options!))).toMatchObject({ outcome: 'ok', deviceId });
    // A request is over after a right answer.
    expect(await judge(asked, key.get(options!))).toEqual({ outcome: 'expired' });
  });

  async function enrolled() {
    const current = await (await context()).store.resources.read((await context()).domain.id, 'User', user.id);
    return (await enrolledFactors(await context(), current!)).filter(({ factor }) => factor !== 'BYPASSCODE');
  }

  it('is one of several, or the one that is asked for', async () => {
    const first = await register();
    const other = softwareAuthenticator(ORIGIN);
    const second = await register(other);
    const any = await ask();
    expect(any.passkey!['allowCredentials']).toHaveLength(2);
    expect(await judge(any.requestId, other.get(any.passkey!))).toMatchObject({ deviceId: second });
    const one = await ask(first);
    expect(await judge(one.requestId, other.get(one.passkey!))).toEqual({ outcome: 'wrong' });
    expect(await judge(one.requestId, key.get(one.passkey!))).toMatchObject({ outcome: 'ok' });
  });

  it('is for the origin, the host and the challenge that it was asked with', async () => {
    await register();
    const { requestId, passkey } = await ask();
    const options = passkey!;
    const wrong: readonly JsonObject[] = [
      key.get(options, { origin: 'http://evil.localhost:8080' }),
      key.get(options, { rpId: 'evil.localhost' }),
      key.get({ ...options, challenge: Buffer.alloc(32).toString('base64url') }),
      softwareAuthenticator(ORIGIN).get(options),
      key.create(options),
      { ...key.get(options), response: {} },
      { id: 1 },
      {},
    ];
    for (const credential of wrong) expect(await judge(requestId, credential)).toEqual({ outcome: 'wrong' });
    expect(await judge(requestId, key.get(options))).toMatchObject({ outcome: 'ok' });
  });

  it('that was copied is refused by its counter', async () => {
    await register();
    const first = await ask();
    expect(await judge(first.requestId, key.get(first.passkey!, { counter: 10 }))).toMatchObject({ outcome: 'ok' });
    const second = await ask();
    expect(await judge(second.requestId, key.get(second.passkey!, { counter: 10 }))).toEqual({ outcome: 'wrong' });
    expect(await judge(second.requestId, key.get(second.passkey!, { counter: 11 }))).toMatchObject({ outcome: 'ok' });
  });

  it('locks the account after too many wrong answers', async () => {
    await register();
    const { requestId, passkey } = await ask();
    const wrong = key.get(passkey!, { rpId: 'evil.localhost' });
    const tries = await Promise.all(Array.from({ length: 12 }, () => judge(requestId, wrong)));
    expect(tries.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(9);
    expect(tries.filter(({ outcome }) => outcome === 'locked')).toHaveLength(3);
    await expect(ask()).rejects.toMatchObject({ code: 'AUTH-1010' });
  });

  it('needs an answer in time', async () => {
    await register();
    const { requestId, passkey } = await ask();
    domain.advance(60_001);
    expect(await judge(requestId, key.get(passkey!))).toEqual({ outcome: 'expired' });
    const late = await begin();
    domain.advance(60_001);
    expect(await judge(late.requestId, key.create(late.passkey!))).toEqual({ outcome: 'expired' });
  });

  it('is held to the settings', async () => {
    await domain.patch(SETTINGS, SETTINGS, {
      op: 'replace',
      path: FIDO,
      value: {
        attestation: 'DIRECT',
        authenticatorSelectionAttachment: 'PLATFORM',
        authenticatorSelectionUserVerification: 'REQUIRED',
        authenticatorSelectionResidentKey: 'PREFERRED',
        authenticatorSelectionRequireResidentKey: false,
        timeout: 30_000,
        publicKeyTypes: ['ES256'],
        excludeCredentials: true,
      },
    });
    const first = await begin();
    const unverified = key.create(first.passkey!, { verified: false });
    expect(await judge(first.requestId, unverified)).toEqual({ outcome: 'wrong' });
    expect(await judge(first.requestId, key.create(first.passkey!))).toMatchObject({ outcome: 'ok' });
    expect((await begin()).passkey).toMatchObject({
      attestation: 'direct',
      authenticatorSelection: {
        authenticatorAttachment: 'platform',
        userVerification: 'required',
        residentKey: 'preferred',
      },
      pubKeyCredParams: [{ alg: -7, type: 'public-key' }],
      timeout: 30_000,
      excludeCredentials: [{ type: 'public-key' }],
    });
  });

  it('can not be vouched for, and is refused where passkeys are off', async () => {
    const wish = { factor: 'FIDO_AUTHENTICATOR' as const };
    await expect(enrollUnproved(await context(), user, wish)).rejects.toMatchObject({ code: 'AUTH-1004' });
    await expect(ask()).rejects.toMatchObject({ code: 'AUTH-1006' });
    await domain.patch(SETTINGS, SETTINGS, { op: 'replace', path: 'fidoAuthenticatorEnabled', value: false });
    await expect(begin()).rejects.toMatchObject({ code: 'AUTH-1125' });
  });
});
