import type { Domain } from '../domains/domain.ts';
import { type Language, languageOf } from '../pages/language.ts';
import type { JsonObject } from '../scim/json.ts';

/** The language of a mail to a user: the user's, else the domain's, else English. */
export function languageFor(user: JsonObject, { settings }: Pick<Domain, 'settings'>): Language {
  const wishes = [user['preferredLanguage'], user['locale'], settings['preferredLanguage'], settings['locale']];
  for (const wish of wishes) {
    const language = languageOf(wish);
    if (language !== null) return language;
  }
  return 'en';
}

/** Date and time for a reader, in the user's time zone, else the domain's, else UTC. */
export function dateAndTime(
  ms: number,
  language: Language,
  user: JsonObject,
  { settings }: Pick<Domain, 'settings'>,
): { readonly date: string; readonly time: string } {
  const timeZone = [user['timezone'], settings['timezone']].find(isTimeZone) ?? 'UTC';
  const at = new Date(ms);
  return {
    date: new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone }).format(at),
    time: new Intl.DateTimeFormat(language, {
      hour: '2-digit',
      minute: '2-digit',
      timeZone,
      timeZoneName: 'short',
    }).format(at),
  };
}

function isTimeZone(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
