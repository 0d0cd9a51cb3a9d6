import { badRequest } from '../scim/errors.ts';
import { singletonBehaviour } from './singleton.ts';

/** SecurityQuestionSettings: how many questions a user sets up and answers. */
export const securityQuestionSettingsBehaviour = singletonBehaviour(
  'SecurityQuestionSettings',
  async (_context, _before, { data }) => {
    // Inferred: nobody can answer questions that were not set up, and an answer has to fit its field.
    if (Number(data['numQuestionsToAns']) > Number(data['numQuestionsToSetup'])) {
      throw badRequest('SecurityQuestionSettings.numQuestionsToAns must not be more than numQuestionsToSetup.');
    }
    if (Number(data['minAnswerLength']) > Number(data['maxFieldLength'])) {
      throw badRequest('SecurityQuestionSettings.minAnswerLength must not be more than maxFieldLength.');
    }
  },
);
