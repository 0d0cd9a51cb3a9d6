import type { Draft } from '../resources/behaviour.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { singletonData } from '../resources/singleton.ts';
import { readUserSecret, writeUserSecret } from '../resources/user-secret.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
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
  const questions = questionsOf(draft.data).map(({ id }) => id);
  if (given.size === 0 && Object.keys(kept).every((id) => questions.includes(id))) return;
  if (given.size > 0) await checkAnswers(context, questions, given, draft.data);
  const answers: { [questionId: string]: string } = {};
  for (const id of questions) {
    const answer = given.get(id);
    if (answer !== undefined) answers[id] = await context.passwords.hash(answer);
    else if (kept[id] !== undefined) answers[id] = kept[id];
  }
  draft.secret = writeUserSecret({ ...secret, securityAnswers: answers });
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

/** Inferred from the names of the settings, and from AUTH-1020 of errors.tsv. */
async function checkAnswers(
  { store, domain }: RequestContext,
  questions: readonly string[],
  given: ReadonlyMap<string, string>,
  data: JsonObject,
): Promise<void> {
  const settings = await singletonData(store, domain, 'SecurityQuestionSettings');
  const [least, most, number] = ['minAnswerLength', 'maxFieldLength', 'numQuestionsToSetup'].map((name) =>
    Number(settings[name]),
  ) as [number, number, number];
  if (new Set(questions).size !== questions.length) throw badRequest(`${QUESTIONS} has a question twice.`);
  if (questions.length < number) {
    throw badRequest(`${QUESTIONS} must have ${number} questions; it has ${questions.length}.`);
  }
  for (const answer of given.values()) {
    if (answer.length >= least && answer.length <= most) continue;
    throw badRequest(`An answer of ${QUESTIONS} must have ${least} to ${most} characters.`);
  }
  if (new Set(given.values()).size < given.size) {
    throw badRequest(
      "You've already provided this answer for another security question. Please specify a different answer for this question.",
    );
  }
  if (questionsOf(data).some(({ hintText }) => hintText !== null && hintText.length > most)) {
    throw badRequest(`A hintText of ${QUESTIONS} must have at most ${most} characters.`);
  }
}
