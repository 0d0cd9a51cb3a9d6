import { resourceType } from '../../schemas/registry.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Machine } from './authentication-services.ts';

/** The domain's questions: 15 are shipped. */
const MOST_QUESTIONS = 200;

/** A security question in the person's language. */
export interface QuestionText {
  readonly questionId: string;
  readonly text: string;
}

/** The questions that can be chosen, in the order in which they are listed. IDCS: flows.md E: Accept-Language picks the texts. */
export async function questionTexts({ services, context }: Machine): Promise<readonly QuestionText[]> {
  const type = resourceType('SecurityQuestion');
  const query = { type, filter: null, sortBy: null, descending: false, offset: 0, limit: MOST_QUESTIONS };
  const { resources } = await services.store.resources.search(context.domain.id, query);
  return resources
    .filter(({ data }) => data['active'] !== false)
    .map((row) => ({ questionId: row.id, text: textOf(row, context.languages) }));
}

function textOf({ data, id }: StoredResource, languages: readonly string[]): string {
  const texts = (Array.isArray(data['questionText']) ? data['questionText'] : []).filter(isObject);
  const inLanguage = (language: string) => texts.find(({ locale }) => String(locale).toLowerCase() === language);
  for (const language of languages) {
    const found = inLanguage(language) ?? inLanguage(language.split('-')[0]!);
    if (found !== undefined) return value(found);
  }
  const standard = texts.find((text) => text['default'] === true) ?? texts[0];
  return standard === undefined ? id : value(standard);
}

function value(text: JsonObject): string {
  return String(text['value']);
}
