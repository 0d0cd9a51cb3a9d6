import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { seededIds } from '../../../src/ids.ts';
import { type AccessTokenFacts, accessTokenClaims, identityTokenClaims } from '../../../src/oauth/token/claims.ts';
import type { GrantedScope } from '../../../src/oauth/token/granted-scope.ts';
import { LOCAL_IDENTITY_PROVIDER, type Subject } from '../../../src/oauth/token/subject.ts';
import { BY_PASSWORD } from '../../../src/signin/session.ts';
import { aDomain } from '../domain-fixture.ts';
import keys from './claim-names.json' with { type: 'json' };
import { aClient } from './client-fixture.ts';

const granted: GrantedScope = {
  scope: 'urn:opc:idm:t.security.client',
  target: null,
  clientAppRoles: ['Authenticated Client'],
  userAppRoles: null,
  effective: [],
};

const subject: Subject = {
  user: {
    id: 'fedcba9876543210fedcba9876543210',
    ocid: 'ocid1.user.oc1..aaaaaaaauser',
    type: 'User',
    seq: 1,
    version: 'v',
    created: 0,
    lastModified: 0,
    data: { userName: 'jdoe', displayName: 'Jane Doe', timezone: 'Europe/Lisbon', externalId: 'E-1' },
  },
  roles: [],
  sessionId: 'fedcba9876543210fedcba9876543210:abcdef',
  authenticated: 1_700_000_000,
  amr: BY_PASSWORD,
  identityProvider: LOCAL_IDENTITY_PROVIDER,
  sessionExpires: null,
};

function facts(changes: Partial<AccessTokenFacts> = {}): AccessTokenFacts {
  return {
    domain: aDomain(),
    baseUrl: 'http://127.0.0.1:8080',
    issuer: 'https://identity.oraclecloud.com/',
    client: aClient(),
    granted,
    subject: null,
    issuedAt: 1_700_000_000,
    expires: 1_700_003_600,
    origin: {},
    ...changes,
  };
}

const userGranted: GrantedScope = { ...granted, userAppRoles: ['Authenticated'] };

describe('accessTokenClaims', () => {
  it("has the names of a client's token and no others", () => {
    expect(Object.keys(accessTokenClaims(facts(), seededIds(1))).sort()).toEqual([...keys.client].sort());
  });

  it("has the names of a user's token and no others", () => {
    const claims = accessTokenClaims(facts({ subject, granted: userGranted }), seededIds(1));
    expect(Object.keys(claims).sort()).toEqual([...keys.user].sort());
  });

  it('says whose token it is', () => {
    expect(accessTokenClaims(facts(), seededIds(1))).toMatchObject({
      iss: 'https://identity.oraclecloud.com/',
      sub: 'console',
      sub_type: 'client',
      tok_type: 'AT',
      aud: ['http://127.0.0.1:8080', 'urn:opc:lbaas:logicalguid=idcs-0123456789abcdef0123456789abcdef'],
      client_id: 'console',
      client_guid: '0123456789abcdef0123456789abcdef',
      client_name: 'CNC Console',
      tenant: 'idcs-0123456789abcdef0123456789abcdef',
      iat: 1_700_000_000,
      exp: 1_700_003_600,
      jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(accessTokenClaims(facts({ subject, granted: userGranted }), seededIds(1))).toMatchObject({
      sub: 'jdoe',
      sub_type: 'user',
      user_id: 'fedcba9876543210fedcba9876543210',
      user_displayname: 'Jane Doe',
      user_tz: 'Europe/Lisbon',
      user_lang: 'en',
      idp_name: 'UserNamePassword',
      tenant_iss: 'http://127.0.0.1:8080',
      userAppRoles: ['Authenticated'],
    });
  });

  it('marks administrators and clients that act on behalf of users', () => {
    const client = aClient({ allowedOperations: new Set(['onBehalfOfUser']) });
    const admin = { ...userGranted, effective: ['User Administrator'] };
    expect(accessTokenClaims(facts({ client, subject, granted: admin }), seededIds(1))).toMatchObject({
      user_isAdmin: true,
      onBehalfOfUser: true,
    });
    expect(accessTokenClaims(facts({ client }), seededIds(1))).not.toHaveProperty('onBehalfOfUser');
  });

  it('takes the subject from the attribute that Settings.subMappingAttr names', () => {
    const sub = (subMappingAttr: string) => {
      const domain = aDomain({ settings: { subMappingAttr } });
      return accessTokenClaims(facts({ domain, subject, granted: userGranted }), seededIds(1));
    };
    expect(sub('externalId')).toMatchObject({ sub: 'E-1', sub_mappingattr: 'externalId' });
    expect(sub('constructor')).toMatchObject({ sub: 'jdoe', sub_mappingattr: 'userName' });
    expect(sub('employeeNumber')).toMatchObject({ sub: 'jdoe', sub_mappingattr: 'userName' });
  });
});

describe('identityTokenClaims', () => {
  it('is for the client, and bound to the access token beside it', () => {
    const claims = identityTokenClaims({ ...facts(), subject }, 'an.access.token', seededIds(1));
    const half = createHash('sha256').update('an.access.token').digest().subarray(0, 16);
    expect(claims).toMatchObject({
      tok_type: 'IT',
      aud: ['https://identity.oraclecloud.com/', 'console'],
      azp: 'console',
      at_hash: half.toString('base64url'),
      auth_time: 1_700_000_000,
      session_exp: 1_700_003_600,
      authn_strength: '2',
    });
    expect(claims).not.toHaveProperty('scope');
  });
});
