import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { eventsOf } from '../audit/audit-world.ts';
import { MY_SCOPES, newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { newBrowser } from '../support/browser.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { lastMail, mailsTo } from '../support/mailbox.ts';
import { newUser } from '../support/new-user.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PASSWORD = 'Correct-Horse-42';

let domain: TestDomain;
let client: TestClient;

beforeAll(async () => {
  domain = await testDomain();
  client = await newClient(domain, 'cli');
});

async function person(name: string): Promise<{ id: string; ocid: string; email: string; token: string }> {
  const { id, ocid } = (await newUser(domain, name, PASSWORD)) as { id: string; ocid: string };
  const form = { grant_type: 'password', username: name, password: PASSWORD, scope: MY_SCOPES };
  const { body } = await domain.tokenRequest(form, client);
  return { id, ocid, email: `${name}@example.com`, token: body.access_token };
}

const verifier = (body: JsonObject, token?: string) =>
  domain.send('PUT', '/admin/v1/MeEmailVerifier', {
    body: { schemas: [`${IDCS}MeEmailVerifier`], ...body },
    ...(token === undefined ? {} : { token }),
  });
const verified = (token: string) =>
  domain.send('POST', '/admin/v1/MeEmailVerified', { body: { schemas: [`${IDCS}MeEmailVerified`], token } });
const emailsOf = async (id: string) => (await domain.send('GET', `/admin/v1/Users/${id}`)).body.emails as JsonObject[];
const messageId = ({ body }: Answer) =>
  body['urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error']?.messageId;

describe('MeEmailVerifier and MeEmailVerified', () => {
  test('an application verifies by the token that it reads (C2)', async () => {
    const { id, ocid, email } = await person('ann');
    const flags = {
      userFlowControlledByExternalClient: true,
      triggerEmailVerificationFlowIfEmailAlreadyVerified: true,
    };
    const begun = await verifier({ email, id, ...flags });
    expect(begun.status, begun.text).toBe(200);
    expect(begun.body).toMatchObject({ id, email, ...flags, schemas: [`${IDCS}MeEmailVerifier`] });
    const { value, $ref } = begun.body.userToken;
    expect($ref).toBe(`${domain.url}/admin/v1/UserTokens/${value}`);
    const token = await domain.send('GET', `/admin/v1/UserTokens/${value}`);
    expect(token.body).toMatchObject({ tokenType: 'email', userId: id, data: email, status: 0 });
    expect(Buffer.from(token.body.token, 'base64')).toHaveLength(32);
    expect(Date.parse(token.body.expiryTime)).toBeGreaterThan(Date.now());
    expect(await mailsTo(domain, email, 'admin.me.email.verify.primary.success')).toEqual([]);
    const done = await verified(token.body.token);
    expect(done.status, done.text).toBe(201);
    expect(done.body).toMatchObject({ id, ocid, meta: { resourceType: 'MeEmailVerified' } });
    expect((await emailsOf(id)).map((each) => each['verified'])).toEqual([true, true]);
    expect(messageId(await verified(token.body.token))).toBe('error.identity.passwordmgmt.invalidToken');
    expect((await verifier({ email, id })).body.detail).toContain('verified already');
    expect((await verifier({ email, id, ...flags })).status).toBe(200);
  });

  test('a user verifies by the page that the mail leads to', async () => {
    const { id, email, token } = await person('bob');
    expect((await verifier({ email }, token)).status).toBe(200);
    const { link } = await lastMail(domain, email, 'admin.me.email.verify.primary.success');
    const browser = newBrowser(domain.url);
    const page = await browser.get(link, { 'accept-language': 'de' });
    expect(page.text).toContain('E-Mail-Adresse bestätigen');
    expect(page.text).toContain(email);
    // A scanner that follows the link confirms nothing.
    expect((await emailsOf(id))[0]!['verified']).toBe(false);
    expect((await newBrowser(domain.url).submit(page, {})).status).toBe(403);
    const done = await browser.submit(page, {});
    expect(done.status, done.text).toBe(200);
    expect((await emailsOf(id)).map((each) => each['verified'])).toEqual([true, true]);
    expect((await browser.get(link)).status).toBe(400);
    expect((await browser.submit(page, {})).status).toBe(400);
    const events = await eventsOf(domain, `adminResourceId eq "${id}" and eventId sw "admin.me.email."`);
    expect(events.map(({ eventId, actorType }) => [eventId, actorType])).toEqual([
      ['admin.me.email.verify.request.success', 'User'],
      ['admin.me.email.verify.primary.success', 'User'],
    ]);
  });

  test('users ask for themselves, applications say for whom', async () => {
    const [ann, eve] = [await person('cleo'), await person('eve')];
    expect((await verifier({ email: ann.email, id: ann.id }, eve.token)).status).toBe(401);
    expect((await verifier({ email: eve.email, id: eve.ocid }, eve.token)).status).toBe(200);
    expect(messageId(await verifier({ email: ann.email }))).toBe('error.common.validation.missingReqAttributes');
    expect((await verifier({ email: ann.email, id: 'nobody' })).status).toBe(404);
    expect((await verifier({ email: ann.email, id: 'a\0b' })).status).toBe(400);
    expect((await verifier({ email: 'x@example.com', id: ann.id })).body.detail).toContain('no address');
    expect(messageId(await verifier({ email: 'no address', id: ann.id }))).toBe(
      'error.common.validation.invalidEmailFormat',
    );
    expect(messageId(await verifier({ id: ann.id }))).toBe('error.common.validation.missingReqAttributes');
  });

  test('a token is good for the newest request, its own purpose, its address, a day, and whole', async () => {
    const { id, email } = await person('dan');
    const ask = async () => {
      await verifier({ email, id });
      return (await lastMail(domain, email, 'admin.me.email.verify.primary.success')).token;
    };
    const refused = async (token: string) =>
      expect(messageId(await verified(token)), token).toBe('error.identity.passwordmgmt.invalidToken');
    const [first, second] = [await ask(), await ask()];
    for (const wrong of [first, second.slice(0, -1), second.slice(0, 20), 'a b', '%00']) await refused(wrong);
    const resetter = { schemas: [`${IDCS}MePasswordResetter`], token: second, password: 'Better-Battery-43' };
    const other = await domain.send('POST', '/admin/v1/MePasswordResetter', { body: resetter });
    expect(messageId(other)).toBe('error.identity.passwordmgmt.invalidToken');
    const body = { schemas: [`${IDCS}UserActivationInitiator`] };
    await domain.send('PUT', `/admin/v1/UserActivationInitiator/${id}`, { body });
    await refused((await lastMail(domain, email, 'admin.user.initiate.activation.success')).token);
    expect((await verified(second)).status).toBe(201);
    const third = await (async () => {
      await verifier({ email, id, triggerEmailVerificationFlowIfEmailAlreadyVerified: true });
      return (await lastMail(domain, email, 'admin.me.email.verify.primary.success')).token;
    })();
    await domain.send('PATCH', `/admin/v1/Users/${id}`, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [
          { op: 'replace', path: 'emails', value: [{ value: 'dan2@example.com', type: 'work', primary: true }] },
        ],
      },
    });
    await refused(third);
    await verifier({ email: 'dan2@example.com', id });
    const { link } = await lastMail(domain, 'dan2@example.com', 'admin.me.email.verify.primary.success');
    const browser = newBrowser(domain.url);
    const page = await browser.get(link);
    expect(page.status).toBe(200);
    // The administrator's token ends before the link does.
    await advanceClock(domain, 24 * 60 * 60);
    expect((await browser.get(link)).status).toBe(400);
    expect((await browser.submit(page, {})).status).toBe(400);
  });
});
