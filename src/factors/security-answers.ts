import type { Draft } from '../resources/behaviour.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { singletonData } from '../resources/singleton.ts';
import { readUserSecret, writeUserSecret } from '../resources/user-secret.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { FactorError } from './factor-error.ts';
import { partOf } from './factor-settings.ts';
import { SECURITY_QUESTIONS_URN } from './mfa-state.ts';

/*
 * Answers of users to security questions: sent once with the questions, kept hashed like passwords, since they are as easily guessed.
 */

const QUESTIONS = `${SECURITY_QUESTIONS_URN}:secQuestions`;

/** An answer that is held against the one that is kept. */
export interface GivenAnswer {
  readonly questionId: string;
  readonly answer: string;
}

/** A question that a user has set up. */
export interface SetUpQuestion {
  readonly id: string;
  readonly hintText: string | null;
}

/** A user's questions. */
export function questionsOf(data: JsonObject): readonly SetUpQuestion[] {
  const questions = partOf(data, SECURITY_QUESTIONS_URN)['secQuestions'];
  return (Array.isArray(questions) ? questions : []).filter(isObject).map(({ value, hintText }) => ({
    id: String(value),
    hintText: typeof hintText === 'string' ? hintText : null,
  }));
}

/**
 * Takes the answers of a create, PUT or PATCH of a user into `draft.secret`, and forgets those whose question is gone.
 * @param before the secret column as it stands
 * @throws ScimError 400 for answers that SecurityQuestionSettings don't allow
 */
export async function keepSecurityAnswers(
  context: RequestContext,
  draft: Draft,
  before: JsonObject | null,
): Promise<void> {
  const secret = readUserSecret(draft.secret ?? before);
  const kept = secret.securityAnswers;
  const sent = draft.transient.get(QUESTIONS);
  const given = answersIn(sent);
  const questions = questionsOf(draft.data);
  const ids = questions.map(({ id }) => id);
  if (given.size === 0 && Object.keys(kept).every((id) => ids.includes(id))) return;
  if (given.size > 0) await checkAnswers(context, questions, given);
  draft.secret = writeUserSecret({ ...secret, securityAnswers: await hashed(context, ids, given, kept) });
}

/** Whether all of the answers are right, and there is at least one. The same question twice is one answer. */
export async function answersMatch(
  { passwords }: Pick<RequestContext, 'passwords'>,
  secret: JsonObject | null,
  given: readonly GivenAnswer[],
): Promise<boolean> {
  const { securityAnswers } = readUserSecret(secret);
  let right = given.length > 0;
  for (const { questionId, answer } of given) {
    const hash = Object.hasOwn(securityAnswers, questionId) ? securityAnswers[questionId]! : null;
    if (!(await passwords.verify(hash, answer))) right = false;
  }
  return right;
}

/** How many questions a user has to answer. */
export async function answersNeeded({ store, domain }: Pick<RequestContext, 'store' | 'domain'>): Promise<number> {
  return Number((await singletonData(store, domain, 'SecurityQuestionSettings'))['numQuestionsToAns'] ?? 1);
}

function answersIn(sent: unknown): Map<string, string> {
  const answers = new Map<string, string>();
  for (const element of Array.isArray(sent) ? sent : []) {
    if (!isObject(element)) continue;
    const { value, answer } = element;
    if (typeof value === 'string' && typeof answer === 'string') answers.set(value, answer);
  }
  return answers;
}

/**
 * Checks what somebody wants to set up. Inferred from the names of the settings, and from AUTH-1020 to AUTH-1042 of errors.tsv.
 * @throws FactorError
 */
export async function checkAnswers(
  { store, domain }: Pick<RequestContext, 'store' | 'domain'>,
  questions: readonly SetUpQuestion[],
  given: ReadonlyMap<string, string>,
): Promise<void> {
  const settings = await singletonData(store, domain, 'SecurityQuestionSettings');
  const [least, most, number] = ['minAnswerLength', 'maxFieldLength', 'numQuestionsToSetup'].map((name) =>
    Number(settings[name]),
  ) as [number, number, number];
  if (new Set(questions.map(({ id }) => id)).size !== questions.length) {
    throw new FactorError('AUTH-1024', 'You can select a security question only once.', {
      detail: `${QUESTIONS} has a question twice.`,
    });
  }
  if (questions.length < number) {
    throw new FactorError(
      'AUTH-1022',
      `You must set up ${number} security questions to use the Security Questions feature.`,
      {
        detail: `${QUESTIONS} must have ${number} questions; it has ${questions.length}.`,
      },
    );
  }
  for (const [id, answer] of given) {
    if (answer.length >= least && answer.length <= most) continue;
    const detail = `An answer of ${QUESTIONS} must have ${least} to ${most} characters.`;
    throw answer.length < least
      ? new FactorError(
          'AUTH-1021',
          `The answer to the "${id}" security question must have at least ${least} characters.`,
          { detail },
        )
      : new FactorError('AUTH-1041', `Your answer to the "${id}" security question can't exceed ${most} characters.`, {
          detail,
        });
  }
  if (new Set(given.values()).size < given.size) {
    throw new FactorError(
      'AUTH-1020',
      "You've already provided this answer for another security question. Please specify a different answer for this question.",
    );
  }
  for (const { id, hintText } of questions) {
    if (hintText === null) continue;
    if (hintText.length > most) {
      throw new FactorError(
        'AUTH-1042',
        `Your hint to the "${id}" security question can't exceed ${most} characters.`,
        {
          detail: `A hintText of ${QUESTIONS} must have at most ${most} characters.`,
        },
      );
    }
    if (given.get(id) === hintText) {
      throw new FactorError('AUTH-1023', "The hint can't be the same as the answer of a security question.");
    }
  }
}

/** PHC strings of the answers that were given, and of those that are kept. */
export async function hashed(
  { passwords }: Pick<RequestContext, 'passwords'>,
  ids: readonly string[],
  given: ReadonlyMap<string, string>,
  kept: { readonly [questionId: string]: string },
): Promise<{ readonly [questionId: string]: string }> {
  const answers: { [questionId: string]: string } = {};
  for (const id of ids) {
    const answer = given.get(id);
    if (answer !== undefined) answers[id] = await passwords.hash(answer);
    else if (kept[id] !== undefined) answers[id] = kept[id];
  }
  return answers;
}
