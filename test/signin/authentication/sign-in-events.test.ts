import { expect, it } from 'vitest';
import { claimsOf } from '../../support/token-claims.ts';
import { authenticationWorld } from './authentication-world.ts';
import { enrolledUser } from './enrolled-user.ts';

it('records what a sign-in has come to', async () => {
  const world = await authenticationWorld();
  await world.settings('AuthenticationFactorSettings', { smsEnabled: true });
  await world.signOnRule({ authenticationFactor: 'IDP+2FA', allowUserToSkip2FAEnrolment: 'true' });
  const user = await enrolledUser(world, 'joe', ['SMS']);
  const signIn = world.signIn();
  await signIn.start();
  await signIn.step({ op: 'credSubmit', credentials: { username: 'joe', password: 'wrong' } });
  await signIn.password('joe');
  await signIn.step({ op: 'credSubmit', credentials: { otpCode: '000000' } });
  const answer = await signIn.step({ op: 'credSubmit', credentials: { otpCode: await world.code(user.phone) } });
  const events = async (eventId: string) => {
    const filter = encodeURIComponent(`eventId eq "${eventId}" and actorName eq "joe"`);
    const found = await world.domain.send('GET', `/admin/v1/AuditEvents?filter=${filter}&sortBy=timestamp`);
    expect(found.status, found.text).toBe(200);
    return found.body.Resources;
  };
  expect((await events('sso.session.create.success')).at(-1)).toMatchObject({
    message: 'Session create success',
    ssoSessionId: claimsOf(answer.body.authnToken)['sid'],
    ssoCompletedFactors: '{USERNAME_PASSWORD=, SMS=}',
    ssoMatchedSignOnRule: 'DefaultSignOnRule',
    ssoPolicyObligations: 'effect:ALLOW,authenticationFactor:IDP+2FA,allowUserToSkip2FAEnrolment:true',
    ssoIdentityProviderType: 'LOCAL',
    ssoApplicationHostId: new URL(world.domain.url).host,
  });
  const failures = await events('sso.authentication.failure');
  expect(failures.map(({ message }: { message: string }) => message)).toEqual([
    'Authentication failure You entered an incorrect user name or password.',
    'Authentication failure Invalid passcode.',
  ]);
});
