import { describe, expect, test } from 'vitest';
import { DEVELOPMENT_CLIENT_SECRET } from '../../src/config.ts';
import { answerOf, REDIRECT_URI } from '../oauth/authorize/authorize-world.ts';
import { claimsOf } from '../support/token-claims.ts';
import { postAs, refusalOf, type Victim, victim } from './victim.ts';

/*
 * Authorization codes that were stolen, injected or mistaken for something else (RFC 6749 §10.5, RFC 9700 §4.5).
 */

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const ADMIN_CLIENT = { clientId: 'idcs-admin', secret: DEVELOPMENT_CLIENT_SECRET };
const GRANTS = ['authorization_code', 'implicit', 'refresh_token', DEVICE];

async function isActive({ world }: Victim, token: string): Promise<unknown> {
  return (await postAs(world, ADMIN_CLIENT, 'introspect', { token })).body.active;
}

describe('A stolen code', () => {
  test('gives nothing to another client, confidential or public, and stays good for its own', async () => {
    const { world, app, code, exchange } = await victim();
    const stolen = await code();
    const publicApp = await world.app({ clientType: 'public', allowedGrants: ['authorization_code'] });
    for (const thief of [await world.app(), publicApp]) {
      expect(refusalOf(await world.exchange(thief, stolen))).toEqual([400, 'invalid_grant']);
      const more = { redirect_uri: REDIRECT_URI };
      expect(refusalOf(await world.exchange(thief, stolen, more))).toEqual([400, 'invalid_grant']);
    }
    // The thief names the victim's client beside the own proof.
    const mixed = await postAs(world, await world.app(), 'token', {
      grant_type: 'authorization_code',
      code: stolen,
      client_id: app.clientId,
    });
    expect(refusalOf(mixed)).toEqual([400, 'invalid_request']);
    expect((await exchange(stolen)).status).toBe(200);
  });

  test('of a confidential client gives nothing to who only knows the client id', async () => {
    const { world, app, code, exchange } = await victim();
    const stolen = await code();
    const form = { grant_type: 'authorization_code', code: stolen, client_id: app.clientId };
    expect(refusalOf(await postAs(world, null, 'token', form))).toEqual([401, 'invalid_client']);
    expect(refusalOf(await postAs(world, null, 'token', { ...form, client_secret: 'x' }))).toEqual([
      401,
      'invalid_client',
    ]);
    expect((await exchange(stolen)).status).toBe(200);
  });

  test('of a public client gives nothing to a confidential one', async () => {
    const { world, code, exchange } = await victim({ clientType: 'public', allowedGrants: ['authorization_code'] });
    const stolen = await code();
    expect(refusalOf(await world.exchange(await world.app(), stolen))).toEqual([400, 'invalid_grant']);
    expect((await exchange(stolen)).status).toBe(200);
  });

  test('gives nothing at another domain, not even to a client of the same name', async () => {
    const one = await victim({ name: 'same_name' });
    const two = await victim({ name: 'same_name' });
    const stolen = await one.code();
    expect(refusalOf(await two.exchange(stolen))).toEqual([400, 'invalid_grant']);
    expect((await one.exchange(stolen)).status).toBe(200);
  });

  test.each([
    'https://evil.example/',
    `${REDIRECT_URI}/`,
    `${REDIRECT_URI}?x`,
    REDIRECT_URI.toUpperCase(),
    'https://app.example.com/second',
  ])('gives nothing with another redirect_uri: %s', async (redirect_uri) => {
    const { code, exchange } = await victim({ redirectUris: [REDIRECT_URI, 'https://app.example.com/second'] });
    const stolen = await code();
    expect(refusalOf(await exchange(stolen, { redirect_uri }))).toEqual([400, 'invalid_grant']);
    expect((await exchange(stolen, { redirect_uri: REDIRECT_URI })).status).toBe(200);
  });

  test('gives no more scope than the user agreed to', async () => {
    const { code, exchange } = await victim();
    const { body } = await exchange(await code({ scope: 'openid' }), {
      scope: 'openid urn:opc:idm:__myscopes__ offline_access',
    });
    expect(body.refresh_token).toBeUndefined();
    const claims = claimsOf(body.access_token);
    expect(claims['scope']).toBe('openid');
  });
});

describe('A code that is used again', () => {
  test('ends all that came of it: access, refresh and later refreshed tokens, and new refreshes', async () => {
    const signedIn = await victim();
    const stolen = await signedIn.code({ scope: 'openid offline_access urn:opc:idm:__myscopes__' });
    const first = (await signedIn.exchange(stolen)).body;
    const second = (await signedIn.refresh(first.refresh_token)).body;
    const third = (await signedIn.refresh(second.refresh_token)).body;
    expect(refusalOf(await signedIn.exchange(stolen))).toEqual([400, 'invalid_grant']);
    for (const { access_token } of [first, second, third]) {
      expect(await isActive(signedIn, access_token)).toBe(false);
      const { status } = await signedIn.world.send('GET', '/oauth2/v1/userinfo', { token: access_token });
      expect(status).toBe(401);
      expect((await signedIn.world.send('GET', '/admin/v1/PasswordPolicies', { token: access_token })).status).toBe(
        401,
      );
    }
    expect(refusalOf(await signedIn.refresh(third.refresh_token))).toEqual([400, 'invalid_grant']);
  });

  test('ends what the front channel gave with it', async () => {
    const signedIn = await victim();
    const { world, app, browser } = signedIn;
    const answer = answerOf(
      await browser.get(world.authorizeUrl(app, { response_type: 'code token', nonce: 'n', scope: 'openid' })),
    );
    expect((await signedIn.exchange(answer['code']!)).status).toBe(200);
    expect(await isActive(signedIn, answer['access_token']!)).toBe(true);
    await signedIn.exchange(answer['code']!);
    expect(await isActive(signedIn, answer['access_token']!)).toBe(false);
  });

  test("by another client ends nothing: who has seen a code can't sign its user out", async () => {
    const signedIn = await victim();
    const { world } = signedIn;
    const stolen = await signedIn.code();
    const { body } = await signedIn.exchange(stolen);
    expect(refusalOf(await world.exchange(await world.app(), stolen))).toEqual([400, 'invalid_grant']);
    expect(await isActive(signedIn, body.access_token)).toBe(true);
  });

  test('leaves other authorizations of the same user alone', async () => {
    const signedIn = await victim();
    const other = await signedIn.tokens();
    const stolen = await signedIn.code();
    await signedIn.exchange(stolen);
    await signedIn.exchange(stolen);
    expect(await isActive(signedIn, other.access_token)).toBe(true);
    expect((await signedIn.refresh(other.refresh_token)).status).toBe(200);
  });
});

describe('One kind of code or token in the place of another', () => {
  test('is refused at every grant', async () => {
    const { world, app, code, tokens } = await victim({ allowedGrants: GRANTS });
    const device = await postAs(world, null, 'device', {
      response_type: 'device_code',
      client_id: app.clientId,
      scope: 'openid',
    });
    expect(device.status).toBe(200);
    const { access_token, id_token, refresh_token } = await tokens();
    const values: Record<string, string> = {
      code: await code(),
      access_token,
      id_token,
      refresh_token,
      device_code: device.body.device_code,
      user_code: device.body.user_code,
    };
    const grants: Record<string, [parameter: string, own: string]> = {
      authorization_code: ['code', 'code'],
      refresh_token: ['refresh_token', 'refresh_token'],
      [DEVICE]: ['device_code', 'device_code'],
    };
    for (const [grant_type, [parameter, own]] of Object.entries(grants)) {
      for (const [kind, value] of Object.entries(values)) {
        if (kind === own) continue;
        const answer = await postAs(world, app, 'token', { grant_type, [parameter]: value });
        expect(refusalOf(answer), `${kind} as ${parameter}`).toEqual([400, 'invalid_grant']);
      }
    }
    // None of them was used up by that.
    expect((await world.exchange(app, values['code']!)).status).toBe(200);
    const refreshed = { grant_type: 'refresh_token', refresh_token: values['refresh_token']! };
    expect((await postAs(world, app, 'token', refreshed)).status).toBe(200);
    const polled = await postAs(world, app, 'token', { grant_type: DEVICE, device_code: values['device_code']! });
    expect(refusalOf(polled)).toEqual([400, 'authorization_pending']);
  });

  test('the hash of a code or refresh token, as the database has it, is worth nothing', async () => {
    const { createHash } = await import('node:crypto');
    const { world, app, code, tokens } = await victim();
    const { refresh_token } = await tokens();
    const hash = (value: string) => createHash('sha256').update(value).digest('hex');
    const asCode = await world.exchange(app, hash(await code()));
    expect(refusalOf(asCode)).toEqual([400, 'invalid_grant']);
    const form = { grant_type: 'refresh_token', refresh_token: hash(refresh_token) };
    expect(refusalOf(await postAs(world, app, 'token', form))).toEqual([400, 'invalid_grant']);
  });
});

describe('A request that waits, and the sign-in for it', () => {
  test('a cancelled request gives no code any more', async () => {
    const { world, app } = await victim();
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app)));
    const cancelled = await browser.follow(await browser.submit(page, { cancel: 'true' }));
    expect(answerOf(cancelled)).toMatchObject({ error: 'access_denied', state: 'st-1' });
    const late = await browser.follow(await browser.submit(page, (await world.person('dora')).form));
    expect([late.status, late.location]).toEqual([400, null]);
  });

  test('gives one code, however often it is resumed', async () => {
    const { world, app } = await victim();
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app)));
    const signedIn = await browser.submit(page, (await world.person('dora')).form);
    const answers = await Promise.all([1, 2, 3, 4].map(() => browser.get(signedIn.location!)));
    expect(answers.filter(({ location }) => location?.startsWith(REDIRECT_URI) === true)).toHaveLength(1);
  });
});
