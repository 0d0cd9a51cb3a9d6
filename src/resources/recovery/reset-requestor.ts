import type { JsonObject } from '../../scim/json.ts';
import type { Behaviour } from '../behaviour.ts';
import { askedQuestions } from '../factors/me-security-questions.ts';
import type { RequestContext } from '../request-context.ts';
import { required, requiredText } from '../required-value.ts';
import { checkAddress } from '../user-contacts.ts';
import { maskedRecoveryAddress, recoveringUser, requireWay } from './recovering-user.ts';
import { sendRecoveryCode } from './recovery-code.ts';
import { mailRecovery, nobodyMailed } from './recovery-mail.ts';

const TYPE = 'MePasswordResetRequestor';

/**
 * MePasswordResetRequestor: sends the link or code, or asks the questions, by which a user gets a new password (flows.md C5). The
 * mail address is given as MePasswordRecoveryOptionRetriever shows it, or in full. The answer is the same for names that nobody has.
 * Inferred: the mail leads to this domain's own page whatever notificationRedirectUrl says: anybody may ask for it.
 */
export const mePasswordResetRequestorBehaviour: Behaviour = {
  type: TYPE,
  actions: {
    async create(context, draft) {
      const userName = requiredText(draft, 'userName');
      const way = await requireWay(context, `${TYPE}.notificationType`, required(draft, 'notificationType'));
      const user = await recoveringUser(context, userName);
      if (context.event !== undefined && user !== null) context.event.about = user;
      const answer: JsonObject = { ...draft.data };
      if (way === 'email') {
        const asked = draft.data['notificationEmailAddress'];
        if (typeof asked === 'string' && !asked.startsWith('****@')) checkAddress(asked);
        const wanted = (address: string) =>
          typeof asked !== 'string' ||
          [address, maskedRecoveryAddress(address)].some((each) => each.toLowerCase() === asked.toLowerCase());
        const external = draft.data['userFlowControlledByExternalClient'] === true;
        const meant = await mailRecovery(context, user, { wanted, external });
        if (!meant) refused(context, nobodyMailed(userName));
      } else if (way === 'sms') {
        const { meant, request } = await sendRecoveryCode(context, user);
        Object.assign(answer, request);
        if (!meant) refused(context, `No user ${userName.slice(0, 255)} can be sent a code.`);
      } else {
        answer['secquestions'] = await askedQuestions(context, user);
        if (user === null) refused(context, `No user ${userName.slice(0, 255)} can be asked questions.`);
      }
      return { status: 201, locationKey: null, data: answer };
    },
  },
};

/** What the answer does not tell, administrators read. */
function refused({ event }: RequestContext, why: string): void {
  if (event !== undefined) event.refused = why;
}
