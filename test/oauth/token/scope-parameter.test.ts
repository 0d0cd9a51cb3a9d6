import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../../src/oauth/token/oauth-error.ts';
import { parseScope } from '../../../src/oauth/token/scope-parameter.ts';

const MY_SCOPES = 'urn:opc:idm:__myscopes__';

function refusal(scope: string): { code: string; status: number; message: string } {
  try {
    parseScope(scope);
  } catch (error) {
    expect(error).toBeInstanceOf(OAuthError);
    return error as OAuthError;
  }
  throw new Error(`${scope} was accepted`);
}

describe('parseScope', () => {
  it('sorts the parts of a scope parameter by what they mean', () => {
    expect(
      parseScope(`${MY_SCOPES} offline_access  openid urn:opc:resource:expiry=600 urn:opc:idm:t.users`),
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
    expect(parseScope('urn:opc:idm:role.User%20Administrator').roles).toEqual(['User Administrator']);
  });

  it.each([60, 3600, 31_556_952])('accepts a custom expiry of %i seconds', (seconds) => {
    expect(parseScope(`${MY_SCOPES} urn:opc:resource:expiry=${seconds}`).expiry).toBe(seconds);
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

  it('keeps scopes of resource applications and trust scopes apart', () => {
    const scope = 'http://abccorp1.com/scope1 urn:opc:resource:consumer::all urn:opc:resource:multiresourcescope';
    expect(parseScope(scope)).toMatchObject({
      resourceScopes: ['http://abccorp1.com/scope1'],
      consumerScopes: ['urn:opc:resource:consumer::all'],
      multiResource: true,
    });
  });

  it('either reads or refuses any text, with an error of the protocol', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseScope(text).parts.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(OAuthError);
        }
      }),
    );
  });
});
