import { badRequest, ScimError } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { applicablePasswordPolicy } from './applicable-password-policy.ts';
import { checkPassword } from './password-check.ts';
import { replacePassword, type UserRow } from './password-replacement.ts';
import { policyViolation } from './password-setting.ts';
import type { RequestContext } from './request-context.ts';
import { readUserSecret, type UserSecret } from './user-secret.ts';

/*
 * What users do with their own password, and prove by it. Wrong ones count as tries to sign in: this is no way around the lock.
 */

const DAY = 24 * 60 * 60_000;

/** Old and new password of a user, and who asks. */
export interface OwnPasswordChange {
  readonly oldPassword: string;
  readonly password: string;
  /** Value of idcsLastModifiedBy. */
  readonly author: JsonObject;
}

/**
 * Checks what a user says is the present password.
 *
 * @param user null: nobody has the name that was given; answers as for a wrong password, after as long a time
 * @throws ScimError 400 `invalidCurrentPassword`; 401 for a locked or inactive user
 */
export async function requireCurrentPassword(
  context: RequestContext,
  user: StoredResource | null,
  password: string,
): Promise<StoredResource> {
  // A name with NUL is nobody's: the hash is computed all the same.
  const userName = user === null ? '\u0001' : String(user.data['userName']);
  const check = await checkPassword(context, userName, password, { signsIn: false });
  if (check.ok) return check.user;
  if (check.reason === 'expired' || check.reason === 'mustChange') return check.user!;
  if (check.reason === 'locked' || check.reason === 'inactive') {
    throw new ScimError(
      401,
      `Your account is ${check.reason === 'locked' ? 'locked' : 'deactivated'}. Contact your system administrator.`,
      { messageId: 'error.common.exception.unauthorizedAccess' },
    );
  }
  throw wrongPassword();
}

/**
 * Gives a user the new password in exchange for the old one; mustChange ends (rulings).
 *
 * @throws ScimError 400 `invalidCurrentPassword`, `pwdpolicyViolation`; 401 for a locked or inactive user
 */
export async function changeOwnPassword(
  context: RequestContext,
  user: StoredResource | null,
  { oldPassword, password, author }: OwnPasswordChange,
): Promise<UserRow> {
  const { id } = await requireCurrentPassword(context, user, oldPassword);
  const row = await context.store.resources.readWithSecret(context.domain.id, 'User', id);
  if (row === null) throw wrongPassword();
  const { password: checked } = readUserSecret(row.secret);
  return replacePassword(context, id, password, {
    author,
    tells: 'admin.me.password.change.success',
    async check(now) {
      const secret = readUserSecret(now.secret);
      // Changed since it was checked: whoever did so has the last word.
      if (secret.password !== checked) throw wrongPassword();
      await refuseChange(context, now, secret);
    },
  });
}

/** @throws ScimError 400 when the user may not change the password now */
export async function refuseChange(context: RequestContext, user: UserRow, secret: UserSecret): Promise<void> {
  if (secret.cantChange) throw badRequest('Only an administrator can change this password.');
  if (secret.mustChange || secret.setAt === null) return;
  const { data } = await applicablePasswordPolicy(context.store, context.domain, user.id);
  const days = data['minPasswordAge'];
  // The wording follows the policy's other sentences.
  if (typeof days === 'number' && secret.setAt + days * DAY > context.clock.now()) {
    throw policyViolation([
      `The password can't be changed again before ${days} ${days === 1 ? 'day' : 'days'} have passed.`,
    ]);
  }
}

/** IDCS: errors.tsv, without its text. */
function wrongPassword(): ScimError {
  return badRequest('The current password is incorrect.', 'error.identity.passwordmgmt.invalidCurrentPassword');
}
