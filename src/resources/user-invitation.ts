import { notify } from '../notifications/notify.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { ACTIVATE_PATH, accountLink, tokenReference } from './password-link.ts';
import type { RequestContext } from './request-context.ts';
import { primaryAddress } from './user-mail.ts';
import { issueUserToken } from './user-token.ts';

/** How a user is invited. */
export interface Invitation {
  readonly event: 'admin.user.create.success' | 'admin.user.initiate.activation.success';
  /** An application writes to the user itself (userFlowControlledByExternalClient). */
  readonly external: boolean;
  /** The user was made just now. */
  readonly first?: boolean;
}

/**
 * Invites a user to choose the first password: by a mail with a link, again as often as it is asked.
 * @returns the token by reference when an application writes the mail; else null
 */
export async function invite(
  context: RequestContext,
  user: Pick<StoredResource, 'id' | 'data'>,
  { event, external, first = false }: Invitation,
): Promise<JsonObject | null> {
  const address = primaryAddress(user.data);
  if (address === null && !external) return null;
  const token = await issueUserToken(context, user, 'activation', { first, ...(address === null ? {} : { address }) });
  if (external) return tokenReference(context, token);
  const link = accountLink(context, ACTIVATE_PATH, token);
  await notify(context, user, { event, link, linkExpires: token.expires });
  return null;
}
