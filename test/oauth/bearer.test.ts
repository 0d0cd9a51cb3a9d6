import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticateBearer, callerOf, GatewayUnauthorized } from '../../src/oauth/bearer.ts';
import { signJwt } from '../../src/oauth/jwt.ts';
import { deleteResource } from '../../src/resources/pipeline/delete.ts';
import type { Caller } from '../../src/resources/request-context.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import { ScimError } from '../../src/scim/errors.ts';
import { closeTestStore } from '../support/context.ts';
import { claimsOf } from '../support/token-claims.ts';
import { basic, newOAuthDomain, type OAuthDomain, PASSWORD, SECRET } from './oauth-domain.ts';

const MY_SCOPES = 'urn:opc:idm:__myscopes__';
let domain: OAuthDomain;
let clientId: string;
let userId: string;

beforeAll(async () => {
  domain = await newOAuthDomain();
  clientId = await domain.client('console', {}, ['Identity Domain Administrator', 'Me']);
  await domain.client('login-only', { allowedGrants: ['password'] });
  await domain.client('sleeping', { active: false });
  userId = await domain.user('jdoe', ['User Administrator', 'Me']);
});

afterAll(async () => {
  await domain.app.close();
  await closeTestStore();
});

function callerFor(header: string | undefined, of: OAuthDomain = domain): Promise<Caller> {
  const { context, keys } = of;
  return authenticateBearer({ store: context.store, keys }, context.domain, context.clock, header);
}

async function accessToken(form: Record<string, string>): Promise<string> {
  return (await domain.token(form, basic('console'))).json().access_token as string;
}

const ownToken = (scope = MY_SCOPES) => accessToken({ grant_type: 'client_credentials', scope });
const userToken = (scope = MY_SCOPES) =>
  accessToken({ grant_type: 'password', username: 'jdoe', password: PASSWORD, scope });

describe('authenticateBearer', () => {
  it("knows a client by its token, with the client's AppRoles", async () => {
    const caller = await callerFor(`Bearer ${await ownToken()}`);
    expect(caller).toMatchObject({ type: 'App', id: clientId, display: 'The console', clientId: 'console' });
    expect([...caller.roles]).toEqual(['Authenticated Client', 'Identity Domain Administrator', 'Me']);
  });

  it('knows a user, with the AppRoles that client and user both have', async () => {
    const caller = await callerFor(`bearer ${await userToken()}`);
    expect(caller).toMatchObject({ type: 'User', id: userId, display: 'Mx jdoe', clientId: 'console' });
    expect(caller.ocid).toMatch(/^ocid1\.user\./);
    expect([...caller.roles].sort()).toEqual(['Authenticated', 'Authenticated Client', 'Me']);
  });

  it('answers from its cache, and still sees the clock pass', async () => {
    const token = await ownToken(`${MY_SCOPES} urn:opc:resource:expiry=60`);
    const first = await callerFor(`Bearer ${token}`);
    expect(await callerFor(`Bearer ${token}`)).toBe(first);
    domain.context.clock.advance(59_000);
    expect(await callerFor(`Bearer ${token}`)).toBe(first);
    domain.context.clock.advance(1000);
    await expect(callerFor(`Bearer ${token}`)).rejects.toBeInstanceOf(GatewayUnauthorized);
  });

  it.each([
    ['garbage', 'Bearer a.b.c'],
    ['no JWT and no credentials', 'Bearer garbage'],
    ['an empty token', 'Bearer '],
  ])('leaves %s to the gateway', async (_name, header) => {
    await expect(callerFor(header)).rejects.toBeInstanceOf(GatewayUnauthorized);
  });

  it('refuses the token of another domain, also when both sign with the same key', async () => {
    const other = await newOAuthDomain();
    await expect(callerFor(`Bearer ${await ownToken()}`, other)).rejects.toBeInstanceOf(GatewayUnauthorized);
    const signer = await other.keys.signer(other.context.domain);
    const stolen = await signJwt(signer, claimsOf(await ownToken()));
    await expect(callerFor(`Bearer ${stolen}`, other)).rejects.toThrow('not one of this domain');
    await other.app.close();
  });

  it('refuses the token of a subject that is gone, at once', async () => {
    const { context } = domain;
    const gone = await domain.user('leaver', ['Me']);
    const form = { grant_type: 'password', username: 'leaver', password: PASSWORD, scope: MY_SCOPES };
    const header = `Bearer ${await accessToken(form)}`;
    expect((await callerFor(header)).id).toBe(gone);
    await deleteResource(context, resourceType('User'), gone, { force: true, ifMatch: null });
    const { epoch } = (await context.store.domains.findByName(context.domain.name))!;
    const now = { ...domain, context: { ...context, domain: { ...context.domain, epoch } } };
    await expect(callerFor(header, now)).rejects.toThrow('does not exist any more');
  });

  it('refuses an identity token and a token for another audience', async () => {
    const signer = await domain.keys.signer(domain.context.domain);
    const claims = claimsOf(await ownToken());
    const identity = await signJwt(signer, { ...claims, tok_type: 'IT' });
    await expect(callerFor(`Bearer ${identity}`)).rejects.toBeInstanceOf(GatewayUnauthorized);
    const resource = await signJwt(signer, { ...claims, aud: 'http://app/' });
    await expect(callerFor(`Bearer ${resource}`)).rejects.toThrow('audience');
  });

  it('refuses a token that is not valid yet or names no expiry', async () => {
    const signer = await domain.keys.signer(domain.context.domain);
    const claims = claimsOf(await ownToken());
    const early = await signJwt(signer, { ...claims, nbf: Number(claims['iat']) + 60 });
    await expect(callerFor(`Bearer ${early}`)).rejects.toThrow('not valid yet');
    const { exp: _, ...endless } = claims;
    await expect(callerFor(`Bearer ${await signJwt(signer, endless)}`)).rejects.toThrow('expired');
  });

  it.each([undefined, '', 'Digest x', 'Basic !', 'Bearer'])(
    'answers 401 in SCIM form for the header "%s"',
    async (header) => {
      const error = await callerFor(header).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ScimError);
      expect(error).toMatchObject({
        status: 401,
        message: 'Operation failed due to unauthorized access.',
        messageId: 'error.common.exception.unauthorizedAccess',
      });
    },
  );

  it('leaves OCI request signatures to who has the whole request', async () => {
    await expect(callerFor('Signature version="1",keyId="x"')).rejects.toMatchObject({ status: 401 });
  });
});

describe('client credentials sent straight to the API, as provisioning connectors do', () => {
  const pair = (name: string, secret = SECRET) => Buffer.from(`${name}:${secret}`).toString('base64');

  it.each(['Basic', 'Bearer'])("are that client's own token: %s", async (scheme) => {
    const caller = await callerFor(`${scheme} ${pair('console')}`);
    expect(caller).toMatchObject({ type: 'App', id: clientId, display: 'The console', clientId: 'console' });
    expect([...caller.roles].sort()).toEqual(['Authenticated Client', 'Identity Domain Administrator', 'Me']);
  });

  it.each([
    ['a wrong secret', pair('console', 'wrong')],
    ['an unknown client', pair('nobody')],
    ['an inactive client', pair('sleeping')],
    ['a client without client_credentials', pair('login-only')],
  ])('are refused for %s', async (_name, credentials) => {
    await expect(callerFor(`Basic ${credentials}`)).rejects.toMatchObject({ status: 401 });
    await expect(callerFor(`Bearer ${credentials}`)).rejects.toBeInstanceOf(GatewayUnauthorized);
  });
});

describe('callerOf', () => {
  it('counts the user alone for a client that acts on behalf of users', () => {
    const caller = callerOf({
      sub_type: 'user',
      user_id: 'u',
      onBehalfOfUser: true,
      clientAppRoles: ['Authenticated Client'],
      userAppRoles: ['Authenticated', 'User Administrator'],
    });
    expect([...caller.roles].sort()).toEqual(['Authenticated', 'Authenticated Client', 'User Administrator']);
  });

  it('gives a token without AppRole claims no AppRoles', () => {
    expect(callerOf({ sub_type: 'user', user_id: 'u' }).roles.size).toBe(0);
    expect(callerOf({ sub_type: 'client' }).roles.size).toBe(0);
  });
});
