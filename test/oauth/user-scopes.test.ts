import { beforeAll, expect, test } from 'vitest';
import { newClient } from '../oauth/token/assertion-fixture.ts';
import { grantRole } from '../signin/authentication/authentication-world.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

/*
 * `urn:opc:idm:t.user.*`: a token with one of them alone opens the endpoints of its AppRole, and no other of these. What is asked is
 * incomplete: 400 where it may be asked.
 */

let domain: TestDomain;
beforeAll(async () => {
  domain = await testDomain();
});

/** scope → the AppRole that gives it, and what it opens. IDCS: oauth.md §4.3; the AppRole tables. */
const SCOPES: readonly (readonly [string, string, readonly string[]])[] = [
  ['signin', 'Signin', ['authenticate']],
  ['mecreate', 'Self Registration', ['Me', 'UserNameGenerator']],
  [
    'forgotpassword',
    'Forgot Password',
    [
      'MePasswordRecoveryFactorValidator',
      'MePasswordRecoveryOptionRetriever',
      'MePasswordResetRequestor',
      'MeSecurityQuestionsRetriever',
    ],
  ],
  [
    'resetpassword',
    'Reset Password',
    [
      'MePasswordRecoveryFactorValidator',
      'MePasswordResetter',
      'MeSecurityQuestionAnswerValidator',
      'UserPasswordValidator',
      'UserTokenValidator',
    ],
  ],
  ['verifyemail', 'Verify Email', ['MeEmailVerified', 'UserTokenValidator']],
  ['changepassword', 'Change Password', ['MePasswordMustChanger', 'UserPasswordValidator']],
];
const ENDPOINTS = [...new Set(SCOPES.flatMap(([, , opened]) => opened))].sort();
const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';

async function isOpen(endpoint: string, token: string): Promise<boolean> {
  if (endpoint === 'authenticate') {
    return (await domain.send('GET', '/sso/v1/sdk/authenticate', { token })).status !== 401;
  }
  const schemas = [endpoint === 'Me' ? 'urn:ietf:params:scim:schemas:core:2.0:User' : `${IDCS}${endpoint}`];
  const { status, text } = await domain.send('POST', `/admin/v1/${endpoint}`, { token, body: { schemas } });
  expect([201, 400, 401], text).toContain(status);
  return status !== 401;
}

test.each(SCOPES)('urn:opc:idm:t.user.%s, of the AppRole %s, opens %j', async (name, role, opened) => {
  const client = await newClient(domain, `client_${name}`);
  await grantRole(domain, client.appId, role);
  const scope = `urn:opc:idm:t.user.${name}`;
  const granted = await domain.tokenRequest({ grant_type: 'client_credentials', scope }, client);
  expect(granted.status, granted.text).toBe(200);
  const token = granted.body.access_token as string;
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { scope: string };
  expect(claims.scope.split(' ')).toContain(scope);
  const open = [];
  for (const endpoint of ENDPOINTS) if (await isOpen(endpoint, token)) open.push(endpoint);
  expect(open).toEqual([...opened].sort());
});

test('urn:opc:idm:t.user.* of an AppRole that the client lacks is not given', async () => {
  const client = await newClient(domain, 'client_without');
  for (const [name] of SCOPES) {
    const scope = `urn:opc:idm:t.user.${name}`;
    const { body } = await domain.tokenRequest({ grant_type: 'client_credentials', scope }, client);
    expect(String(body.scope ?? '')).not.toContain(scope);
    if (typeof body.access_token !== 'string') continue;
    for (const endpoint of ENDPOINTS) expect(await isOpen(endpoint, body.access_token), endpoint).toBe(false);
  }
});
