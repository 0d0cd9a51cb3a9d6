import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../../src/oauth/token/oauth-error.ts';
import { parseScope } from '../../../src/oauth/token/requested-scope.ts';
import { aClient } from './client-fixture.ts';

const MY_SCOPES = 'urn:opc:idm:__myscopes__';

function refusal(scope: string, client = aClient()): { code: string; status: number; message: string } {
  try {
    parseScope(scope, client);
  } catch (error) {
    expect(error).toBeInstanceOf(OAuthError);
    return error as OAuthError;
  }
  throw new Error(`${scope} was accepted`);
}

describe('parseScope', () => {
  it('sorts the parts of a scope parameter by what they mean', () => {
    expect(
      parseScope(`${MY_SCOPES} offline_access  openid urn:opc:resource:expiry=600 urn:opc:idm:t.users`, aClient()),
    ).toMatchObject({
      myScopes: true,
      offlineAccess: true,
      openId: ['openid'],
      expiry: 600,
      adminScopes: ['urn:opc:idm:t.users'],
      roles: [],
    });
  });

  it('decodes a role name once more than the form did', () => {
    expect(parseScope('urn:opc:idm:role.User%20Administrator', aClient()).roles).toEqual(['User Administrator']);
  });

  it.each([60, 3600, 31_556_952])('accepts a custom expiry of %i seconds', (seconds) => {
    expect(parseScope(`${MY_SCOPES} urn:opc:resource:expiry=${seconds}`, aClient()).expiry).toBe(seconds);
  });

  it.each(['59', '31556953', '-60', '1e3', '', '60.5', '99999999999999999999'])(
    'refuses a custom expiry of "%s"',
    (seconds) => {
      expect(refusal(`${MY_SCOPES} urn:opc:resource:expiry=${seconds}`)).toMatchObject({
        code: 'invalid_scope',
        status: 400,
      });
    },
  );

  it.each(['urn:opc:idm:_myscopes_', 'urn:opc:idm:t.nothing', 'urn:opc:idm:role.%zz'])('refuses %s', (scope) => {
    expect(refusal(scope).code).toBe('invalid_scope');
  });

  it.each(['', '   ', 'offline_access', 'urn:opc:resource:expiry=600'])(
    'refuses a scope that asks for nothing to access: "%s"',
    (scope) => {
      expect(refusal(scope).code).toBe('invalid_scope');
    },
  );

  it('refuses a resource scope outside allowedScopes as the service words it', () => {
    const error = refusal('http://abccorp1.com/scope1');
    expect(error).toMatchObject({ code: 'unauthorized_client', status: 400 });
    expect(error.message).toMatch(/^Client authorization failed\./);
  });

  it('says of an allowed resource scope that it is not built yet', () => {
    const client = aClient({ allowedScopes: new Set(['http://abccorp1.com/scope1']) });
    expect(refusal('http://abccorp1.com/scope1', client)).toMatchObject({ status: 501, code: 'invalid_scope' });
    expect(refusal('urn:opc:resource:consumer::all').status).toBe(501);
  });

  it('either reads or refuses any text, with an error of the protocol', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseScope(text, aClient()).parts.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(OAuthError);
        }
      }),
    );
  });
});
