import { expect, test } from 'vitest';
import { PASSWORD, tokenWorld } from './token-world.ts';

test('a lock keeps from new tokens and leaves those there are; deactivation ends all, in every place alike', async () => {
  const { domain, client, user, signIn, post } = await tokenWorld();
  const app = await client('App', { allowedOperations: ['introspect'] });
  const id = await user('locked@example.com');
  const { access_token } = await signIn(app, 'locked@example.com');
  const userInfo = () => domain.send('GET', '/oauth2/v1/userinfo', { token: access_token });
  const places = async () => ({
    admin: (await domain.send('GET', '/admin/v1/Me', { token: access_token })).status,
    userinfo: (await userInfo()).status,
    active: (await post('introspect', { token: access_token }, app)).body.active,
  });
  const act = async (type: string, change: { [name: string]: boolean | { on: boolean } }) => {
    const body = { schemas: [`urn:ietf:params:scim:schemas:oracle:idcs:${type}`], ...change };
    const { status, text } = await domain.send('PUT', `/admin/v1/${type}/${id}`, { body });
    expect(status, text).toBe(200);
  };

  await act('UserLockedStateChanger', { locked: { on: true } });
  expect(await places()).toEqual({ admin: 200, userinfo: 200, active: true });
  const form = { grant_type: 'password', username: 'locked@example.com', password: PASSWORD, scope: 'openid' };
  expect((await post('token', form, app)).body.error).toBe('invalid_grant');

  await act('UserStatusChanger', { active: false });
  expect(await places()).toEqual({ admin: 401, userinfo: 401, active: false });
});

test('a lock that has run out keeps from nothing, without a new sign-in', async () => {
  const { client, user, signIn, post, clock } = await tokenWorld();
  const app = await client('App');
  await user('waits@example.com');
  const { refresh_token } = await signIn(app, 'waits@example.com');
  const wrong = {
    grant_type: 'password',
    username: 'waits@example.com',
    password: 'Wrong-Password-1',
    scope: 'openid',
  };
  for (let left = 5; left > 0; left--) await post('token', wrong, app);
  const refresh = async () => (await post('token', { grant_type: 'refresh_token', refresh_token }, app)).status;
  expect(await refresh()).toBe(400);
  await clock.advance(30 * 60_000 + 1000);
  expect(await refresh()).toBe(200);
});
