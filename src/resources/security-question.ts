import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Behaviour } from './behaviour.ts';
import { releaseDataReferences } from './data-references.ts';
import type { RequestContext } from './request-context.ts';
import { singletonData } from './singleton.ts';

/** SecurityQuestion: fifteen ship; others are custom. Users set up some of those that are active. */
export const securityQuestionBehaviour: Behaviour = {
  type: 'SecurityQuestion',

  async prepareCreate(context, { data }) {
    await checkTexts(context, data);
  },

  async prepareUpdate(context, _before, { data }) {
    await checkTexts(context, data);
  },

  async beforeDelete(context, session, resource, force) {
    await releaseDataReferences(context, session, resource, force);
  },
};

/** Inferred from the attribute's name: SecurityQuestionSettings.maxFieldLength bounds questions too. */
async function checkTexts({ store, domain }: RequestContext, { questionText }: JsonObject): Promise<void> {
  const { maxFieldLength } = await singletonData(store, domain, 'SecurityQuestionSettings');
  for (const text of Array.isArray(questionText) ? questionText.filter(isObject) : []) {
    if (typeof text['value'] !== 'string' || text['value'].length <= Number(maxFieldLength)) continue;
    throw badRequest(
      `SecurityQuestion.questionText must not be longer than ${String(maxFieldLength)} characters (SecurityQuestionSettings.maxFieldLength).`,
      'error.common.validation.stringExceedsMaxLimit',
    );
  }
}
