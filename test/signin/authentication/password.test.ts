import { beforeAll, describe, expect, it } from 'vitest';
import { claimsOf } from '../../support/token-claims.ts';
import { type AuthenticationWorld, authenticationWorld } from './authentication-world.ts';

let world: AuthenticationWorld;

beforeAll(async () => {
  world = await authenticationWorld();
  await world.user('joe');
});

describe('a sign-in with a password', () => {
  it('begins with what is asked, in the recorded form', async () => {
    const answer = await world.signIn().start();
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json;charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-cache, no-store, must-revalidate');
    expect(answer.body).toEqual({
      status: 'success',
      ecId: answer.headers.get('x-oracle-dms-ecid'),
      nextOp: ['credSubmit'],
      nextAuthFactors: ['USERNAME_PASSWORD'],
      USERNAME_PASSWORD: { credentials: ['username', 'password'] },
      requestState: expect.stringMatching(/^[A-Za-z0-9_-]{300,4096}$/),
    });
  });

  it('ends with an authnToken, which gives an access token that reads Me', async () => {
    const signIn = world.signIn();
    await signIn.start();
    const answer = await signIn.password('joe');
    expect(answer.status, answer.text).toBe(200);
    expect(Object.keys(answer.body).sort()).toEqual(['authnToken', 'ecId', 'status']);
    const claims = claimsOf(answer.body.authnToken);
    expect(claims).toMatchObject({
      tok_type: 'IT',
      azp: 'login_page',
      authn_strength: 2,
      amr: ['USERNAME_PASSWORD'],
      sub: 'joe',
      acs: expect.any(String),
    });
    expect(claims.aud).toContain('login_page');
    expect(claims.exp).toBe(claims.session_exp);
    expect(Number(claims.exp) - Number(claims.iat)).toBe(8 * 3600);
    const token = await world.exchange(answer);
    expect(token.status, token.text).toBe(200);
    const me = await world.domain.send('GET', '/admin/v1/Me', { token: token.body.access_token });
    expect(me.body).toMatchObject({ userName: 'joe', meta: { resourceType: 'Me' } });
  });

  it('offers another try after a wrong password, the same for a user that there is none of', async () => {
    for (const username of ['joe', 'nobody']) {
      const signIn = world.signIn();
      await signIn.start();
      const answer = await signIn.step({ op: 'credSubmit', credentials: { username, password: 'wrong' } });
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        status: 'failed',
        ecId: expect.any(String),
        cause: [{ message: 'You entered an incorrect user name or password.', code: 'AUTH-3001' }],
        requestState: expect.any(String),
        nextOp: ['credSubmit'],
        nextAuthFactors: ['USERNAME_PASSWORD'],
        USERNAME_PASSWORD: { credentials: ['username', 'password'] },
      });
    }
    const signIn = world.signIn();
    await signIn.start();
    await signIn.step({ op: 'credSubmit', credentials: { username: 'joe', password: 'wrong' } });
    expect((await signIn.password('joe')).body.authnToken).toEqual(expect.any(String));
  });
});
