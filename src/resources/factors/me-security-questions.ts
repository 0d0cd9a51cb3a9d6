import { answersMatch, answersNeeded, questionsOf } from '../../factors/security-answers.ts';
import { textOfQuestion } from '../../factors/security-questions.ts';
import { badRequest } from '../../scim/errors.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Behaviour } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { requiredText } from '../required-value.ts';
import { countAnswer } from './recovery-attempts.ts';

/*
 * Security questions of a user who can't sign in, by an application that helps: what is asked, and whether the answers are right.
 * Neither says whether there is such a user.
 */

/** Each costs a hash. */
const MOST_ANSWERS = 20;

/** MeSecurityQuestionsRetriever: as many of the user's questions as are to be answered. */
export const meSecurityQuestionsRetrieverBehaviour: Behaviour = {
  type: 'MeSecurityQuestionsRetriever',
  actions: {
    async create(context, draft) {
      const user = await byName(context, requiredText(draft, 'userName'));
      const questions = user === null ? [] : questionsOf(user.data).slice(0, await answersNeeded(context));
      const secquestions: JsonObject[] = [];
      for (const { id, hintText } of questions) {
        secquestions.push({
          questionId: id,
          ...(hintText === null ? {} : { hintText }),
          localizedQuestionText: await textOfQuestion(context, id, []),
        });
      }
      return { status: 201, locationKey: null, data: { secquestions }, bare: true };
    },
  },
};

/** MeSecurityQuestionAnswerValidator: whether answers are right. */
export const meSecurityQuestionAnswerValidatorBehaviour: Behaviour = {
  type: 'MeSecurityQuestionAnswerValidator',
  actions: {
    async create(context, draft) {
      const user = await byName(context, requiredText(draft, 'userName'));
      const sent = draft.transient.get('securityQuestions');
      const given = (Array.isArray(sent) ? sent : []).filter(isObject).map(({ questionId, securityAnswer }) => ({
        questionId: String(questionId),
        answer: String(securityAnswer ?? ''),
      }));
      const needed = await answersNeeded(context);
      const distinct = new Set(given.map(({ questionId }) => questionId)).size;
      if (distinct < needed || distinct < given.length || given.length > MOST_ANSWERS) {
        throw badRequest(`MeSecurityQuestionAnswerValidator.securityQuestions must have ${needed} answered questions.`);
      }
      const right = await answersMatch(context, user?.secret ?? null, given);
      if (user === null || !(await countAnswer(context, user.id, right))) {
        // IDCS: main-0304.
        throw badRequest(
          "Your answer didn't match. Please try again.",
          'error.identity.passwordmgmt.invalidSecurityQuestionAnswer',
        );
      }
      return { status: 201, locationKey: null, data: {}, bare: true };
    },
  },
};

async function byName(
  { store, domain }: RequestContext,
  userName: string,
): Promise<(StoredResource & { secret: JsonObject | null }) | null> {
  const user = await store.resources.readByName(domain.id, 'User', userName);
  return user === null || user.data['active'] === false ? null : user;
}
