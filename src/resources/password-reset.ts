import { notify } from '../notifications/notify.ts';
import { applicablePasswordPolicy } from './applicable-password-policy.ts';
import { generatePassword } from './password-generator.ts';
import { passwordLink } from './password-link.ts';
import { replacePassword, type UserRow } from './password-replacement.ts';
import { checkHasPassword } from './passwordless-user.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';
import { refuseStrongerUser } from './stronger-principals.ts';
import { issueUserToken } from './user-token.ts';

/** A reset that was carried out: the old password is good no more. */
export interface PasswordReset {
  readonly user: UserRow;
  readonly password: string;
}

/**
 * Gives a user a random password, to be changed at the first sign-in (rulings: mustChange).
 * @param key id or OCID
 * @throws ScimError 404; 401 for a stronger user; 400 for a user without a password of the domain's
 */
export async function resetPassword(context: RequestContext, key: string): Promise<PasswordReset> {
  const { store, domain, ids } = context;
  let password = '';
  const user = await replacePassword(
    context,
    key,
    async (row) => {
      const { data: policy } = await applicablePasswordPolicy(store, domain, row.id);
      password = generatePassword(ids, policy, row.data);
      return password;
    },
    {
      author: authorOf(context),
      mustChange: true,
      async check(row) {
        await refuseStrongerUser(context, row.id);
        checkHasPassword(row.data);
      },
    },
  );
  return { user, password };
}

/** Tells a user of a reset: the random password, and a link to choose another without it. */
export async function mailReset(context: RequestContext, { user, password }: PasswordReset): Promise<void> {
  const token = await issueUserToken(context, user, 'passwordReset');
  const link = passwordLink(context, token);
  const event = 'admin.user.password.reset.success';
  await notify(context, user, { event, code: password, link, linkExpires: token.expires });
}
