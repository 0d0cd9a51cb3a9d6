import type { JsonObject } from '../scim/json.ts';
import type { IssuedUserToken } from './user-token.ts';

/** Where a mailed link leads: the page on which a user chooses a password. Inferred: the real path is not documented. */
export const RESET_PASSWORD_PATH = '/ui/v1/resetpwd';

/** The address of that page for the holder of a token. */
export function passwordLink({ baseUrl }: { readonly baseUrl: string }, { token }: IssuedUserToken): string {
  return `${baseUrl}${RESET_PASSWORD_PATH}?token=${encodeURIComponent(token)}`;
}

/**
 * What an action answers to an application that writes to the user itself (userFlowControlledByExternalClient): the token by
 * reference (flows.md C2).
 */
export function tokenReference({ baseUrl }: { readonly baseUrl: string }, { id }: IssuedUserToken): JsonObject {
  return { userToken: { value: id, $ref: `${baseUrl}/admin/v1/UserTokens/${id}` } };
}
