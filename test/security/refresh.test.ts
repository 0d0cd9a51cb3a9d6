import { describe, expect, test } from 'vitest';
import { OAUTH_SETTINGS_URN } from '../../src/resources/settings-urns.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { replace } from '../oauth/token-world.ts';
import { postAs, refusalOf, type Victim, victim } from './victim.ts';

/*
 * Refresh tokens that were stolen (RFC 6749 §10.4, RFC 9700 §4.14).
 */

async function rotating(changes: JsonObject = {}): Promise<Victim> {
  const signedIn = await victim(changes);
  await turnOnRotation(signedIn);
  return signedIn;
}

async function turnOnRotation({ world }: Victim): Promise<void> {
  const body = replace(`${OAUTH_SETTINGS_URN}:refreshTokenRotation`, true);
  const { status, text } = await world.send('PATCH', '/admin/v1/Settings/Settings', { body });
  if (status !== 200) throw new Error(`no rotation: ${status} ${text}`);
}

const REFUSED = [400, 'invalid_grant'];

async function works({ world }: Victim, token: string): Promise<boolean> {
  return (await world.send('GET', '/oauth2/v1/userinfo', { token })).status === 200;
}

describe('A rotated refresh token that comes again', () => {
  test('ends the whole family: the successors, and every access token', async () => {
    const signedIn = await rotating();
    const first = await signedIn.tokens();
    const second = (await signedIn.refresh(first.refresh_token)).body;
    const third = (await signedIn.refresh(second.refresh_token)).body;
    expect(new Set([first, second, third].map(({ refresh_token }) => refresh_token)).size).toBe(3);
    expect(refusalOf(await signedIn.refresh(first.refresh_token))).toEqual(REFUSED);
    expect(refusalOf(await signedIn.refresh(third.refresh_token))).toEqual(REFUSED);
    for (const { access_token } of [first, second, third]) expect(await works(signedIn, access_token)).toBe(false);
  });

  test('of the middle ends the newest too', async () => {
    const signedIn = await rotating();
    const first = await signedIn.tokens();
    const second = (await signedIn.refresh(first.refresh_token)).body;
    const third = (await signedIn.refresh(second.refresh_token)).body;
    expect(refusalOf(await signedIn.refresh(second.refresh_token))).toEqual(REFUSED);
    expect(refusalOf(await signedIn.refresh(third.refresh_token))).toEqual(REFUSED);
  });

  test('five times at once gives one new token at most, and that one is dead', async () => {
    const signedIn = await rotating();
    const { refresh_token } = await signedIn.tokens();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => signedIn.refresh(refresh_token)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeLessThanOrEqual(1);
    for (const { body } of won) expect(refusalOf(await signedIn.refresh(body.refresh_token))).toEqual(REFUSED);
  });

  test('from another client ends nothing', async () => {
    const signedIn = await rotating();
    const { world } = signedIn;
    const first = await signedIn.tokens();
    const second = (await signedIn.refresh(first.refresh_token)).body;
    const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
    expect(refusalOf(await postAs(world, await world.app(), 'token', form))).toEqual(REFUSED);
    expect((await signedIn.refresh(second.refresh_token)).status).toBe(200);
  });

  test('leaves other authorizations of the same user and client alone', async () => {
    const signedIn = await rotating();
    const [first, other] = [await signedIn.tokens(), await signedIn.tokens()];
    await signedIn.refresh(first.refresh_token);
    await signedIn.refresh(first.refresh_token);
    expect((await signedIn.refresh(other.refresh_token)).status).toBe(200);
  });

  test('that was revoked ends its successors', async () => {
    const signedIn = await rotating();
    const first = await signedIn.tokens();
    const second = (await signedIn.refresh(first.refresh_token)).body;
    await postAs(signedIn.world, signedIn.app, 'revoke', { token: first.refresh_token });
    expect(refusalOf(await signedIn.refresh(second.refresh_token))).toEqual(REFUSED);
    expect(await works(signedIn, second.access_token)).toBe(false);
  });
});

describe.each([['not rotated', victim] as const, ['rotated', rotating] as const])(
  'A refresh token that is %s',
  (_, begin) => {
    test('gives nothing to another client, confidential or public, or without proof', async () => {
      const signedIn = await begin();
      const { world, app } = signedIn;
      const { refresh_token } = await signedIn.tokens();
      const form = { grant_type: 'refresh_token', refresh_token };
      expect(refusalOf(await postAs(world, await world.app(), 'token', form))).toEqual(REFUSED);
      const open = await world.app({ clientType: 'public', allowedGrants: ['authorization_code', 'refresh_token'] });
      const asPublic = await postAs(world, null, 'token', { ...form, client_id: open.clientId });
      expect(refusalOf(asPublic)).toEqual(REFUSED);
      const unproven = await postAs(world, null, 'token', { ...form, client_id: app.clientId });
      expect(refusalOf(unproven)).toEqual([401, 'invalid_client']);
      expect((await signedIn.refresh(refresh_token)).status).toBe(200);
    });

    test('gives nothing at another domain', async () => {
      const one = await begin({ name: 'same_name' });
      const two = await begin({ name: 'same_name' });
      const { refresh_token } = await one.tokens();
      expect(refusalOf(await two.refresh(refresh_token))).toEqual(REFUSED);
    });

    test.each([
      ['openid profile', 'openid offline_access profile'],
      ['an admin scope', 'openid offline_access urn:opc:idm:__myscopes__'],
      ['a role', 'urn:opc:idm:role.Identity%20Domain%20Administrator'],
      ['everything', 'urn:opc:resource:consumer::all'],
    ])('gives no more than was agreed to: %s', async (_what, scope) => {
      const signedIn = await begin();
      const { refresh_token } = await signedIn.tokens();
      const answer = await signedIn.refresh(refresh_token, { scope });
      expect(answer.status).toBe(400);
      expect(['invalid_scope', 'unauthorized_client']).toContain(answer.body.error);
      const narrow = await signedIn.refresh(refresh_token, { scope: 'openid' });
      expect(narrow.status).toBe(200);
      // Narrowed once, it is not widened to more than the first time.
      expect((await signedIn.refresh(narrow.body.refresh_token, { scope: `${scope} email` })).status).toBe(400);
    });

    test('gives nothing once its client was deactivated, lost the grant, or was deleted', async () => {
      const signedIn = await begin();
      const { world, app } = signedIn;
      const { refresh_token } = await signedIn.tokens();
      const change = (path: string, value: JsonObject[string]) =>
        world.send('PATCH', `/admin/v1/Apps/${app.id}`, { body: replace(path, value) });
      await change('allowedGrants', ['authorization_code']);
      expect(refusalOf(await signedIn.refresh(refresh_token))).toEqual([400, 'unauthorized_client']);
      await change('allowedGrants', ['authorization_code', 'refresh_token']);
      await change('active', false);
      expect(refusalOf(await signedIn.refresh(refresh_token))).toEqual([401, 'invalid_client']);
      expect((await world.send('DELETE', `/admin/v1/Apps/${app.id}`)).status).toBe(204);
      expect(refusalOf(await signedIn.refresh(refresh_token))).toEqual([401, 'invalid_client']);
    });

    test.each<readonly [string, (signedIn: Victim, id: string) => Promise<unknown>]>([
      [
        'deactivated',
        ({ world }, id) => world.send('PATCH', `/admin/v1/Users/${id}`, { body: replace('active', false) }),
      ],
      ['deleted', ({ world }, id) => world.send('DELETE', `/admin/v1/Users/${id}?forceDelete=true`)],
      [
        'locked by wrong passwords',
        async ({ world }) => {
          for (let n = 0; n < 5; n++) {
            const browser = world.browser();
            const page = await browser.follow(await browser.get('/ui/v1/signin'));
            await browser.submit(page, { username: 'dora', password: `Wrong-Password-${n}` });
          }
        },
      ],
    ])('gives nothing once its user was %s', async (_what, change) => {
      const signedIn = await begin();
      const { world, app } = signedIn;
      const { id, form } = await world.person('dora');
      const browser = world.browser();
      const page = await browser.follow(await browser.get(world.authorizeUrl(app, { scope: 'openid offline_access' })));
      const { location } = await browser.follow(await browser.submit(page, form));
      const { body } = await signedIn.exchange(new URL(location!).searchParams.get('code')!);
      expect((await signedIn.refresh(body.refresh_token)).status).toBe(200);
      const again = (await signedIn.exchange(await codeOf(browser, signedIn))).body;
      await change(signedIn, id);
      expect(refusalOf(await signedIn.refresh(again.refresh_token))).toEqual(REFUSED);
    });
  },
);

async function codeOf(browser: Victim['browser'], { world, app }: Victim): Promise<string> {
  const { location } = await browser.get(world.authorizeUrl(app, { scope: 'openid offline_access' }));
  return new URL(location!).searchParams.get('code')!;
}
