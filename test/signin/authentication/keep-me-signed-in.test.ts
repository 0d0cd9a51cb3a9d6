import { beforeAll, describe, expect, it } from 'vitest';
import { AUTHENTICATE, type AuthenticationWorld, authenticationWorld } from './authentication-world.ts';

let world: AuthenticationWorld;

beforeAll(async () => {
  world = await authenticationWorld();
  await world.settings('KmsiSettings', { kmsiFeatureEnabled: true });
  await world.user('joe');
});

const keep = { keepMeSignedIn: true, kmsiDeviceDisplayName: 'Firefox at home' };
const byToken = (kmsiToken: string, more = {}) =>
  world.domain.send('POST', AUTHENTICATE, {
    token: world.token,
    body: { op: 'credSubmit', authFactor: 'KMSI', appName: 'login_page', kmsiToken, ...more },
  });

async function firstToken(): Promise<string> {
  const signIn = world.signIn();
  expect((await signIn.start()).body.keepMeSignedInEnabled).toBe(true);
  const answer = await signIn.password('joe', keep);
  expect(answer.body).toMatchObject({ authnToken: expect.any(String), kmsiToken: expect.any(String) });
  return answer.body.kmsiToken;
}

describe('keep me signed in', () => {
  it('gives a token that stands for the password once, and is replaced', async () => {
    const first = await firstToken();
    const again = await byToken(first);
    expect(again.status, again.text).toBe(200);
    expect(again.body).toMatchObject({ authnToken: expect.any(String), kmsiToken: expect.any(String) });
    expect((await byToken(first)).body.cause[0].code).toBe('AUTH-3008');
    expect((await byToken(again.body.kmsiToken)).status).toBe(200);
  });

  it('is refused with a requestState of another application', async () => {
    const kmsiToken = await firstToken();
    const signIn = world.signIn();
    await signIn.start();
    expect((await byToken(kmsiToken, { requestState: signIn.requestState })).body.cause[0].code).toBe('AUTH-1120');
  });

  it('ends when it is not used for too long', async () => {
    const kmsiToken = await firstToken();
    await world.settings('KmsiSettings', { lastUsedValidityInDays: 20 });
    const kept = await firstToken();
    expect((await byToken(kmsiToken)).body.cause[0].code).toBe('AUTH-3008');
    await world.advance(21 * 86_400);
    const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
    const token = (await world.domain.tokenRequest(form, world.client)).body.access_token;
    const body = { op: 'credSubmit', authFactor: 'KMSI', kmsiToken: kept };
    const late = await world.domain.send('POST', AUTHENTICATE, { token, body });
    expect(late.body.cause[0].code, late.text).toBe('AUTH-3009');
  });
});
