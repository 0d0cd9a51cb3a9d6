import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { eventsOf } from '../audit/audit-world.ts';
import { MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { newBrowser } from '../support/browser.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { clientFor, testDomain } from '../support/emulator.ts';
import { lastMail } from '../support/mailbox.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const STATE = `${IDCS}extension:userState:User`;
const PASSWORDS = `${IDCS}extension:passwordState:User`;
const USER = `${IDCS}extension:user:User`;
const EMAIL = 'lena@example.com';
const [FIRST, SECOND, THIRD, FOURTH] = ['Correct-Horse-41', 'Correct-Horse-42', 'Correct-Horse-43', 'Correct-Horse-44'];
const DAY = 24 * 60 * 60;

/** One user's whole life, by HTTP alone; after each step every door says the same. */
test('an account from its invitation to its end', async () => {
  let domain = await testDomain();
  const client = await newClient(domain, 'cli');
  const { id, active } = await domain.createUser('lena');
  expect(active).toBe(true);

  const act = async (type: string, body: JsonObject = {}) => {
    const answer = await domain.send('PUT', `/admin/v1/${type}/${id}`, { body: { schemas: [IDCS + type], ...body } });
    expect(answer.status, answer.text).toBe(200);
  };
  const post = (type: string, body: JsonObject) =>
    domain.send('POST', `/admin/v1/${type}`, { body: { schemas: [IDCS + type], ...body } });
  const user = async () => (await domain.send('GET', `/admin/v1/Users/${id}?attributeSets=all`)).body;
  const token = (password: string) =>
    domain.tokenRequest({ grant_type: 'password', username: 'lena', password, scope: MY_SCOPES }, client);
  /** What PasswordAuthenticator, the token endpoint and the account itself say. */
  const expectDoors = async (password: string, said: string | null, state: JsonObject = {}) => {
    const checked = await post('PasswordAuthenticator', {
      mappingAttribute: 'userName',
      mappingAttributeValue: 'lena',
      password,
    });
    if (said === null) expect(checked.status, checked.text).toBeLessThan(300);
    else expect(checked.text).toContain(said);
    expect((await token(password)).status).toBe(said === null ? 200 : 400);
    expect(await user()).toMatchObject(state);
    // Each door says so: refused at both, or let in where there is an App to get into.
    expect((await told()).filter((eventId) => !eventId.includes('.unocked.'))).toEqual(
      said === null ? ['sso.app.access.success'] : [REFUSED, REFUSED],
    );
  };
  /** The ids of the events about her or by her since the last time, in their order; mails, known from the mailbox, left out. */
  const told = async () => {
    const events = await eventsOf(domain, `adminResourceId eq "${id}" or actorId eq "${id}"`);
    const fresh = events.filter((event) => !heard.has(event.id));
    for (const event of fresh) heard.add(event.id);
    return fresh.map(({ eventId }) => eventId as string).filter((eventId) => !eventId.startsWith('notification.'));
  };
  const heard = new Set<string>();
  const expectTold = async (...eventIds: string[]) => expect(await told()).toEqual(eventIds);
  const REFUSED = 'sso.authentication.failure';

  // Invited: no password, so that no door opens.
  await expectTold('admin.user.create.success');
  await expectDoors(FIRST!, 'INVALID_CREDENTIALS', {
    [USER]: { status: 'pendingVerification' },
    [PASSWORDS]: { mustChange: true },
  });
  const invited = await lastMail(domain, EMAIL, 'admin.user.create.success');
  await act('UserActivationInitiator');
  const { link } = await lastMail(domain, EMAIL, 'admin.user.initiate.activation.success');
  const browser = newBrowser(domain.url);
  expect((await browser.get(invited.link)).status).toBe(400);
  const page = await browser.get(link);
  expect((await browser.submit(page, { password: FIRST!, confirmation: FIRST! })).status).toBe(303);
  expect((await browser.get(link)).status).toBe(400);
  await expectTold('admin.user.initiate.activation.success', 'admin.user.activated.success');
  await expectDoors(FIRST!, null, { [USER]: { status: 'verified' }, [PASSWORDS]: { mustChange: false } });
  expect((await user()).emails.map((email: JsonObject) => email['verified'])).toEqual([true, true]);

  // Must change: an administrator resets the password.
  await act('UserPasswordResetter');
  const { code = '' } = await lastMail(domain, EMAIL, 'admin.user.password.reset.success');
  await expectTold('admin.user.password.reset.success');
  await expectDoors(code, 'PASSWORD_MUST_CHANGE_RESPONSE', { [PASSWORDS]: { mustChange: true } });
  const changed = await post('MePasswordMustChanger', {
    oldPassword: code,
    password: SECOND!,
    mappingAttribute: 'userName',
    mappingAttributeValue: 'lena',
  });
  expect(changed.status, changed.text).toBe(201);
  await expectTold(REFUSED, 'admin.me.password.change.success');
  await expectDoors(SECOND!, null, { [PASSWORDS]: { mustChange: false } });

  // Locked by wrong passwords, unlocked by waiting.
  for (let left = 5; left > 0; left--) await token('Wrong-Password-99');
  await expectTold(...Array.from({ length: 5 }, () => REFUSED), 'admin.me.locked.success');
  await expectDoors(SECOND!, 'USER_LOCKED_RESPONSE', { [STATE]: { locked: { on: true } } });
  await advanceClock(domain, 31 * 60);
  await expectDoors(SECOND!, null, { [STATE]: { locked: { on: false } } });

  // Forgotten, recovered by mail.
  expect((await post('MePasswordResetRequestor', { userName: 'lena', notificationType: 'email' })).status).toBe(201);
  const recovery = await lastMail(domain, EMAIL, 'admin.me.password.reset.request.success');
  const proof = await post('MePasswordRecoveryFactorValidator', { type: 'email', emailToken: recovery.token });
  expect((await post('MePasswordResetter', { token: proof.body.token, password: THIRD! })).status).toBe(201);
  await expectTold(
    'admin.me.password.reset.request.success',
    'admin.me.password.recovery.validate.success',
    'admin.me.password.reset.success',
  );
  await expectDoors(SECOND!, 'INVALID_CREDENTIALS');
  await expectDoors(THIRD!, null);

  // Expired, changed. The administrator's token has ended by then.
  await advanceClock(domain, 121 * DAY);
  domain = await clientFor(domain.name, domain.url);
  await expectDoors(THIRD!, 'PASSWORD_EXPIRED_RESPONSE', { [PASSWORDS]: { expired: true } });
  const signIn = await browser.follow(await browser.get('/ui/v1/signin'));
  const change = await browser.follow(await browser.submit(signIn, { username: 'lena', password: THIRD! }));
  const renewed = await browser.submit(change, { oldPassword: THIRD!, password: FOURTH!, confirmation: FOURTH! });
  expect(renewed.status, renewed.text).toBe(303);
  await expectTold(REFUSED, REFUSED, 'admin.me.password.change.success', 'sso.session.create.success');
  await expectDoors(FOURTH!, null, { [PASSWORDS]: { expired: false } });

  // Deactivated, reactivated, deleted.
  await act('UserStatusChanger', { active: false });
  await expectTold('admin.user.update.success', 'admin.user.deactivated.success');
  await expectDoors(FOURTH!, 'USER_DISABLED_RESPONSE', { active: false });
  await act('UserStatusChanger', { active: true });
  await expectTold('admin.user.update.success', 'admin.user.activated.success');
  await expectDoors(FOURTH!, null, { active: true });
  expect((await domain.send('DELETE', `/admin/v1/Users/${id}?forceDelete=true`)).status).toBe(204);
  expect((await token(FOURTH!)).status).toBe(400);
  expect((await domain.send('GET', `/admin/v1/Users/${id}`)).status).toBe(404);
  await expectTold('admin.user.delete.success');
}, 120_000);
