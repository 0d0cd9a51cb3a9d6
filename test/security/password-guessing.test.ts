import { expect, test } from 'vitest';
import { newBrowser } from '../support/browser.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const PASSWORD = 'Correct-Horse-42';
const TRIES = 200;
const POLICY_TRIES = 5;

type Said = 'wrong' | 'locked';

/** The ways by which somebody may guess; each says what it was told. */
async function waysOf(domain: TestDomain, userName: string): Promise<readonly ((password: string) => Promise<Said>)[]> {
  const browser = newBrowser(domain.url);
  const page = await browser.follow(await browser.get('/ui/v1/signin'));
  return [
    async (password) => {
      const schemas = ['urn:ietf:params:scim:schemas:oracle:idcs:PasswordAuthenticator'];
      const body = { schemas, mappingAttributeValue: userName, password };
      return told((await domain.send('POST', '/admin/v1/PasswordAuthenticator', { body })).body.detail, {
        wrong: 'INVALID_CREDENTIALS',
        locked: 'USER_LOCKED_RESPONSE',
      });
    },
    async (password) => {
      const form = { grant_type: 'password', username: userName, password, scope: 'openid' };
      return told((await domain.tokenRequest(form)).body.error_description, { wrong: 'incorrect', locked: 'locked' });
    },
    async (password) =>
      told((await browser.submit(page, { username: userName, password })).text, {
        wrong: 'is not correct',
        locked: 'This account is locked',
      }),
  ];
}

function told(text: string, signs: Record<Said, string>): Said {
  for (const said of ['wrong', 'locked'] as const) if (text.includes(signs[said])) return said;
  throw new Error(`neither wrong nor locked: ${text}`);
}

// Every try before the lock costs an argon2 hash: that is what keeps guessing slow.
test(`of ${TRIES} guesses at once, by all ways mixed, no more are judged than the policy allows`, async () => {
  const domain = await testDomain();
  const { id } = await newUser(domain, 'victim', PASSWORD);
  const ways = await waysOf(domain, 'victim');
  const said = await Promise.all(
    Array.from({ length: TRIES }, (_, number) => ways[number % ways.length]!(`Wrong-Password-${number}`)),
  );
  expect(said.filter((each) => each === 'wrong')).toHaveLength(POLICY_TRIES);
  for (const way of ways) expect(await way(PASSWORD)).toBe('locked');
  const state = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
  const { body } = await domain.send('GET', `/admin/v1/Users/${id}?attributes=${state}:loginAttempts,${state}:locked`);
  expect(body[state]).toMatchObject({ loginAttempts: POLICY_TRIES, locked: { on: true } });
}, 60_000);
