import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import { type PasswordReplacementContext, replacePassword, type UserRow } from './password-replacement.ts';
import { checkHasPassword } from './passwordless-user.ts';
import { useUserToken } from './user-token.ts';

/**
 * Gives the user whose token it is a new password, for the token: it is good for that once.
 *
 * @param author value of idcsLastModifiedBy; null: the user
 * @throws PasswordPolicyViolation, and the token stays good
 * @throws ScimError 400 for a token that is good no more, and for a user who may not have a password
 */
export function redeemForPassword(
  context: PasswordReplacementContext,
  token: string,
  password: string,
  author: JsonObject | null,
): Promise<UserRow> {
  return useUserToken(context, token, async ({ userId, tokenType }) => {
    const user = await context.store.resources.read(context.domain.id, 'User', userId);
    const self: JsonObject = {
      type: 'User',
      value: userId,
      display: user?.data['displayName'] ?? user?.data['userName'] ?? userId,
      ...(user?.ocid ? { ocid: user.ocid } : {}),
    };
    return replacePassword(context, userId, password, {
      author: author ?? self,
      // Who activates an account has chosen no new password, but the first one.
      ...(tokenType === 'passwordReset' ? { tells: 'admin.me.password.reset.success' } : {}),
      async check({ data }) {
        checkHasPassword(data);
        if (data['active'] !== true)
          throw badRequest('Your account is deactivated. Contact your system administrator.');
      },
    });
  });
}
