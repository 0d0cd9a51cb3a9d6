import Negotiator from 'negotiator';

/** Languages that have texts (texts/<language>.json). */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What a reader's language is chosen by, the first that names one of ours. */
export interface LanguageWishes {
  /** OpenID Connect `ui_locales`: tags apart by spaces, the preferred one first (Core §3.1.2.1). */
  readonly uiLocales?: string | undefined;
  /** The header, as the browser sent it. */
  readonly acceptLanguage?: string | undefined;
  /** Settings.preferredLanguage of the domain. */
  readonly preferredLanguage?: unknown;
}

/** The language of a page. Regions don't matter: `de-CH` and `de_AT` read `de`. */
export function chooseLanguage({ uiLocales, acceptLanguage, preferredLanguage }: LanguageWishes): Language {
  const wishes = [...(uiLocales ?? '').split(' ').slice(0, MOST_WISHES), ...accepted(acceptLanguage)];
  for (const wish of wishes) {
    // "Any" is no wish: the domain decides.
    if (wish === '*') break;
    const language = languageOf(wish);
    if (language !== null) return language;
  }
  return languageOf(preferredLanguage) ?? 'en';
}

/** Nobody reads more languages; longer lists are made to keep us busy. */
const MOST_WISHES = 50;

/** Tags of the header in the reader's order, without those of weight 0. */
function accepted(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  const list = header.split(',', MOST_WISHES).join(',');
  return new Negotiator({ headers: { 'accept-language': list } }).languages();
}

/** The language of a tag (`de`, `de-CH`, `de_AT`) among ours. */
export function languageOf(tag: unknown): Language | null {
  if (typeof tag !== 'string') return null;
  const primary = tag.trim().split(/[-_]/, 1)[0]?.toLowerCase();
  return LANGUAGES.find((language) => language === primary) ?? null;
}
