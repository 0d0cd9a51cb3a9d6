import type { StoredResource } from '../../store/store.ts';
import type { Behaviour, Draft } from '../behaviour.ts';
import { requireAnswers } from '../factors/me-security-questions.ts';
import type { RequestContext } from '../request-context.ts';
import { required, requiredText } from '../required-value.ts';
import { invalidToken, issueUserToken, useUserToken } from '../user-token.ts';
import { type RecoveryWay, recoveringUser, requireWay } from './recovering-user.ts';
import { requireRecoveryCode } from './recovery-code.ts';

const TYPE = 'MePasswordRecoveryFactorValidator';

/**
 * MePasswordRecoveryFactorValidator: takes the token of the mail, the code or the answers, and gives the token for which
 * MePasswordResetter takes a new password (flows.md C5).
 */
export const mePasswordRecoveryFactorValidatorBehaviour: Behaviour = {
  type: TYPE,
  actions: {
    async create(context, draft) {
      const way = await requireWay(context, `${TYPE}.type`, required(draft, 'type'));
      const token = way === 'email' ? await exchange(context, draft) : await afterProof(context, draft, way);
      return { status: 201, locationKey: null, data: { ...draft.data, token } };
    },
  },
};

/** The mailed token for another: the first one may have been seen on its way. */
async function exchange(context: RequestContext, draft: Draft): Promise<string> {
  return await useUserToken(context, requiredText(draft, 'emailToken'), ['passwordReset'], async (found) => {
    const user = await context.store.resources.read(context.domain.id, 'User', found.userId);
    const named = draft.data['userName'];
    if (user !== null) tellWhom(context, user);
    if (user === null || (named !== undefined && !isName(user, named))) throw invalidToken();
    return await newToken(context, user, found.address);
  });
}

async function afterProof(context: RequestContext, draft: Draft, way: Exclude<RecoveryWay, 'email'>): Promise<string> {
  const user = await recoveringUser(context, requiredText(draft, 'userName'));
  if (user !== null) tellWhom(context, user);
  if (way === 'sms') {
    const [deviceId, requestId] = [requiredText(draft, 'deviceId'), requiredText(draft, 'requestId')];
    await requireRecoveryCode(context, user, { deviceId, requestId }, requiredText(draft, 'otpCode'));
  } else {
    await requireAnswers(context, TYPE, user, draft.transient.get('securityQuestions'));
  }
  // Nobody has proved anything for nobody.
  return await newToken(context, user!);
}

/** Whom the audit event is about. */
function tellWhom({ event }: RequestContext, user: StoredResource): void {
  if (event !== undefined) event.about = user;
}

async function newToken(context: RequestContext, user: StoredResource, address?: string): Promise<string> {
  const about = address === undefined ? {} : { address };
  return (await issueUserToken(context, user, 'passwordReset', about)).token;
}

function isName({ data }: StoredResource, name: unknown): boolean {
  return String(data['userName']).toLowerCase() === String(name).toLowerCase();
}
