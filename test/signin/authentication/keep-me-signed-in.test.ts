import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/emulator.ts';
import { AUTHENTICATE, type AuthenticationWorld, authenticationWorld, PASSWORD } from './authentication-world.ts';

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

  it('ends with a new password, whoever sets it, and with a change of the settings, though the clock stands still', async () => {
    const frozen = await authenticationWorld();
    await frozen.settings('KmsiSettings', { kmsiFeatureEnabled: true });
    const { domain, token: signer } = frozen;
    const { id } = await frozen.user('kim');
    const stopped = await domain.send('POST', '/_emulator/clock/freeze', { token: null, body: {} });
    expect(stopped.status, stopped.text).toBe(200);
    const schema = (name: string) => ({ schemas: [`urn:ietf:params:scim:schemas:oracle:idcs:${name}`] });
    let password = PASSWORD;
    const kept = async (): Promise<string> => {
      const signIn = frozen.signIn();
      await signIn.start();
      const answer = await signIn.step({ op: 'credSubmit', credentials: { username: 'kim', password }, ...keep });
      expect(answer.body.kmsiToken, answer.text).toEqual(expect.any(String));
      return answer.body.kmsiToken;
    };
    const codeOf = async (kmsiToken: string): Promise<string> => {
      const body = { op: 'credSubmit', authFactor: 'KMSI', kmsiToken };
      const answer = await domain.send('POST', AUTHENTICATE, { token: signer, body });
      return answer.status === 200 ? 'good' : answer.body.cause[0].code;
    };
    expect(await codeOf(await kept())).toBe('good');
    const changes: [string, () => Promise<Answer>][] = [
      [
        'an administrator',
        () => {
          password = 'Second-Secret-22!';
          return domain.send('PUT', `/admin/v1/UserPasswordChanger/${id}`, {
            body: { ...schema('UserPasswordChanger'), password },
          });
        },
      ],
      [
        'the user',
        async () => {
          const form = { grant_type: 'password', username: 'kim', password, scope: 'urn:opc:idm:__myscopes__' };
          const token = (await domain.tokenRequest(form, frozen.client)).body.access_token as string;
          const body = { ...schema('MePasswordChanger'), oldPassword: password, password: 'Third-Secret-33!' };
          password = 'Third-Secret-33!';
          return domain.send('PUT', '/admin/v1/MePasswordChanger', { token, body });
        },
      ],
      [
        'the settings',
        () => frozen.patch('KmsiSettings/KmsiSettings', { op: 'replace', path: 'maxAllowedSessions', value: 3 }),
      ],
      [
        'a reset',
        () =>
          domain.send('PUT', `/admin/v1/UserPasswordResetter/${id}`, {
            body: { ...schema('UserPasswordResetter'), bypassNotification: true },
          }),
      ],
    ];
    for (const [who, change] of changes) {
      const token = await kept();
      const changed = await change();
      expect(changed.status, `${who}: ${changed.text}`).toBe(200);
      expect(await codeOf(token), who).toBe('AUTH-3008');
    }
  });
});
