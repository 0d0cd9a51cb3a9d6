import { questionRefused } from '../../factors/factor-error.ts';
import { SECURITY_QUESTIONS_URN } from '../../factors/mfa-state.ts';
import { questionsOf } from '../../factors/security-answers.ts';
import { singletonData } from '../../resources/singleton.ts';
import { ScimError } from '../../scim/errors.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { type Cause, malformed } from './authentication-error.ts';
import { textOf } from './authentication-input.ts';
import type { Machine } from './authentication-services.ts';
import { questionTexts } from './question-texts.ts';
import { patchUser } from './recovery-enrollment.ts';

/** What the settings say. IDCS: authn-0145: numbers are texts here. */
async function settingsOf({ services, context }: Machine): Promise<Readonly<Record<string, number>>> {
  const settings = await singletonData(services.store, context.domain, 'SecurityQuestionSettings');
  return Object.fromEntries(NAMES.map((name) => [name, Number(settings[name])]));
}

const NAMES = ['numQuestionsToSetup', 'minAnswerLength', 'numQuestionsToAns', 'maxFieldLength'];

/** What is shown to who chooses questions (authn-0145). */
export async function questionChoice(machine: Machine): Promise<JsonObject> {
  const settings = Object.entries(await settingsOf(machine)).map(([name, number]) => [name, String(number)]);
  const questions = (await questionTexts(machine)).map(({ questionId, text }) => ({ questionId, text }));
  return {
    credentials: ['questionId', 'answer', 'hint'],
    secQuesSettings: Object.fromEntries(settings) as JsonObject,
    questions,
  };
}

/**
 * Takes a user's questions and answers.
 * @returns why they are no good; null: they are kept
 * @throws RequestRefused 400 for what is no list of answers
 */
export async function enrollQuestions(
  machine: Machine,
  user: StoredResource,
  credentials: JsonObject,
): Promise<Cause | null> {
  const given = answersIn(credentials);
  const why = await fault(machine, given);
  if (why !== null) return why;
  const value = given.map(({ questionId, answer, hint }) => ({
    value: questionId,
    answer,
    ...(hint === null ? {} : { hintText: hint }),
  }));
  try {
    await patchUser(machine, user, [{ op: 'replace', path: `${SECURITY_QUESTIONS_URN}:secQuestions`, value }]);
  } catch (error) {
    if (!(error instanceof ScimError) || error.status >= 500) throw error;
    return { code: 'AUTH-1009', message: `Couldn't update security questions because: ${error.message}` };
  }
  return null;
}

interface GivenQuestion {
  readonly questionId: string;
  readonly answer: string;
  readonly hint: string | null;
}

function answersIn({ questions }: JsonObject): readonly GivenQuestion[] {
  if (!Array.isArray(questions) || questions.length > MOST)
    throw malformed('The attribute credentials.questions must be a list.');
  return questions.map((item) => {
    if (!isObject(item)) throw malformed('The attribute credentials.questions must be a list of objects.');
    return {
      questionId: textOf(item, 'questionId') ?? '',
      answer: textOf(item, 'answer') ?? '',
      hint: textOf(item, 'hint'),
    };
  });
}

/** Each costs a hash. */
const MOST = 20;

/** IDCS: errors.tsv, AUTH-1020 to AUTH-1042. */
async function fault(machine: Machine, given: readonly GivenQuestion[]): Promise<Cause | null> {
  const { numQuestionsToSetup: number, minAnswerLength: least, maxFieldLength: most } = await settingsOf(machine);
  const texts = new Map((await questionTexts(machine)).map(({ questionId, text }) => [questionId, text]));
  if (given.length < number!) {
    return {
      code: 'AUTH-1022',
      message: `You must set up ${number} security questions to use the Security Questions feature.`,
    };
  }
  const seen = new Set<string>();
  const answers = new Set<string>();
  for (const { questionId, answer, hint } of given) {
    const text = texts.get(questionId);
    if (text === undefined) {
      const { services, context } = machine;
      const known = await services.store.resources.read(context.domain.id, 'SecurityQuestion', questionId);
      const { code, text: message } = questionRefused(questionId.slice(0, 100), known !== null);
      return { code, message };
    }
    if (seen.has(questionId)) return { code: 'AUTH-1024', message: 'You can select a security question only once.' };
    if (answer === '') {
      return { code: 'AUTH-1038', message: `Please provide your answer for the "${text}" security question.` };
    }
    if (answer.length < least!) {
      return {
        code: 'AUTH-1021',
        message: `The answer to the "${text}" security question must have at least ${least} characters.`,
      };
    }
    if (answer.length > most!) {
      return {
        code: 'AUTH-1041',
        message: `Your answer to the "${text}" security question can't exceed ${most} characters.`,
      };
    }
    if (hint !== null && hint.length > most!) {
      return {
        code: 'AUTH-1042',
        message: `Your hint to the "${text}" security question can't exceed ${most} characters.`,
      };
    }
    if (hint === answer)
      return { code: 'AUTH-1023', message: "The hint can't be the same as the answer of a security question." };
    if (answers.has(answer)) return { code: 'AUTH-1020', message: SAME_ANSWER };
    seen.add(questionId);
    answers.add(answer);
  }
  return null;
}

const SAME_ANSWER =
  "You've already provided this answer for another security question. Please specify a different answer for this question.";

/** Whether a user has questions. */
export function hasQuestions(user: StoredResource): boolean {
  return questionsOf(user.data).length > 0;
}
