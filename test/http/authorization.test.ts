import { describe, expect, it } from 'vitest';
import { type AccessForm, authorize } from '../../src/http/authorization.ts';
import type { Caller } from '../../src/resources/request-context.ts';
import { holdsRight } from '../../src/schemas/permissions.ts';
import { ScimError } from '../../src/scim/errors.ts';

const FORMS: readonly AccessForm[] = ['list', 'item', 'search', 'create', 'put', 'patch', 'delete'];
const READS: readonly AccessForm[] = ['list', 'item', 'search'];

function client(...roles: string[]): Caller {
  return { type: 'App', id: 'a', ocid: null, display: 'an app', roles: new Set(roles), clientId: 'app' };
}

function user(...roles: string[]): Caller {
  return { type: 'User', id: 'u', ocid: null, display: 'a user', roles: new Set(roles), clientId: 'app' };
}

function allowed(caller: Caller, endpoint: string, mode: 'enforce' | 'relaxed' = 'enforce'): AccessForm[] {
  return FORMS.filter((form) => {
    try {
      authorize(caller, mode, endpoint, form);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(ScimError);
      return false;
    }
  });
}

describe('authorize', () => {
  it('lets an Identity Domain Administrator do everything, also where no table has the endpoint', () => {
    for (const endpoint of ['Users', 'Grants', 'BrandingSettings', 'ApiKeys', 'NotInAnyTable']) {
      expect(allowed(client('Identity Domain Administrator'), endpoint)).toEqual(FORMS);
    }
  });

  it('denies OAuthConfig writes and EncryptionKeys reads to everybody', () => {
    expect(allowed(client('Identity Domain Administrator'), 'OAuthConfig')).toEqual(READS);
    expect(allowed(client('Identity Domain Administrator'), 'EncryptionKeys')).toEqual([
      'create',
      'put',
      'patch',
      'delete',
    ]);
  });

  it.each([
    ['User Administrator', 'Users', FORMS],
    ['User Administrator', 'Groups', FORMS],
    ['User Administrator', 'Apps', ['list', 'item']],
    ['User Administrator', 'AppRoles', ['list', 'item']],
    ['Audit Administrator', 'Groups', ['list', 'item']],
    ['Help Desk Administrator', 'Groups', ['item']],
    ['Help Desk Administrator', 'Apps', ['item']],
    ['Application Administrator', 'AppClientSecretRegenerator', FORMS],
    ['Security Administrator', 'Apps', FORMS],
    ['POSIX Viewer', 'Users', []],
  ] as const)('gives a %s the table row of %s', (role, endpoint, forms) => {
    expect(allowed(client(role), endpoint)).toEqual(forms);
  });

  it('tells reading one resource from listing: an item-only role may not list', () => {
    expect(() => authorize(client('Help Desk Administrator'), 'enforce', 'Groups', 'item')).not.toThrow();
    expect(() => authorize(client('Help Desk Administrator'), 'enforce', 'Groups', 'list')).toThrow(ScimError);
  });

  it.each([
    'Grants',
    'AppRoles',
    'Apps',
    'UserTokens',
    'OAuthConfig',
    'AppClientSecretRegenerator',
    'SignJWT',
    'Users',
  ])('never lets a plain client write %s', (endpoint) => {
    const writes = allowed(client('Authenticated Client'), endpoint).filter((form) => !READS.includes(form));
    expect(writes).toEqual([]);
  });

  it('keeps secrets out of the reads that every client has', () => {
    for (const endpoint of ['UserTokens', 'AppClientSecretRegenerator', 'EncryptionKeys', 'Users']) {
      expect(allowed(client('Authenticated Client'), endpoint)).toEqual([]);
    }
    expect(allowed(client('Authenticated Client'), 'Groups')).toEqual(['list', 'item']);
  });

  it('opens My* to any signed-in user and to nobody else', () => {
    expect(allowed(user('Authenticated'), 'MyApiKeys')).toEqual(FORMS);
    expect(allowed(client('Authenticated'), 'MyApiKeys')).toEqual([]);
    expect(allowed(user(), 'MyApiKeys')).toEqual([]);
    expect(allowed(user('Authenticated'), 'MyX'.toLowerCase())).toEqual([]);
  });

  it('lets a signed-in user change Me, and no account settings', () => {
    expect(allowed(user('Authenticated'), 'Me')).toContain('patch');
    expect(allowed(user('Authenticated'), 'AccountRecoverySettings')).toEqual(READS);
  });

  it('lets nobody but who may change Apps hold the right to see their secrets', () => {
    const sees = (role: string) => holdsRight(new Set([role]), 'Apps', 'patch');
    expect(['Identity Domain Administrator', 'Security Administrator', 'Application Administrator'].every(sees)).toBe(
      true,
    );
    expect(['Authenticated Client', 'Authenticated', 'User Administrator', 'Me'].some(sees)).toBe(false);
  });

  it('opens Bulk to any caller, because its operations are authorized one by one', () => {
    expect(() => authorize(client(), 'enforce', 'Bulk', 'create')).not.toThrow();
  });

  it('adds up what several AppRoles give', () => {
    expect(allowed(client('Help Desk Administrator'), 'Groups')).toEqual(['item']);
    expect(allowed(client('Help Desk Administrator', 'Authenticated Client'), 'Groups')).toEqual(['list', 'item']);
  });

  it('lets any valid token do anything when relaxed', () => {
    expect(allowed(client(), 'Users', 'relaxed')).toEqual(FORMS);
  });

  it.each(['constructor', '__proto__', 'toString'])('knows no endpoint %s', (endpoint) => {
    expect(allowed(client('User Administrator'), endpoint)).toEqual([]);
  });

  it('answers 401 with the service message id and the AppRoles that would do', () => {
    let thrown: unknown;
    try {
      authorize(client('Me'), 'enforce', 'Users', 'create');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ status: 401, messageId: 'error.common.exception.unauthorizedAccess' });
    expect((thrown as Error).message).toMatch(/^Operation failed due to unauthorized access\./);
    expect((thrown as Error).message).toContain('Identity Domain Administrator, User Administrator, User Manager');
  });
});
