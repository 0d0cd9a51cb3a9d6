import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findClient } from '../../../src/oauth/client.ts';
import { grantsRefresh, refreshLifetime } from '../../../src/oauth/token/refresh-terms.ts';
import { type RequestedScope, requestScope } from '../../../src/oauth/token/requested-scope.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { closeTestStore } from '../../support/context.ts';
import { newOAuthDomain, type OAuthDomain } from '../oauth-domain.ts';
import { insertResourceApp } from './resource-fixture.ts';

const ALL = 'urn:opc:resource:consumer::all';
const READ = 'http://docs.example/read';
const WRITE = 'http://docs.example/write';
const PAY = 'http://bank.example/pay';
const MULTI = 'urn:opc:resource:multiresourcescope';
const ALLOWED = [READ, WRITE, PAY, 'http://asleep.example/read', `https://psm.example${ALL}`];
let domain: OAuthDomain;
let docs: string;

beforeAll(async () => {
  domain = await newOAuthDomain();
  docs = await insertResourceApp(domain, 'http://docs.example/', ['read', 'write'], {
    secondaryAudiences: ['http://docs2.example/'],
    accessTokenExpiry: 600,
    refreshTokenExpiry: 9000,
    allowOffline: true,
    scopes: [
      { value: 'read', requiresConsent: true, displayName: 'Read docs', description: 'Reads your docs.' },
      { value: 'write' },
    ],
  });
  await insertResourceApp(domain, 'http://bank.example/', ['pay'], {
    tags: [{ key: 'Color', value: 'green' }],
    allowOffline: true,
    refreshTokenExpiry: 5000,
  });
  await insertResourceApp(domain, 'http://asleep.example/', ['read'], { active: false });
  await insertResourceApp(domain, 'https://psm.example', [ALL]);
  const allowedScopes = ALLOWED.map((fqs) => ({ fqs }));
  await domain.client('explicit', { allowedScopes });
  await domain.client('bare', {});
  await domain.client('open', { clientType: 'public', trustScope: 'Account' });
  await domain.client('account', { trustScope: 'Account' });
  await domain.client('byDefault', { trustScope: 'Default' });
  await domain.client('fine', {
    trustScope: 'Account',
    allowedScopes: [{ fqs: 'urn:opc:resource:consumer:paas::read' }, { fqs: PAY }],
  });
  await domain.client('green', { trustScope: 'Tags', allowedTags: [{ key: 'color', value: 'Green' }] });
  await domain.client('red', { trustScope: 'Tags', allowedTags: [{ key: 'color', value: 'red' }] });
  await domain.client('untagged', { trustScope: 'Tags' });
  await domain.client('once', { allowedScopes, allowedGrants: ['password'] });
});

afterAll(async () => {
  await domain.app.close();
  await closeTestStore();
});

async function ask(name: string, text: string, settings: JsonObject = {}): Promise<RequestedScope> {
  const { store } = domain.context;
  const here = { ...domain.context.domain, settings };
  const client = await findClient(store, here, name);
  return await requestScope({ store }, { domain: here }, client!, text);
}

async function refusal(name: string, text: string, settings?: JsonObject): Promise<string> {
  const error = await ask(name, text, settings).then(
    () => ({ code: 'accepted' }),
    (thrown) => thrown,
  );
  return error.code;
}

describe('requestScope', () => {
  it('finds the resource application of a fully qualified scope, and its bare value', async () => {
    expect((await ask('explicit', READ)).targets).toEqual([
      {
        audience: ['http://docs.example/', 'http://docs2.example/'],
        scopes: ['read'],
        appId: docs,
        accessTokenExpiry: 600,
        refreshTokenExpiry: 9000,
        allowOffline: true,
      },
    ]);
    expect((await ask('explicit', PAY)).targets[0]).toMatchObject({ audience: 'http://bank.example/' });
  });

  it('puts the scopes of one resource application together', async () => {
    const { targets } = await ask('explicit', `${WRITE} openid ${READ}`);
    expect(targets.map(({ scopes }) => scopes)).toEqual([['write', 'read']]);
  });

  it('takes <audience>urn:opc:resource:consumer::all as the scope of that resource application', async () => {
    expect((await ask('explicit', `https://psm.example${ALL}`)).targets[0]).toMatchObject({
      audience: 'https://psm.example',
      scopes: [ALL],
    });
  });

  it.each([
    ['a scope outside allowedScopes', 'bare', READ, 'unauthorized_client'],
    ['a scope that nobody defines', 'explicit', 'http://docs.example/delete', 'unauthorized_client'],
    ['an application that is not active', 'explicit', 'http://asleep.example/read', 'invalid_scope'],
    [
      'a secondary audience in the place of the primary',
      'explicit',
      'http://docs2.example/read',
      'unauthorized_client',
    ],
    ['another spelling', 'explicit', 'HTTP://docs.example/read', 'unauthorized_client'],
    ['two resource applications', 'explicit', `${READ} ${PAY}`, 'invalid_scope'],
    ["a resource application and the domain's own", 'explicit', `${READ} urn:opc:idm:__myscopes__`, 'invalid_scope'],
    ['a trust scope of an explicit client', 'explicit', ALL, 'unauthorized_client'],
    ['a trust scope of a public client', 'open', ALL, 'unauthorized_client'],
    ['consumer::all with another scope', 'account', `${ALL} urn:opc:idm:__myscopes__`, 'invalid_scope'],
    ['consumer::all with openid', 'account', `${ALL} openid`, 'invalid_scope'],
    ['consumer::all with a finer one', 'account', `${ALL} urn:opc:resource:consumer:paas::read`, 'invalid_scope'],
    [
      'a finer trust scope with a resource scope',
      'fine',
      `urn:opc:resource:consumer:paas::read ${PAY}`,
      'invalid_scope',
    ],
    ['a trust scope beyond the allowed ones', 'fine', ALL, 'unauthorized_client'],
    ['another action', 'fine', 'urn:opc:resource:consumer:paas:analytics::write', 'unauthorized_client'],
    ['a malformed trust scope', 'account', 'urn:opc:resource:consumer:', 'unauthorized_client'],
    ['tags that no resource application has', 'red', ALL, 'unauthorized_client'],
    ['no tags', 'untagged', ALL, 'unauthorized_client'],
    ['a resource application without the tag', 'green', READ, 'unauthorized_client'],
    ['a specific scope where trust is narrower', 'fine', READ, 'unauthorized_client'],
    ['an unknown scope of a trusted client', 'account', 'http://docs.example/delete', 'invalid_scope'],
    ['too many scopes', 'account', Array.from({ length: 201 }, (_, n) => `http://x/${n}`).join(' '), 'invalid_scope'],
  ])('refuses %s', async (_name, client, scope, code) => {
    expect(await refusal(client, scope)).toBe(code);
  });

  it.each([
    ['account', {}, 'urn:opc:resource:scope:account'],
    ['byDefault', { defaultTrustScope: 'Account' }, 'urn:opc:resource:scope:account'],
    ['bare', { accountAlwaysTrustScope: true }, 'urn:opc:resource:scope:account'],
  ])('gives a client with trust the audience of the account: %s', async (client, settings, audience) => {
    const { targets } = await ask(client, `${ALL} offline_access`, settings);
    expect(targets).toMatchObject([{ audience, scopes: [ALL], appId: null, allowOffline: true }]);
  });

  it('reads the trust scope Default as Explicit unless Settings say otherwise', async () => {
    expect(await refusal('byDefault', ALL)).toBe('unauthorized_client');
    expect(await refusal('open', ALL, { accountAlwaysTrustScope: true })).toBe('unauthorized_client');
  });

  it('names the tags of a tagged client in the audience', async () => {
    const [target] = (await ask('green', ALL)).targets;
    const [audience] = target!.audience as string[];
    expect(audience).toMatch(/^urn:opc:resource:scope:tag=/);
    expect(JSON.parse(Buffer.from(audience!.split('tag=')[1]!, 'base64').toString())).toEqual({
      tags: [{ key: 'color', value: 'Green' }],
    });
  });

  it('lets trusted clients ask for specific scopes that they do not list', async () => {
    expect((await ask('account', READ)).targets).toMatchObject([{ appId: docs }]);
    expect((await ask('green', PAY)).targets).toMatchObject([{ audience: 'http://bank.example/' }]);
    expect((await ask('fine', PAY)).targets).toMatchObject([{ audience: 'http://bank.example/' }]);
  });

  it.each(['urn:opc:resource:consumer:paas::read', 'urn:opc:resource:consumer:paas:analytics::read'])(
    'covers %s by an allowed scope above it',
    async (scope) => {
      expect((await ask('fine', scope)).targets).toMatchObject([{ scopes: [scope] }]);
    },
  );

  it('takes several resource applications with multiresourcescope', async () => {
    const { targets, multiResource } = await ask('explicit', `${PAY} ${READ} ${WRITE} ${MULTI}`);
    expect(multiResource).toBe(true);
    expect(targets.map(({ scopes }) => scopes)).toEqual([['pay'], ['read', 'write']]);
  });

  it('names what a user must agree to, in the order of the request', async () => {
    const { consent } = await ask('explicit', `profile ${WRITE} ${READ} openid offline_access get_groups`);
    expect(consent).toEqual([
      { scope: 'profile', displayName: null, description: null },
      { scope: READ, displayName: 'Read docs', description: 'Reads your docs.' },
      { scope: 'get_groups', displayName: null, description: null },
    ]);
    expect((await ask('explicit', 'urn:opc:idm:__myscopes__ openid')).consent).toEqual([]);
  });

  it('reads resource applications once an epoch, and none for what names none', async () => {
    const { store } = domain.context;
    const here = { ...domain.context.domain, epoch: domain.context.domain.epoch + 1000 };
    const client = (await findClient(store, here, 'explicit'))!;
    let searches = 0;
    const counted = {
      ...store,
      resources: {
        ...store.resources,
        search: (...given: Parameters<typeof store.resources.search>) => {
          searches += 1;
          return store.resources.search(...given);
        },
      },
    };
    const once = (text: string, epoch = here.epoch) =>
      requestScope({ store: counted }, { domain: { ...here, epoch } }, client, text);
    await once('urn:opc:idm:__myscopes__');
    expect(searches).toBe(0);
    await once(`${READ} ${PAY} ${MULTI}`);
    await once(`${PAY} ${READ} ${MULTI}`);
    expect(searches).toBe(1);
    await once(`${PAY} ${READ} ${MULTI}`, here.epoch + 1);
    expect(searches).toBe(2);
  });

  it('never names a scope that was not asked for, or that the client does not list', async () => {
    const parts = fc.subarray([READ, WRITE, PAY, MULTI, 'openid', 'offline_access', `https://psm.example${ALL}`], {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(parts, fc.constantFrom('explicit', 'bare', 'account', 'fine', 'green'), async (asked, name) => {
        const requested = await ask(name, asked.join(' ')).catch(() => null);
        if (requested === null) return;
        const bare = requested.targets.flatMap(({ audience, scopes }) =>
          scopes.map((value) => (typeof audience === 'string' ? audience : audience[0]) + value),
        );
        for (const fqs of bare) {
          expect(asked).toContain(fqs);
          if (name === 'explicit') expect(ALLOWED).toContain(fqs);
          expect(name).not.toBe('bare');
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('refresh tokens of resource applications', () => {
  it.each([
    [`${READ} offline_access`, 'explicit', true],
    [READ, 'explicit', false],
    [`${READ} offline_access`, 'once', false],
    [`https://psm.example${ALL} offline_access`, 'explicit', false],
    [`${READ} https://psm.example${ALL} ${MULTI} offline_access`, 'explicit', false],
    ['urn:opc:idm:__myscopes__ offline_access', 'bare', true],
    [`${ALL} offline_access`, 'account', true],
  ])('%s for the client %s: %s', async (scope, name, expected) => {
    const client = await findClient(domain.context.store, domain.context.domain, name);
    expect(grantsRefresh(await ask(name, scope), client!)).toBe(expected);
  });

  it.each([
    [READ, 9000],
    [`${READ} ${PAY} ${MULTI}`, 5000],
    ['urn:opc:idm:__myscopes__', 604_800],
    [`https://psm.example${ALL}`, 604_800],
  ])('%s: live %i seconds', async (scope, seconds) => {
    expect(refreshLifetime(await ask('explicit', scope), 604_800)).toBe(seconds);
  });
});
