// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of templates look like this
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { newBrowser } from '../support/browser.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

/* Who is told what, over HTTP: one domain for all, a user or two for each test. */

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PASSWORD = 'Correct-Horse-9';

let domain: TestDomain;
let count = 0;

beforeAll(async () => {
  domain = await testDomain();
});

interface Mail {
  readonly [name: string]: string;
}

async function mailsTo(to: string, on = domain): Promise<Mail[]> {
  const query = `to=${encodeURIComponent(to)}&channel=email`;
  return (await on.send('GET', `/_emulator/messages?${query}`, { token: null })).body.messages.toReversed();
}

/** A user with a password whom nobody has told anything yet. */
async function quietUser(more: JsonObject = {}, on = domain) {
  const name = `n${++count}`;
  const { id } = await on.createUser(name, { password: PASSWORD, ...more });
  return { id, name, address: `${name}@example.com` };
}

async function act(type: string, id: string, body: JsonObject = {}, on = domain) {
  const answer = await on.send('PUT', `/admin/v1/${type}/${id}`, { body: { schemas: [IDCS + type], ...body } });
  expect(answer.status, answer.text).toBe(200);
  return answer;
}

async function patch(id: string, Operations: JsonObject[], on = domain) {
  const answer = await on.send('PATCH', `/admin/v1/Users/${id}`, { body: { schemas: [PATCH_OP], Operations } });
  expect(answer.status, answer.text).toBe(200);
}

async function settings(on: TestDomain, changes: (now: JsonObject) => JsonObject) {
  const path = '/admin/v1/NotificationSettings/NotificationSettings';
  const now = (await on.send('GET', path)).body as JsonObject;
  const answer = await on.send('PUT', path, { body: { ...now, ...changes(now) } });
  expect(answer.status, answer.text).toBe(200);
}

const signIn = (username: string, password: string) =>
  domain.tokenRequest({ grant_type: 'password', username, password, scope: 'urn:opc:idm:__myscopes__' });

interface Case {
  readonly event: string;
  readonly when: (user: Awaited<ReturnType<typeof quietUser>>) => Promise<unknown>;
  readonly says?: RegExp;
}

const CASES: readonly Case[] = [
  {
    event: 'admin.user.initiate.activation.success',
    when: ({ id }) => act('UserActivationInitiator', id),
    says: /http/,
  },
  { event: 'admin.user.password.reset.success', when: ({ id }) => act('UserPasswordResetter', id), says: /http/ },
  {
    event: 'admin.user.password.change.success',
    when: ({ id }) => act('UserPasswordChanger', id, { password: 'Other-Horse-10!' }),
  },
  { event: 'admin.user.deactivated.success', when: ({ id }) => act('UserStatusChanger', id, { active: false }) },
  {
    event: 'admin.user.deactivated.success',
    when: ({ id }) => patch(id, [{ op: 'replace', path: 'active', value: false }]),
  },
  {
    event: 'admin.me.unlocked.success',
    async when({ id }) {
      await act('UserLockedStateChanger', id, { locked: { on: true } });
      await act('UserLockedStateChanger', id, { locked: { on: false } });
    },
    says: /\/ui\/v1\/signin/,
  },
  {
    event: 'admin.me.locked.success',
    async when({ id, name }) {
      await act('UserPasswordChanger', id, { password: 'Other-Horse-10!', bypassNotification: true });
      for (let left = 5; left > 0; left--) await signIn(name, 'wrong');
    },
    says: /\/ui\/v1\/resetpwd\?token=/,
  },
  {
    event: 'admin.me.password.change.success',
    async when({ name }) {
      const body = {
        schemas: [`${IDCS}MePasswordMustChanger`],
        mappingAttribute: 'userName',
        mappingAttributeValue: name,
        oldPassword: PASSWORD,
        password: 'Other-Horse-10!',
      };
      expect((await domain.send('POST', '/admin/v1/MePasswordMustChanger', { body })).status).toBe(201);
    },
  },
  {
    event: 'admin.user.password.change.success',
    when: ({ id }) => patch(id, [{ op: 'replace', path: 'password', value: 'Other-Horse-10!' }]),
  },
  {
    event: 'admin.me.email.update.primary.success',
    when: ({ id, name }) =>
      patch(id, [{ op: 'replace', path: 'emails[type eq "work"].value', value: `${name}@new.example.com` }]),
    says: /@new\.example\.com/,
  },
  {
    event: 'authentication.bypasscode.notification',
    async when({ id }) {
      const body = { schemas: [`${IDCS}BypassCode`], user: { value: id } };
      const made = await domain.send('POST', '/admin/v1/BypassCodes', { body });
      expect(made.status, made.text).toBe(201);
    },
    says: /\d{12}/,
  },
];

describe('a user is told', () => {
  it.each(CASES)('$event ($#)', async ({ event, when, says = /./ }) => {
    const user = await quietUser();
    await when(user);
    const mails = (await mailsTo(user.address)).filter((mail) => mail['event'] !== 'admin.user.create.success');
    expect(mails.map((mail) => mail['event'])).toEqual([event]);
    const [mail] = mails;
    expect(mail).toMatchObject({ locale: 'en', from: 'no-reply@example.com', channel: 'email' });
    expect(mail!['text']).toMatch(says);
    expect(mail!['html']).toContain('<p>Hello Given Family,</p>');
  });

  it('of an activation after a deactivation, and of the profile only where that is switched on', async () => {
    const user = await quietUser();
    await patch(user.id, [{ op: 'replace', path: 'title', value: 'Dr.' }]);
    await act('UserStatusChanger', user.id, { active: false });
    await act('UserStatusChanger', user.id, { active: true });
    expect((await mailsTo(user.address)).map((mail) => mail['event'])).toEqual([
      'admin.user.deactivated.success',
      'admin.user.activated.success',
    ]);
  });

  it('how to end a lock: the link is a page that takes a new password', async () => {
    const { id, name, address } = await quietUser();
    await act('UserPasswordChanger', id, { password: 'Other-Horse-10!', bypassNotification: true });
    for (let left = 5; left > 0; left--) await signIn(name, 'wrong');
    expect((await signIn(name, 'Other-Horse-10!')).status).toBe(400);
    const [locked] = await mailsTo(address);
    const browser = newBrowser(domain.url);
    const page = await browser.get(locked!['link']!);
    expect(page.status).toBe(200);
    await browser.submit(page, { password: 'Third-Horse-11!', confirmation: 'Third-Horse-11!' });
    expect((await signIn(name, 'Third-Horse-11!')).status).toBe(200);
    expect((await mailsTo(address)).map((mail) => mail['event'])).toEqual([
      'admin.me.locked.success',
      'admin.me.password.reset.success',
      'admin.me.unlocked.success',
    ]);
  });

  it('of an account that signs in elsewhere, and of one without a password', async () => {
    const federated = { 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User': { isFederatedUser: true } };
    const [one, other] = [`f${++count}`, `f${++count}`];
    await domain.createUser(one, federated);
    await domain.createUser(other);
    expect(await mailsTo(`${one}@example.com`)).toMatchObject([
      { event: 'admin.user.federated.create.success', link: `${domain.url}/ui/v1/signin` },
    ]);
    const [welcome, ...more] = await mailsTo(`${other}@example.com`);
    expect([welcome!['event'], more]).toEqual(['admin.user.create.success', []]);
    expect((await newBrowser(domain.url).get(welcome!['link']!)).status).toBe(200);
  });

  it('nothing when the write is refused, changes nothing, or says so', async () => {
    const user = await quietUser();
    await patch(user.id, [{ op: 'replace', path: 'active', value: true }]);
    await act('UserPasswordChanger', user.id, { password: 'Other-Horse-10!', bypassNotification: true });
    const body = {
      schemas: [PATCH_OP],
      Operations: [
        { op: 'replace', path: 'active', value: false },
        { op: 'replace', path: 'userName', value: 'admin@example.com' },
      ],
    };
    expect((await domain.send('PATCH', `/admin/v1/Users/${user.id}`, { body })).status).toBe(409);
    expect(await mailsTo(user.address)).toEqual([]);
  });

  it('in the own language, else the language of the domain', async () => {
    for (const [more, locale, subject] of [
      [{ preferredLanguage: 'de' }, 'de', 'Ihr Konto wurde deaktiviert'],
      [{ preferredLanguage: 'ja', locale: 'fr' }, 'ja', 'アカウントが無効になりました'],
      [{ locale: 'es' }, 'es', 'Se ha desactivado su cuenta'],
    ] as const) {
      const user = await quietUser(more);
      await act('UserStatusChanger', user.id, { active: false });
      expect((await mailsTo(user.address))[0]).toMatchObject({ locale, subject });
    }
  });

  it('with a name that can neither be markup nor a header', async () => {
    const displayName = 'A\r\nBcc: x@example.com <b>${OTP}</b>';
    const user = await quietUser({ displayName });
    await act('UserPasswordResetter', user.id);
    const [mail] = await mailsTo(user.address);
    expect(mail!['subject']).not.toMatch(/[\r\n]/);
    expect(mail!['text']).toContain('Hello A Bcc: x@example.com <b>${OTP}</b>,\n');
    expect(mail!['html']).toContain('A Bcc: x@example.com &lt;b&gt;${OTP}&lt;/b&gt;');
  });

  it('and the delivery is an audit event, without what the mail says', async () => {
    const user = await quietUser();
    await act('UserPasswordResetter', user.id);
    const [mail] = await mailsTo(user.address);
    const filter = `eventId eq "notification.delivery.success" and adminResourceId eq "${user.id}"`;
    const { body } = await domain.send('GET', `/admin/v1/AuditEvents?filter=${encodeURIComponent(filter)}`);
    expect(body.Resources).toHaveLength(1);
    expect(body.Resources[0]).toMatchObject({
      serviceName: 'Messaging',
      reasonValue: '201',
      adminResourceName: user.name,
      message: `The EMAIL notification was delivered successfully to the following recipients: [${user.address}].`,
      notificationDeliveryChannel: 'EMAIL',
      notificationDeliveryEmailStatus: 'SUCCESS',
      notificationDeliveryEmailTo: `[${user.address}]`,
      notificationDeliveryEmailFrom: 'no-reply@example.com',
      notificationDeliveryEmailLocale: 'en',
      notificationDeliveryEmailSubject: 'Your password was reset',
    });
    expect(JSON.stringify(body)).not.toContain(mail!['code']);
    expect(JSON.stringify(body)).not.toContain(mail!['token']);
  });
});

describe('the inbox', () => {
  it('is filtered by event, and shows code, link and token', async () => {
    const user = await quietUser();
    await act('UserPasswordResetter', user.id);
    await act('UserStatusChanger', user.id, { active: false });
    const query = `to=${user.address}&event=admin.user.password.reset.success`;
    const { body } = await domain.send('GET', `/_emulator/messages?${query}`, { token: null });
    expect(body.total).toBe(1);
    const [mail] = body.messages;
    expect(mail.token).toBe(new URL(mail.link).searchParams.get('token'));
    expect(mail.text).toContain(mail.code);
    expect(mail.text).toContain(mail.link);
    const none = await domain.send('GET', `/_emulator/messages?to=${user.address}&event=x`, { token: null });
    expect(none.body.total).toBe(0);
  });
});

describe('NotificationSettings', () => {
  it('decide: nothing, some events, other recipients, second addresses, the sender', async () => {
    const own = await testDomain();
    const emails = (name: string) => [
      { value: `${name}@example.com`, type: 'work', primary: true },
      { value: `${name}@second.example.com`, type: 'other', secondary: true },
    ];
    const reset = async () => {
      const user = await quietUser({ emails: emails(`n${count + 1}`) }, own);
      await act('UserPasswordResetter', user.id, {}, own);
      const told = async (to: string) => (await mailsTo(to, own)).map((mail) => mail['subject']);
      return { first: await told(user.address), second: await told(`${user.name}@second.example.com`) };
    };
    const SUBJECT = 'Your password was reset';
    expect(await reset()).toEqual({ first: [SUBJECT], second: [] });

    await settings(own, () => ({ sendNotificationsToSecondaryEmail: true }));
    expect(await reset()).toEqual({ first: [SUBJECT], second: [SUBJECT] });

    await settings(own, () => ({ testModeEnabled: true, testRecipients: ['test@example.com'] }));
    expect(await reset()).toEqual({ first: [], second: [] });
    expect(await mailsTo('test@example.com', own)).toHaveLength(1);

    await settings(own, () => ({ testModeEnabled: true, testRecipients: [] }));
    expect(await reset()).toEqual({ first: [], second: [] });

    await settings(own, ({ eventSettings }) => ({
      testModeEnabled: false,
      sendNotificationsToSecondaryEmail: false,
      eventSettings: (eventSettings as JsonObject[]).map((one) =>
        one['eventId'] === 'admin.user.password.reset.success' ? { ...one, enabled: false } : one,
      ),
    }));
    expect(await reset()).toEqual({ first: [], second: [] });

    // Settings that don't speak of an event leave it as it was on the first day.
    await settings(own, () => ({ eventSettings: [{ eventId: 'admin.user.update.success', enabled: true }] }));
    expect(await reset()).toEqual({ first: [SUBJECT], second: [] });
    const user = await quietUser({}, own);
    await patch(user.id, [{ op: 'replace', path: 'title', value: 'Dr.' }], own);
    expect((await mailsTo(user.address, own)).map((mail) => mail['event'])).toEqual(['admin.user.update.success']);

    // An address that nobody has verified sends nothing; the last one that was verified does.
    await settings(own, () => ({
      fromEmailAddress: { value: 'me@example.com', displayName: 'Me', validate: 'email' },
    }));
    const told = await quietUser({}, own);
    await act('UserStatusChanger', told.id, { active: false }, own);
    expect(await mailsTo(told.address, own)).toMatchObject([{ from: 'no-reply@example.com' }]);

    await settings(own, () => ({ notificationEnabled: false }));
    expect(await reset()).toEqual({ first: [], second: [] });
  });

  it('an administrator’s change of an address is told at both, where they say so', async () => {
    const own = await testDomain();
    await settings(own, () => ({ sendNotificationToOldAndNewPrimaryEmailsWhenAdminChangesPrimaryEmail: true }));
    const user = await quietUser({}, own);
    const address = `${user.name}@new.example.com`;
    await patch(user.id, [{ op: 'replace', path: 'emails[type eq "work"].value', value: address }], own);
    for (const to of [user.address, address]) {
      expect((await mailsTo(to, own)).map((mail) => mail['event'])).toEqual(['admin.me.email.update.primary.success']);
    }
  });
});
