import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callerOf } from '../../../src/oauth/bearer.ts';
import { type GrantedScope, grantResource, grantScope, type Parties } from '../../../src/oauth/token/granted-scope.ts';
import { parseScope } from '../../../src/oauth/token/scope-parameter.ts';

const ROLES = [
  'Identity Domain Administrator',
  'User Administrator',
  'Me',
  'Signin',
  'MFA Client',
  'Help Desk Administrator',
];

function grant(scope: string, parties: Partial<Parties>): GrantedScope {
  return grantScope(parseScope(scope), {
    clientRoles: [],
    userRoles: null,
    onBehalfOfUser: false,
    ...parties,
  });
}

/** The AppRoles that count when the token comes back. */
function effective(granted: GrantedScope, onBehalfOfUser = false): string[] {
  const caller = callerOf({
    sub_type: granted.userAppRoles === null ? 'client' : 'user',
    clientAppRoles: [...(granted.clientAppRoles ?? [])],
    userAppRoles: [...(granted.userAppRoles ?? [])],
    onBehalfOfUser,
  });
  return [...caller.roles].sort();
}

describe('grantScope', () => {
  it('expands __myscopes__ for a client without AppRoles to what every client has', () => {
    const granted = grant('urn:opc:idm:__myscopes__', {});
    expect(granted.scope).toBe('urn:opc:idm:t.security.client');
    expect(granted.clientAppRoles).toEqual(['Authenticated Client']);
    expect(granted.userAppRoles).toBeNull();
  });

  it('never puts the literal __myscopes__ or a custom expiry into the token', () => {
    const { scope } = grant('urn:opc:idm:__myscopes__ urn:opc:resource:expiry=60 offline_access', {});
    expect(scope).toBe('urn:opc:idm:t.security.client offline_access');
  });

  it('gives an administrator the scopes of a published administrator token', () => {
    const scopes = grant('urn:opc:idm:__myscopes__', { clientRoles: ['Identity Domain Administrator'] }).scope.split(
      ' ',
    );
    expect(scopes).toEqual(expect.arrayContaining(['urn:opc:idm:t.users', 'urn:opc:idm:g.all_r', 'urn:opc:idm:t.mfa']));
    expect(scopes.length).toBeGreaterThan(80);
  });

  it('intersects the AppRoles of client and user', () => {
    const granted = grant('urn:opc:idm:__myscopes__', {
      clientRoles: ['Identity Domain Administrator', 'Me'],
      userRoles: ['User Administrator', 'Me'],
    });
    expect(effective(granted)).toEqual(['Authenticated', 'Authenticated Client', 'Me']);
    expect(granted.scope.split(' ')).not.toContain('urn:opc:idm:t.users');
    expect(granted.userAppRoles).toEqual(['Authenticated', 'User Administrator', 'Me']);
  });

  it('counts only the user for a client that acts on behalf of users', () => {
    const granted = grant('urn:opc:idm:__myscopes__', {
      clientRoles: ['Identity Domain Administrator'],
      userRoles: ['User Administrator'],
      onBehalfOfUser: true,
    });
    expect(effective(granted, true)).toEqual(['Authenticated', 'Authenticated Client', 'User Administrator']);
    expect(granted.scope.split(' ')).toContain('urn:opc:idm:t.users');
  });

  it('drops named roles silently that one of both does not hold', () => {
    const granted = grant('urn:opc:idm:role.Me urn:opc:idm:role.User%20Administrator', {
      clientRoles: ['Me', 'Signin', 'User Administrator'],
      userRoles: ['Me', 'Signin', 'Help Desk Administrator'],
    });
    expect(effective(granted)).toContain('Me');
    expect(effective(granted)).not.toContain('User Administrator');
    expect(effective(granted)).not.toContain('Signin');
  });

  it('gives a single scope that the AppRoles have, and no AppRole that needs more', () => {
    const granted = grant('urn:opc:idm:t.users_r', { clientRoles: ['Identity Domain Administrator', 'Me'] });
    expect(granted.scope.split(' ')).toEqual(['urn:opc:idm:t.security.client', 'urn:opc:idm:t.users_r']);
    expect(effective(granted)).toEqual(['Authenticated Client']);
  });

  it('gives a token with OpenID scopes only no rights over the domain', () => {
    const granted = grant('openid profile', { clientRoles: ['Me'], userRoles: ['Me'] });
    expect(granted).toEqual({
      scope: 'openid profile',
      target: null,
      clientAppRoles: null,
      userAppRoles: null,
      effective: [],
    });
    expect(effective(granted)).toEqual([]);
  });

  it('never gives a user token a role that the user or the client lacks', () => {
    const roles = fc.subarray(ROLES);
    const scope = fc
      .subarray(
        [
          'urn:opc:idm:__myscopes__',
          'urn:opc:idm:t.users',
          'urn:opc:idm:t.user.me',
          'urn:opc:idm:role.Me',
          'urn:opc:idm:role.Signin',
        ],
        { minLength: 1 },
      )
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(scope, roles, roles, (text, clientRoles, userRoles) => {
        const granted = grant(text, { clientRoles, userRoles });
        for (const role of effective(granted)) {
          if (role.startsWith('Authenticated')) continue;
          expect(clientRoles).toContain(role);
          expect(userRoles).toContain(role);
        }
      }),
    );
  });

  it('never puts a scope into a token that was not asked for', () => {
    const parts = fc.subarray(['openid', 'profile', 'offline_access', 'urn:opc:idm:t.users', 'urn:opc:idm:t.user.me'], {
      minLength: 1,
    });
    // What every client has comes with any admin scope.
    const free = 'urn:opc:idm:t.security.client';
    fc.assert(
      fc.property(parts, fc.subarray(ROLES), fc.subarray(ROLES), (asked, clientRoles, userRoles) => {
        fc.pre(asked.some((part) => part !== 'offline_access'));
        const requested = parseScope(asked.join(' '));
        for (const scope of grant(asked.join(' '), { clientRoles, userRoles }).scope.split(' ')) {
          if (scope !== free) expect(asked).toContain(scope);
        }
        const target = { audience: 'a', scopes: ['read'], appId: 'id', allowOffline: true };
        const limits = { accessTokenExpiry: null, refreshTokenExpiry: null };
        const resource = grantResource(requested, { ...target, ...limits }, true);
        const openId = asked.filter((part) => !part.startsWith('urn:'));
        expect(resource.scope.split(' ').sort()).toEqual(['read', ...openId].sort());
        expect([resource.clientAppRoles, resource.userAppRoles, resource.effective]).toEqual([null, null, []]);
      }),
    );
  });
});
