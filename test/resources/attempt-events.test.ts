import { expect, test } from 'vitest';
import { checkPassword } from '../../src/resources/password-check.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import { newTestDomain } from './domain-context.ts';

const GOOD = 'Welcome@123Bro';
const REQUEST = { ecid: 'ecid', rid: '0', clientIp: '192.0.2.7', localIp: '10.0.0.1', userAgent: 'curl', host: 'h' };

test('every failed attempt is an event, and so is a lock; no password is in any', async () => {
  const domain = await newTestDomain();
  const user = await domain.create('User', {
    userName: 'jdoe',
    name: { givenName: 'John', familyName: 'Doe' },
    emails: [{ value: 'jdoe@example.com', type: 'work', primary: true }],
  });
  await domain.put('UserPasswordChanger', String(user['id']), { password: GOOD });
  const context = { ...(await domain.context()), request: REQUEST };
  const attempt = async (name: string, password: string) =>
    checkPassword({ ...context, domain: (await domain.context()).domain }, name, password, { client: 'shop' });

  await attempt('no\0body', 'Guess-Number-1');
  for (let left = 5; left > 0; left--) await attempt('jdoe', 'Guess-Number-2');
  await attempt('jdoe', GOOD);
  domain.advance(31 * 60_000);
  expect((await attempt('jdoe', GOOD)).ok).toBe(true);

  const { store, domain: row } = await domain.context();
  const type = resourceType('AuditEvent');
  const query = { type, filter: null, sortBy: null, descending: false, offset: 0, limit: 50 };
  const { resources } = await store.resources.search(row.id, query);
  const told = resources.map(({ data }) => `${data['eventId']} ${data['actorName']} ${data['message'] ?? ''}`.trim());
  const wrong = 'Authentication failure You entered an incorrect user name or password.';
  const failure = 'sso.authentication.failure';
  expect(told.toSorted()).toEqual(
    [
      `${failure} nobody ${wrong}`,
      ...Array(5).fill(`${failure} jdoe ${wrong}`),
      `${failure} jdoe Authentication failure Your account is locked. Contact your system administrator.`,
      'admin.me.locked.success jdoe',
      'admin.me.unocked.success jdoe',
    ].toSorted(),
  );
  expect(resources.map(({ data }) => data).find(({ actorId }) => actorId === 'IDCS')).toMatchObject({
    clientIp: '192.0.2.7',
    reasonValue: 'SSO-1001',
    ssoIdentityProvider: 'localIDP',
    ssoRp: 'shop',
  });
  expect(JSON.stringify(resources)).not.toMatch(/Guess-Number|Welcome@123/);
});
