import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseLanguage, LANGUAGES, type LanguageWishes } from '../../src/pages/language.ts';

test.each<[string, LanguageWishes, string]>([
  ['nothing is said', {}, 'en'],
  ['the browser says one with a region', { acceptLanguage: 'de-CH,en;q=0.8' }, 'de'],
  ['the first is not ours', { acceptLanguage: 'it,fr;q=0.5,en;q=0.4' }, 'fr'],
  ['weights turn the order', { acceptLanguage: 'en;q=0.3,ja;q=0.9' }, 'ja'],
  ['a region comes before a plain one', { acceptLanguage: 'fr-CA,en' }, 'fr'],
  ['one is refused', { acceptLanguage: 'en;q=0,es;q=0.1' }, 'es'],
  ['any will do', { acceptLanguage: '*', preferredLanguage: 'ja' }, 'ja'],
  ['the client asks for one', { uiLocales: 'es', acceptLanguage: 'de' }, 'es'],
  ['the client asks for several', { uiLocales: 'pt-BR fr-CA en', acceptLanguage: 'de' }, 'fr'],
  ['the client asks for none of ours', { uiLocales: 'pt-BR', acceptLanguage: 'de' }, 'de'],
  ['only the domain says one', { preferredLanguage: 'fr' }, 'fr'],
  ['the domain says one with an underscore', { preferredLanguage: 'de_AT' }, 'de'],
  ['nobody says one of ours', { acceptLanguage: 'it', preferredLanguage: 'pt-BR' }, 'en'],
])('when %s', (_case, wishes, language) => {
  expect(chooseLanguage(wishes)).toBe(language);
});

test('whatever is sent, the page has a language', () => {
  const text = fc.option(fc.string({ unit: 'binary', maxLength: 200 }), { nil: undefined });
  fc.assert(
    fc.property(text, text, fc.anything(), (uiLocales, acceptLanguage, preferredLanguage) => {
      expect(LANGUAGES).toContain(chooseLanguage({ uiLocales, acceptLanguage, preferredLanguage }));
    }),
  );
});

test('a list made to keep us busy is cut off', () => {
  const acceptLanguage = `${'xx,'.repeat(20_000)}de`;
  expect(chooseLanguage({ acceptLanguage, uiLocales: 'xx '.repeat(20_000) })).toBe('en');
});
