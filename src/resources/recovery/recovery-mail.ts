import { notify } from '../../notifications/notify.ts';
import { passwordLink } from '../password-link.ts';
import type { RequestContext } from '../request-context.ts';
import { issueUserToken, type UserTokenContext } from '../user-token.ts';
import { evenly, NOWHERE, type Recovering } from './even-work.ts';
import { recoveryAddresses } from './recovering-user.ts';

/**
 * Mails a link to choose a new password. It takes as long when nobody is mailed.
 * @param user null: nobody has the name
 * @param wanted whether an address is the one that was asked for; default: the user's recovery address
 * @param external an application writes the mail itself, and finds the token among UserTokens
 * @returns false when nobody was meant
 */
export async function mailRecovery(
  context: UserTokenContext & Pick<RequestContext, 'baseUrl' | 'inbox'>,
  user: Recovering | null,
  { wanted = () => true, external = false }: { wanted?: (address: string) => boolean; external?: boolean } = {},
): Promise<boolean> {
  const address = user === null ? undefined : recoveryAddresses(user).find(wanted);
  const meant = address === undefined ? null : user;
  await evenly(context, meant, async (session, somebody) => {
    const to = address ?? NOWHERE;
    const token = await issueUserToken(context, somebody, 'passwordReset', { address: to, session });
    if (external) return;
    const link = passwordLink(context, token);
    const event = 'admin.me.password.reset.request.success';
    await notify(context, somebody, { event, link, linkExpires: token.expires, to }, session);
  });
  return meant !== null;
}

/** What the audit event says when nobody was mailed. @param userName as it was given */
export function nobodyMailed(userName: string): string {
  return `No user ${userName.slice(0, 255)} can be sent a mail to this address.`;
}
