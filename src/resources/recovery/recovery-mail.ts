import { notify } from '../../notifications/notify.ts';
import type { StoredResource } from '../../store/store.ts';
import { passwordLink } from '../password-link.ts';
import type { RequestContext } from '../request-context.ts';
import { issueUserToken, type UserTokenContext } from '../user-token.ts';
import { recoveryAddresses } from './recovering-user.ts';

/**
 * Mails a link to choose a new password.
 * @param wanted whether an address is the one that was asked for; default: the user's recovery address
 * @param external an application writes the mail itself, and finds the token among UserTokens
 */
export async function mailRecovery(
  context: UserTokenContext & Pick<RequestContext, 'baseUrl' | 'inbox'>,
  user: Pick<StoredResource, 'id' | 'data'>,
  { wanted = () => true, external = false }: { wanted?: (address: string) => boolean; external?: boolean } = {},
): Promise<void> {
  const address = recoveryAddresses(user).find(wanted);
  if (address === undefined) return;
  const token = await issueUserToken(context, user, 'passwordReset', { address });
  if (external) return;
  await notify(context, user, {
    event: 'admin.me.password.reset.request.success',
    link: passwordLink(context, token),
    linkExpires: token.expires,
    to: address,
  });
}
