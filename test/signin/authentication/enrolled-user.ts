import type { AuthenticationWorld } from './authentication-world.ts';

/*
 * Users with second factors, enrolled by the Authentication API itself, and what their phones do.
 */

/** What can be enrolled. ONLINE_TOTP: a phone app without push. */
export type TestFactor = 'SMS' | 'EMAIL' | 'TOTP' | 'ONLINE_TOTP' | 'PUSH' | 'SECURITY_QUESTIONS';

export interface EnrolledUser {
  readonly id: string;
  readonly name: string;
  readonly mail: string;
  readonly phone: string;
  /** A bypass code of the user's own making. */
  bypassCode(): Promise<string>;
}

let phones = 0;

/** A user with these factors, the first of them preferred. The sign-on rule has to let users enroll. */
export async function enrolledUser(
  world: AuthenticationWorld,
  name: string,
  factors: readonly TestFactor[],
  more = {},
): Promise<EnrolledUser> {
  const { id } = await world.user(name, more);
  const phone = `1555${String(1_000_000 + ++phones)}`;
  const mail = `${name}@example.com`;
  const signIn = world.signIn();
  await signIn.start();
  await signIn.password(name);
  for (const factor of factors) {
    if (factor === 'ONLINE_TOTP') await world.settings('AuthenticationFactorSettings', { pushEnabled: false });
    const credentials = factor === 'SMS' ? { phoneNumber: phone } : factor === 'TOTP' ? { offlineTotp: true } : {};
    const authFactor = factor === 'ONLINE_TOTP' ? 'TOTP' : factor;
    const begun = await signIn.step({ op: 'enrollment', authFactor, credentials });
    if (begun.status !== 200) throw new Error(`${factor}: ${begun.status} ${begun.text}`);
    const online = begun.body.PUSH ?? (factor === 'ONLINE_TOTP' ? begun.body.TOTP : undefined);
    if (online !== undefined) await scan(world, online.qrCode.content);
    const done = await signIn.step({
      op: 'credSubmit',
      credentials: await proof(world, name, factor, { phone, mail }),
    });
    if (done.status !== 200) throw new Error(`${factor}: ${done.status} ${done.text}`);
    if (factor === 'ONLINE_TOTP') await world.settings('AuthenticationFactorSettings', { pushEnabled: true });
  }
  const ended = await signIn.step({ op: 'createToken' });
  if (ended.status !== 200) throw new Error(ended.text);
  // A code is good once.
  await world.advance(60);
  return {
    id,
    name,
    mail,
    phone,
    async bypassCode() {
      const token = (await world.exchange(ended)).body.access_token as string;
      const body = { schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:BypassCode'] };
      const made = await world.domain.send('POST', '/admin/v1/MyBypassCodes', { token, body });
      if (made.status !== 201) throw new Error(made.text);
      return String(made.body.code);
    },
  };
}

async function proof(
  world: AuthenticationWorld,
  name: string,
  factor: TestFactor,
  { phone, mail }: { readonly phone: string; readonly mail: string },
) {
  if (factor === 'SECURITY_QUESTIONS') return { questions: QUESTIONS.map((question) => ({ ...question })) };
  if (factor === 'PUSH' || factor === 'ONLINE_TOTP') return {};
  if (factor === 'TOTP') return { otpCode: await otp(world, name) };
  return { otpCode: await world.code(factor === 'SMS' ? phone : mail) };
}

const QUESTIONS = [
  { questionId: 'FavoriteFood', answer: 'Mexican', hint: 'Cinco' },
  { questionId: 'FirstPet', answer: 'dogTessy', hint: 'dog and name' },
  { questionId: 'FavoriteMovie', answer: 'When Harry Met Sally', hint: 'Meg Ryan and Billy Crystal' },
];

/** The passcode that the newest of the user's authenticator apps shows now. */
export async function otp(world: AuthenticationWorld, userName: string): Promise<string> {
  const { body, text } = await world.domain.send('GET', `/_emulator/totp?userName=${userName}`, { token: null });
  const code = body.codes?.at(-1)?.code;
  if (typeof code !== 'string') throw new Error(text);
  return code;
}

/** A phone scans the QR code of an online enrollment. */
export async function scan(world: AuthenticationWorld, content: string): Promise<void> {
  const requestId = /[?&]RequestId=([^&]+)/.exec(content)?.[1] ?? '';
  const path = `/_emulator/push/${requestId}`;
  const body = { action: 'scan', displayName: "Joe's iPhone" };
  const answer = await world.domain.send('POST', path, { token: null, body });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
}

/** The phone allows or refuses the push that waits. */
export async function phoneAnswers(
  world: AuthenticationWorld,
  userName: string,
  action: 'approve' | 'deny',
): Promise<void> {
  const { body } = await world.domain.send('GET', `/_emulator/push?userName=${userName}`, { token: null });
  const { requestId } = body.pushes.at(-1);
  const answer = await world.domain.send('POST', `/_emulator/push/${requestId}`, { token: null, body: { action } });
  if (answer.status !== 200) throw new Error(answer.text);
}
