import { notify } from '../notifications/notify.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { accountLink, tokenReference, VERIFY_EMAIL_PATH } from './password-link.ts';
import type { RequestContext } from './request-context.ts';
import { primaryAddress } from './user-mail.ts';
import { issueUserToken } from './user-token.ts';

/**
 * Asks who registered to confirm the address; again as often as it is asked.
 *
 * @param how `lifetime`: how long the link is good, in milliseconds; `external`: an application writes the mail itself
 * @returns the token by reference when an application writes the mail; else null
 */
export async function askForConfirmation(
  context: RequestContext,
  user: Pick<StoredResource, 'id' | 'data'>,
  { lifetime, external = false }: { readonly lifetime?: number; readonly external?: boolean } = {},
): Promise<JsonObject | null> {
  const address = primaryAddress(user.data);
  if (address === null) return null;
  const subject = { address, ...(lifetime === undefined ? {} : { lifetime }) };
  const token = await issueUserToken(context, user, 'email', subject);
  if (external) return tokenReference(context, token);
  const link = accountLink(context, VERIFY_EMAIL_PATH, token);
  await notify(context, user, { event: 'admin.me.register.success', link, linkExpires: token.expires, to: address });
  return null;
}
