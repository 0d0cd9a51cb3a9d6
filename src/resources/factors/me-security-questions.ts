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
      const secquestions = await askedQuestions(context, user);
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
      await requireAnswers(
        context,
        'MeSecurityQuestionAnswerValidator',
        user,
        draft.transient.get('securityQuestions'),
      );
      return { status: 201, locationKey: null, data: {}, bare: true };
    },
  },
};

/** The questions that a user is asked, as many as are to be answered; none of nobody. */
export async function askedQuestions(
  context: RequestContext,
  user: Pick<StoredResource, 'data'> | null,
): Promise<JsonObject[]> {
  const questions = user === null ? [] : questionsOf(user.data).slice(0, await answersNeeded(context));
  const asked: JsonObject[] = [];
  for (const { id, hintText } of questions) {
    asked.push({
      questionId: id,
      ...(hintText === null ? {} : { hintText }),
      localizedQuestionText: await textOfQuestion(context, id, []),
    });
  }
  return asked;
}

/**
 * Checks answers to security questions, and counts wrong ones.
 * @param typeName of the action, for messages
 * @param user null: nobody has the name; answered as a wrong answer
 * @throws ScimError 400 `invalidSecurityQuestionAnswer`, and for too few or repeated answers
 */
export async function requireAnswers(
  context: RequestContext,
  typeName: string,
  user: (StoredResource & { secret: JsonObject | null }) | null,
  sent: unknown,
): Promise<void> {
  const given = (Array.isArray(sent) ? sent : []).filter(isObject).map(({ questionId, securityAnswer }) => ({
    questionId: String(questionId),
    answer: String(securityAnswer ?? ''),
  }));
  const needed = await answersNeeded(context);
  const distinct = new Set(given.map(({ questionId }) => questionId)).size;
  if (distinct < needed || distinct < given.length || given.length > MOST_ANSWERS) {
    throw badRequest(`${typeName}.securityQuestions must have ${needed} answered questions.`);
  }
  const right = await answersMatch(context, user?.secret ?? null, given);
  if (user !== null && (await countAnswer(context, user.id, right))) return;
  // IDCS: main-0304.
  throw badRequest(
    "Your answer didn't match. Please try again.",
    'error.identity.passwordmgmt.invalidSecurityQuestionAnswer',
  );
}

async function byName(
  { store, domain }: RequestContext,
  userName: string,
): Promise<(StoredResource & { secret: JsonObject | null }) | null> {
  const user = await store.resources.readByName(domain.id, 'User', userName);
  return user === null || user.data['active'] === false ? null : user;
}
