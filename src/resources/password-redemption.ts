import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import { withVerified } from './account-activation.ts';
import { type PasswordReplacementContext, replacePassword, type UserRow } from './password-replacement.ts';
import { checkHasPassword } from './passwordless-user.ts';
import { userAuthor } from './user-author.ts';
import { endPasswordTokens, invalidToken, PASSWORD_TOKENS, type UserTokenType, useUserToken } from './user-token.ts';

/** IDCS: flows.md G6 has `admin.user.activated`; that it is also that of an invited user's first password is inferred. */
const activated = () => ({ eventId: 'admin.user.activated.success', type: resourceType('User') });

/**
 * Gives the user whose token it is a new password, for the token: it is good for that once, and the user's other ones end with it.
 * The address that a token was mailed to is proved by it.
 *
 * @param author value of idcsLastModifiedBy; null: the user
 * @param purposes what the token may be for
 * @throws PasswordPolicyViolation, and the token stays good
 * @throws ScimError 400 for a token that is good no more, and for a user who may not have a password
 */
export async function redeemForPassword(
  context: PasswordReplacementContext,
  token: string,
  password: string,
  author: JsonObject | null,
  purposes: readonly UserTokenType[] = PASSWORD_TOKENS,
): Promise<UserRow> {
  const { store, domain } = context;
  return await useUserToken(context, token, purposes, async ({ userId, address, tokenType }) => {
    const user = await store.resources.read(domain.id, 'User', userId);
    if (user === null) throw invalidToken();
    const { event } = context;
    if (event !== undefined && tokenType === 'activation') Object.assign(event, activated());
    const changed = await replacePassword(context, userId, password, {
      author: author ?? userAuthor(user),
      // Who activates an account has chosen no new password, but the first one.
      ...(tokenType === 'passwordReset' ? { tells: 'admin.me.password.reset.success' } : {}),
      alter: (data) => (address === undefined ? data : withVerified(data, address)),
      async check({ data }) {
        checkHasPassword(data);
        if (data['active'] !== true)
          throw badRequest('Your account is deactivated. Contact your system administrator.');
      },
    });
    await store.transaction((session) => endPasswordTokens(session, domain.id, userId));
    return changed;
  });
}
