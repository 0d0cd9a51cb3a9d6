import { newId } from '../ids.ts';
import { authorOf } from '../resources/pipeline/author.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { readUserSecret, writeUserSecret } from '../resources/user-secret.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { FactorError, questionRefused } from './factor-error.ts';
import { partOf } from './factor-settings.ts';
import { SECURITY_QUESTIONS_URN, settleMfa } from './mfa-state.ts';
import { checkAnswers, hashed, questionsOf, type SetUpQuestion } from './security-answers.ts';

/*
 * Security questions: those that there are, and a user's choice of them. security-answers.ts keeps the answers.
 */

/** A question with its text in one language. */
export interface LocalizedQuestion {
  readonly id: string;
  readonly text: string;
}

/**
 * The questions that users can choose from, in the order in which they ship.
 * @param languages the wished languages, the best first; without one of them a question has its default text
 */
export async function offeredQuestions(
  { store, domain }: Pick<RequestContext, 'store' | 'domain'>,
  languages: readonly string[] = [],
): Promise<readonly LocalizedQuestion[]> {
  const query = { type: resourceType('SecurityQuestion'), filter: null, sortBy: null, descending: false };
  const { resources } = await store.resources.search(domain.id, { ...query, offset: 0, limit: 200 });
  return resources
    .filter(({ data }) => data['active'] !== false)
    .map(({ id, data }) => ({ id, text: textIn(data, languages) ?? id }));
}

/** A question's text. @param languages as in `offeredQuestions` */
function textIn({ questionText }: JsonObject, languages: readonly string[]): string | null {
  const texts = Array.isArray(questionText) ? questionText.filter(isObject) : [];
  const wished = languages
    .map((language) => texts.find(({ locale }) => isLanguage(String(locale), language)))
    .find((text) => text !== undefined);
  const text = (wished ?? texts.find((one) => one['default'] === true) ?? texts[0])?.['value'];
  return typeof text === 'string' ? text : null;
}

function isLanguage(locale: string, language: string): boolean {
  const [known, wished] = [locale.toLowerCase(), language.toLowerCase()];
  return known === wished || wished.startsWith(`${known}-`);
}

/** The text of one question; its id, when there is none. */
export async function textOfQuestion(
  { store, domain }: Pick<RequestContext, 'store' | 'domain'>,
  id: string,
  languages: readonly string[],
): Promise<string> {
  const question = await store.resources.read(domain.id, 'SecurityQuestion', id);
  return (question === null ? null : textIn(question.data, languages)) ?? id;
}

/** A question to set up, to change or to take away. */
export interface QuestionChange {
  readonly id: string;
  readonly answer: string | null;
  readonly hintText: string | null;
  readonly op: 'add' | 'replace' | 'remove';
}

/**
 * Sets up security questions, or changes those that are there.
 * @param changes with `anew`, the questions that the user has afterwards; without it, what is changed of them
 * @throws FactorError for answers that SecurityQuestionSettings don't allow, and for questions that nobody may choose
 */
export async function changeSecurityQuestions(
  context: RequestContext,
  userId: string,
  changes: readonly QuestionChange[],
  anew: boolean,
): Promise<void> {
  const { store, domain, ids, clock } = context;
  const offered = new Set((await offeredQuestions(context)).map(({ id }) => id));
  for (const { id, answer, op } of changes) {
    if (!offered.has(id))
      throw questionRefused(id, (await store.resources.read(domain.id, 'SecurityQuestion', id)) !== null);
    if (op !== 'remove' && answer === null) {
      throw new FactorError('AUTH-1038', `Please provide your answer for the "${id}" security question.`);
    }
  }
  const given = new Map<string, string>();
  for (const { id, answer, op } of changes) if (op !== 'remove' && answer !== null) given.set(id, answer);
  // Made before the row is held, since a hash takes long.
  const fresh = await hashed(context, [...given.keys()], given, {});
  await store.transaction(async (session) => {
    const user = await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
    if (user === null) return;
    const questions = changed(anew ? [] : questionsOf(user.data), changes);
    await checkAnswers(context, questions, given);
    const secret = readUserSecret(user.secret);
    const answers: { [questionId: string]: string } = {};
    for (const { id } of questions) {
      const hash = fresh[id] ?? secret.securityAnswers[id];
      if (hash !== undefined) answers[id] = hash;
    }
    const secQuestions = questions.map(({ id, hintText }) => ({
      value: id,
      ...(hintText === null ? {} : { hintText }),
    }));
    const urn = { ...partOf(user.data, SECURITY_QUESTIONS_URN), secQuestions };
    const data = { ...user.data, [SECURITY_QUESTIONS_URN]: urn, idcsLastModifiedBy: authorOf(context) };
    const row = { id: user.id, ocid: user.ocid, version: newId(ids), lastModified: clock.now(), data };
    const write = { ...row, secret: writeUserSecret({ ...secret, securityAnswers: answers }) };
    await session.resources.update(domain.id, { type: resourceType('User'), ...write }, null);
    await settleMfa(context, session, userId);
  });
}

function changed(before: readonly SetUpQuestion[], changes: readonly QuestionChange[]): readonly SetUpQuestion[] {
  const questions = [...before];
  for (const { id, hintText, op } of changes) {
    const at = questions.findIndex((question) => question.id === id);
    if (op === 'remove' && at < 0) throw new FactorError('AUTH-1015', 'User has not selected any security questions.');
    if (op === 'remove') questions.splice(at, 1);
    // A question that is added twice is seen by the check.
    else if (op === 'replace' && at >= 0) questions[at] = { id, hintText };
    else questions.push({ id, hintText });
  }
  return questions;
}
