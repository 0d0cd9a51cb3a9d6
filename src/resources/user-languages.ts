import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';

/** A language, and a script and region if there are: `en`, `en-US`, `en_US`, `zh-Hans-CN`. */
const TAG = /^[a-z]{2,3}(?:[-_][a-z]{4})?(?:[-_](?:[a-z]{2}|\d{3}))?$/i;

let names: { readonly language: Intl.DisplayNames; readonly region: Intl.DisplayNames } | undefined;

/**
 * Refuses languages and regions that don't exist; what was there before stays. IDCS: User has no list of its own for these two, as it
 * has for timezone: that the languages are those of ISO 639 and 3166 is inferred.
 * @throws ScimError 400 that names the attribute
 */
export function checkLanguages(data: JsonObject, before: JsonObject | null): void {
  for (const name of ['locale', 'preferredLanguage']) {
    const value = data[name];
    if (typeof value !== 'string' || value === before?.[name] || exists(value)) continue;
    throw badRequest(
      `Invalid value [${value.slice(0, 100)}] for attribute ${name}. A language such as en or en-US was expected.`,
      'error.common.validation.invalidCanonicalValue',
    );
  }
}

function exists(tag: string): boolean {
  if (!TAG.test(tag)) return false;
  names ??= {
    language: new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }),
    region: new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }),
  };
  const { language, region } = new Intl.Locale(tag.replaceAll('_', '-'));
  return names.language.of(language) !== undefined && (region === undefined || names.region.of(region) !== undefined);
}
