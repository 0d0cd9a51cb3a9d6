import type { JsonObject } from '../scim/json.ts';
import type { IssuedUserToken } from './user-token.ts';

/*
 * Where mailed links lead. Inferred: the real paths are not documented.
 */

/** The page on which a user chooses another password. */
export const RESET_PASSWORD_PATH = '/ui/v1/resetpwd';
/** The page on which an invited user chooses the first one. */
export const ACTIVATE_PATH = '/ui/v1/activate';
/** The page that confirms a mail address. */
export const VERIFY_EMAIL_PATH = '/ui/v1/verifyemail';

type Based = { readonly baseUrl: string };

/** The address of a page for the holder of a token. */
export function accountLink({ baseUrl }: Based, path: string, { token }: Pick<IssuedUserToken, 'token'>): string {
  return `${baseUrl}${path}?token=${encodeURIComponent(token)}`;
}

/** The address of the page on which the holder of a token chooses another password. */
export function passwordLink(based: Based, token: Pick<IssuedUserToken, 'token'>): string {
  return accountLink(based, RESET_PASSWORD_PATH, token);
}

/**
 * What an action answers to an application that writes to the user itself (userFlowControlledByExternalClient): the token by
 * reference (flows.md C2).
 */
export function tokenReference({ baseUrl }: Based, { id }: IssuedUserToken): JsonObject {
  return { userToken: { value: id, $ref: `${baseUrl}/admin/v1/UserTokens/${id}` } };
}
