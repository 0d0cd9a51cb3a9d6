import { ScimError } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import { type ApplicablePolicy, applicablePasswordPolicy } from './applicable-password-policy.ts';
import { violations } from './password-rules.ts';
import type { RequestContext } from './request-context.ts';
import { readUserSecret, writeUserSecret } from './user-secret.ts';

/** What setting a password needs of a request. */
export type PasswordContext = Pick<RequestContext, 'domain' | 'store' | 'clock' | 'passwords'>;

/** The user as it stands, or as it will be written. */
export interface PasswordUser {
  readonly id: string;
  readonly data: JsonObject;
  readonly secret: JsonObject | null;
}

export interface PasswordOptions {
  /** The next sign-in must choose another one (rulings: mustChange). */
  readonly mustChange: boolean;
  /** Whether the policy's rules count. Seeds may store what a policy would refuse. */
  readonly checkPolicy: boolean;
  /** Whether the last passwords count; default: with the policy. */
  readonly checkHistory?: boolean;
}

/**
 * Makes the secret state of a user with a new password. Nothing is written; the caller stores it with the user. Costs one
 * argon2 hash, and one more for each remembered password: never call it inside a transaction.
 *
 * @returns the new value of the row's secret: password and history as PHC strings, setAt in milliseconds, mustChange, and
 * the count of wrong attempts back at 0; everything else is kept
 * @throws ScimError 400 `pwdpolicyViolation` naming every rule that is not met
 */
export async function setPassword(
  context: PasswordContext,
  user: PasswordUser,
  password: string,
  options: PasswordOptions,
): Promise<JsonObject> {
  const policy = await applicablePasswordPolicy(context.store, context.domain, user.id);
  const secret = readUserSecret(user.secret);
  const found = options.checkPolicy ? violations(policy.data, password, user.data) : [];
  const remembered = rememberedPasswords(policy);
  if (found.length === 0 && (options.checkHistory ?? options.checkPolicy)) {
    // Only now: comparing with the remembered ones is the dear part.
    if (await isAmong(context, secret.history.slice(0, remembered), password)) found.push(historyRule(remembered));
  }
  if (found.length > 0) throw policyViolation(found);
  const hash = await context.passwords.hash(password);
  return writeUserSecret({
    ...secret,
    password: hash,
    history: [hash, ...secret.history].slice(0, remembered),
    setAt: context.clock.now(),
    mustChange: options.mustChange,
    loginAttempts: 0,
  });
}

/** 400 with all rules that a password breaks. IDCS: CNC Console guide 3.6 prints the form. */
export class PasswordPolicyViolation extends ScimError {
  /** A sentence for each rule. */
  readonly violations: readonly string[];

  constructor(violations: readonly string[]) {
    super(400, `The password does not meet the criteria of the password policy because: [${violations.join(', ')}]`, {
      messageId: 'error.identity.passwordmgmt.pwdpolicyViolation',
    });
    this.violations = violations;
  }
}

/** The error of these rules. */
export function policyViolation(found: readonly string[]): PasswordPolicyViolation {
  return new PasswordPolicyViolation(found);
}

/** How many passwords a policy remembers, the current one included; 0: none. */
function rememberedPasswords(policy: ApplicablePolicy): number {
  const number = policy.data['numPasswordsInHistory'];
  return typeof number === 'number' ? Math.max(0, number) : 0;
}

function historyRule(remembered: number): string {
  return `The password can't be one of the last ${remembered} passwords.`;
}

async function isAmong(context: PasswordContext, hashes: readonly string[], password: string): Promise<boolean> {
  const matches = await Promise.all(hashes.map((hash) => context.passwords.verify(hash, password)));
  return matches.includes(true);
}
