import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { newBrowser } from '../support/browser.ts';
import type { Answer, TestDomain } from '../support/emulator.ts';
import { lastMail } from '../support/mailbox.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const EMAIL = 'lena@example.com';
const PASSWORDS = ['Leaky-Horse-4801', 'Leaky-Horse-4802', 'Leaky-Horse-4803', 'Leaky-Horse-4804'] as const;

/**
 * Every flow of an account that has a secret, right and wrong: activation, reset, change, recovery by mail, a new address, second
 * factors.
 * @param keep is told each secret, and returns it
 */
export async function accountFlows(
  domain: TestDomain,
  keep: (what: string, value: string | undefined) => string,
): Promise<void> {
  const { send } = domain;
  const call = async (method: 'POST' | 'PUT', path: string, body: JsonObject, token?: string): Promise<Answer> => {
    const [type = ''] = path.split('/', 1);
    const schemas = [IDCS + type.replace(/^My/, '').replace('Codes', 'Code')];
    const options = { body: { schemas, ...body }, ...(token === undefined ? {} : { token }) };
    return send(method, `/admin/v1/${path}`, options);
  };
  const good = async (answer: Promise<Answer>) => {
    const { status, text, body } = await answer;
    if (status >= 300) throw new Error(`${status} ${text}`);
    return body;
  };
  const patch = (path: string, operations: readonly JsonObject[], token = domain.token) =>
    good(send('PATCH', `/admin/v1/${path}`, { token, body: { schemas: [PATCH_OP], Operations: [...operations] } }));
  const replace = (path: string, value: JsonObject[string]) => ({ op: 'replace', path, value });
  /** The newest mail; its link, token and code are secrets. */
  const mail = async (event: string) => {
    const { link, token, code } = await lastMail(domain, EMAIL, event);
    if (token) keep(`the token of ${event}`, token);
    if (link && token) keep(`the query of ${event}`, new URL(link).search);
    if (code) keep(`the code of ${event}`, code);
    return { link, token, code };
  };
  const newest = () => lastMail(domain, EMAIL);
  for (const password of PASSWORDS) keep('a password of lena', password);
  const [first, second, third, fourth] = PASSWORDS;
  const client = await newClient(domain, 'leaky_cli');
  const signIn = (password: string) =>
    domain.tokenRequest({ grant_type: 'password', username: 'lena', password, scope: MY_SCOPES }, client);
  const browser = newBrowser(domain.url);

  // Activation by the page that the mail leads to, with a password that is too short first.
  const { id } = await domain.createUser('lena');
  const { link } = await mail('admin.user.create.success');
  const page = await browser.get(link);
  const short = keep('a short password', 'Sh0rt!x');
  await browser.submit(page, { password: short, confirmation: short });
  await browser.submit(page, { password: first, confirmation: first });
  await browser.get(link);

  // A reset by an administrator, and the change that it asks for.
  await good(call('PUT', `UserPasswordResetter/${id}`, {}));
  const { code = '' } = await mail('admin.user.password.reset.success');
  await signIn(code);
  const must = { mappingAttribute: 'userName', mappingAttributeValue: 'lena' };
  await good(call('POST', 'MePasswordMustChanger', { oldPassword: code, password: second, ...must }));
  await call('POST', 'PasswordAuthenticator', { mappingAttributeValue: 'lena', password: second });
  const basic = keep("lena's Basic credentials", Buffer.from(`lena:${second}`).toString('base64'));
  await good(call('POST', 'HTTPAuthenticator', { credType: 'authorization', creds: `Basic ${basic}` }));
  const { access_token: token } = await good(signIn(second));
  keep("lena's token", token);
  const wrong = keep('a wrong password of lena', 'Wrong-Horse-4810');
  await call('PUT', 'MePasswordChanger', { oldPassword: wrong, password: third }, token);
  await good(call('PUT', 'MePasswordChanger', { oldPassword: second, password: third }, token));

  // Forgotten, and recovered by mail.
  await good(call('POST', 'MePasswordResetRequestor', { userName: 'lena', notificationType: 'email' }));
  const asked = await mail('admin.me.password.reset.request.success');
  const proof = await good(
    call('POST', 'MePasswordRecoveryFactorValidator', { type: 'email', emailToken: asked.token }),
  );
  const resetToken = keep('the token for a new password', proof.token);
  await call('POST', 'MePasswordResetter', { token: `${resetToken}x`, password: fourth });
  await good(call('POST', 'MePasswordResetter', { token: resetToken, password: fourth }));
  await call('POST', 'MePasswordResetter', { token: resetToken, password: fourth });
  await call('POST', 'UserTokenValidator', { token: resetToken });

  // The address verified by its page.
  const { access_token: again } = await good(signIn(fourth));
  keep("lena's second token", again);
  await good(
    call('PUT', 'MeEmailVerifier', { email: EMAIL, triggerEmailVerificationFlowIfEmailAlreadyVerified: true }, again),
  );
  await browser.get((await mail('admin.me.email.verify.primary.success')).link);

  // A second factor, by a wrong code and the right one; a bypass code.
  await patch('AuthenticationFactorSettings/AuthenticationFactorSettings', [replace('emailEnabled', true)]);
  const enrolled = await good(
    call('POST', 'MyAuthenticationFactorEnroller', { user: { value: id }, authnFactors: ['EMAIL'] }, again),
  );
  const { deviceId, requestId } = enrolled;
  const factor = { deviceId, requestId, authFactor: 'EMAIL' };
  await good(call('POST', 'MyAuthenticationFactorInitiator', { ...factor, userName: 'lena' }, again));
  const sent = await newest();
  const otp = keep('the passcode', sent.code);
  const answer = { ...factor, scenario: 'ENROLLMENT' };
  await call('POST', 'MyAuthenticationFactorValidator', { ...answer, otpCode: `${otp}1` }, again);
  await good(call('POST', 'MyAuthenticationFactorValidator', { ...answer, otpCode: otp }, again));
  const bypass = await good(call('POST', 'BypassCodes', { user: { value: id } }));
  keep('the bypass code', bypass.code);
}
