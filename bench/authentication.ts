import { adminToken, newDomain, startEmulatorProcess } from './emulator-process.ts';
import { type Fire, measure, measureJourneys, type Shot } from './load.ts';
import { settled } from './measured-process.ts';
import { type BenchDatabase, row } from './operations.ts';
import type { Row } from './report.ts';

/*
 * Sign-ins by the Authentication API: password and passcode of an app, three requests each. A passcode is good once, so that each
 * sign-in is another user's; the domain's clock stands still meanwhile.
 */

/** Users who sign in once each. Making one takes about 0.2 s. */
const USERS = 80;
const WARM_UP = 20;
const PASSWORD = 'Correct-Horse-42';
/** IDCS: shapes.md §8. */
const LONGEST_STATE = 4096;
const STEPS = 3;

/** The start alone, whole sign-ins, and how long a requestState gets. */
export async function measureAuthentication(database: BenchDatabase, requests: number): Promise<Row[]> {
  const emulator = await startEmulatorProcess({ DATABASE_URL: database.url });
  try {
    const url = await newDomain(emulator.url, 'bench-authentication');
    const { pathname: prefix } = new URL(url);
    const headers = { authorization: `Bearer ${await adminToken(url)}`, 'content-type': 'application/json' };
    const call = caller(url, headers);
    await prepareRule(call);
    const users: { readonly name: string; code: string }[] = [];
    for (let n = 0; n < USERS; n++) users.push({ name: await enrolledUser(call, n), code: '' });
    await call('POST', '/_emulator/clock/freeze', {});
    await call('POST', '/_emulator/clock/advance', { seconds: 120 });
    for (const user of users) user.code = await passcode(call, user.name);
    await settled(emulator);

    const path = `${prefix}/sso/v1/sdk/authenticate`;
    const start: Shot = { method: 'GET', path, headers, expect: 200 };
    const step = (body: object): Shot => ({ method: 'POST', path, headers, body: JSON.stringify(body), expect: 200 });
    let longest = 0;
    const stateOf = (text: string) => {
      const { requestState } = JSON.parse(text) as { requestState: string };
      longest = Math.max(longest, requestState.length);
      return requestState;
    };
    const signIn = async (fire: Fire, n: number) => {
      const { name, code } = users[n]!;
      let requestState = stateOf((await fire(start)).text);
      const password = { op: 'credSubmit', credentials: { username: name, password: PASSWORD } };
      requestState = stateOf((await fire(step({ ...password, requestState }))).text);
      const { text } = await fire(step({ op: 'credSubmit', credentials: { otpCode: code }, requestState }));
      if (!text.includes('authnToken')) throw new Error(text);
    };
    const started = await measure(emulator, () => start, { requests });
    const options = { requests: USERS - WARM_UP, warmUp: WARM_UP, connections: 4 };
    const signedIn = await measureJourneys(emulator, signIn, options);
    return [
      row('GET authenticate', started),
      row('Sign-in with password and TOTP (3 requests)', signedIn),
      { what: 'of it a step, the hash of the password among them', value: '', cpuUs: signedIn.cpuUs / STEPS },
      {
        what: 'requestState, the longest of a sign-in',
        value: `${longest} bytes`,
        target: `<= ${LONGEST_STATE}`,
        met: longest <= LONGEST_STATE,
      },
    ];
  } finally {
    await emulator.stop();
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
type Call = (method: string, path: string, body?: object) => Promise<any>;

function caller(url: string, headers: Record<string, string>): Call {
  return async (method, path, body) => {
    const answer = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
}

/** Asks for a second factor, and lets users enroll one. */
async function prepareRule(call: Call): Promise<void> {
  const value = [
    { name: 'effect', value: 'ALLOW' },
    { name: 'authenticationFactor', value: 'IDP+2FA' },
    { name: 'allowUserToSkip2FAEnrolment', value: 'true' },
  ];
  await call('PATCH', '/admin/v1/Rules/DefaultSignOnRule', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'return', value }],
  });
}

/** Makes a user with an authenticator app. @returns the user name */
async function enrolledUser(call: Call, n: number): Promise<string> {
  const userName = `login${n}`;
  const { id } = await call('POST', '/admin/v1/Users', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    name: { givenName: 'Given', familyName: 'Family' },
    emails: [{ value: `${userName}@example.com`, type: 'work', primary: true }],
  });
  const schemas = ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'];
  await call('PUT', `/admin/v1/UserPasswordChanger/${id}`, { schemas, password: PASSWORD, bypassNotification: true });
  let { requestState } = await call('GET', '/sso/v1/sdk/authenticate');
  const step = async (body: object) => {
    const answer = await call('POST', '/sso/v1/sdk/authenticate', { ...body, requestState });
    requestState = answer.requestState;
  };
  await step({ op: 'credSubmit', credentials: { username: userName, password: PASSWORD } });
  await step({ op: 'enrollment', authFactor: 'TOTP', credentials: { offlineTotp: true } });
  await step({ op: 'credSubmit', credentials: { otpCode: await passcode(call, userName) } });
  return userName;
}

async function passcode(call: Call, userName: string): Promise<string> {
  return (await call('GET', `/_emulator/totp?userName=${userName}`)).codes[0].code;
}
