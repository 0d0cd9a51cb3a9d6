import { notify } from '../notifications/notify.ts';
import { holdsRight } from '../schemas/permissions.ts';
import { notFound, ScimError } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { ActionResult, Behaviour, Draft } from './behaviour.ts';
import { checkVerifiable, kindOfAddress } from './email-verification.ts';
import { accountLink, tokenReference, VERIFY_EMAIL_PATH } from './password-link.ts';
import type { RequestContext } from './request-context.ts';
import { requiredText } from './required-value.ts';
import { aboutUser } from './user-change.ts';
import { checkAddress } from './user-contacts.ts';
import { issueUserToken } from './user-token.ts';

const EXTERNAL = 'userFlowControlledByExternalClient';
const AGAIN = 'triggerEmailVerificationFlowIfEmailAlreadyVerified';

/**
 * MeEmailVerifier: sends a link by which a user confirms an address; with userFlowControlledByExternalClient, the application gets the
 * token by reference and writes the mail itself (flows.md C2). Users ask for themselves; an application names one in `id`.
 */
export const meEmailVerifierBehaviour: Behaviour = {
  type: 'MeEmailVerifier',
  actions: { namesUser: true, put: verify },
};

async function verify(context: RequestContext, key: string, draft: Draft): Promise<ActionResult> {
  const email = requiredText(draft, 'email');
  checkAddress(email);
  const user = await context.store.resources.read(context.domain.id, 'User', key);
  if (user === null) throw notFound('User', key);
  refuseOthers(context, user.id);
  checkVerifiable(user, email, draft.data[AGAIN] === true || draft.transient.get(AGAIN) === true);
  const external = draft.transient.get(EXTERNAL) === true;
  const token = await issueUserToken(context, user, 'email', { address: email });
  // IDCS: flows.md C2: the answer repeats the request.
  const echo: JsonObject = { email };
  for (const name of [EXTERNAL, AGAIN]) {
    const value = draft.data[name] ?? draft.transient.get(name);
    if (value !== undefined) echo[name] = value;
  }
  if (external) return aboutUser(key, user, { ...echo, ...tokenReference(context, token) });
  const link = accountLink(context, VERIFY_EMAIL_PATH, token);
  const event = `admin.me.email.verify.${kindOfAddress(user.data, email)}.success` as const;
  await notify(context, user, { event, link, linkExpires: token.expires, to: email });
  return aboutUser(key, user, echo);
}

function refuseOthers({ caller }: RequestContext, userId: string): void {
  if (caller.type !== 'User' || caller.id === userId || holdsRight(caller.roles, 'Users', 'patch')) return;
  throw new ScimError(401, 'Operation failed due to unauthorized access. Users verify their own addresses only.', {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}
