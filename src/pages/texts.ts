import { readFileSync } from 'node:fs';
import { pageFile } from '../package-files.ts';
import { type Content, html, type Markup } from './markup.ts';
import type en from './texts/en.json';

/** Names of the texts; English has them all, and a test holds the other languages to it. */
export type TextKey = keyof typeof en;

/** The texts of one language. */
export interface Texts {
  /** The text with its placeholders (`{app}`) filled in. */
  (key: TextKey, values?: Readonly<Record<string, string>>): string;
  /** The same with values that may be markup, such as a name in bold. */
  markup(key: TextKey, values: Readonly<Record<string, Content>>): Markup;
  /** The text of a name that came from outside (`scope.openid`); null when there is none. */
  known(key: string): string | null;
}

const loaded = new Map<string, Texts>();

/** The texts of a language, read at their first use. @throws Error when the language has none: a mistake in this program */
export function textsOf(language: string): Texts {
  let texts = loaded.get(language);
  if (texts === undefined) {
    texts = makeTexts(JSON.parse(readFileSync(pageFile(`texts/${language}.json`), 'utf8')) as Record<TextKey, string>);
    loaded.set(language, texts);
  }
  return texts;
}

function makeTexts(all: Readonly<Record<TextKey, string>>): Texts {
  const text = (key: TextKey, values: Readonly<Record<string, string>> = {}) =>
    parts(all[key])
      .map((part, index) => (index % 2 === 0 ? part : (values[part] ?? '')))
      .join('');
  return Object.assign(text, {
    markup: (key: TextKey, values: Readonly<Record<string, Content>>) =>
      html`${parts(all[key]).map((part, index) => (index % 2 === 0 ? part : values[part]))}`,
    known: (key: string) => (Object.hasOwn(all, key) ? all[key as TextKey] : null),
  });
}

/** Text and names of placeholders, by turns. */
function parts(text: string): readonly string[] {
  return text.split(/\{(\w+)\}/);
}
