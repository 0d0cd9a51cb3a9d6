import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LANGUAGES } from '../../src/pages/language.ts';
import { html } from '../../src/pages/markup.ts';
import { textsOf } from '../../src/pages/texts.ts';

const folder = new URL('../../src/pages/texts/', import.meta.url);
const read = (language: string) =>
  JSON.parse(readFileSync(new URL(`${language}.json`, folder), 'utf8')) as Record<string, string>;
const english = read('en');

test('the files are those of the languages', () => {
  expect(readdirSync(folder).sort()).toEqual(LANGUAGES.map((language) => `${language}.json`).sort());
});

test.each(LANGUAGES)('%s has the texts and placeholders of English, in its order', (language) => {
  const texts = read(language);
  expect(Object.keys(texts)).toEqual(Object.keys(english));
  for (const [key, text] of Object.entries(texts)) {
    expect(text.trim(), key).toBe(text);
    expect(text, key).not.toBe('');
    expect(text.match(/\{\w+\}/g), key).toEqual((english[key] as string).match(/\{\w+\}/g));
  }
});

test('placeholders are filled in as text or as markup', () => {
  const texts = textsOf('de');
  expect(texts('signIn.continueTo', { app: '<A>{app}' })).toBe('weiter zu <A>{app}');
  expect(String(texts.markup('signIn.continueTo', { app: html`<b>${'<A>'}</b>` }))).toBe('weiter zu <b>&lt;A&gt;</b>');
});

test('a name from outside that is no text is none, whatever objects know', () => {
  expect(textsOf('en').known('scope.openid')).not.toBeNull();
  for (const name of ['scope.nothing', 'toString', '__proto__', 'constructor']) {
    expect(textsOf('en').known(name)).toBeNull();
  }
});
