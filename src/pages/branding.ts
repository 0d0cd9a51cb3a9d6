import type { Domain } from '../domains/domain.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { imageAddress, webAddress } from './address.ts';
import { languageOf } from './language.ts';

/** How a domain presents itself, in one language. */
export interface Branding {
  /** Null: the domain has no name of its own, and goes by ours. */
  readonly companyName: string | null;
  /** What the sign-in page says above its form. */
  readonly loginText: string | null;
  readonly logo: { readonly address: string; readonly alternative: string } | null;
  readonly termsOfUseUrl: string | null;
  readonly privacyPolicyUrl: string | null;
}

/**
 * The branding of a domain's Settings.
 *
 * IDCS: customBranding "indicates if branding is default or custom": with it, companyNames, loginTexts and images count; without
 * it, defaultCompanyNames, defaultLoginTexts and defaultImages. That each stands in where the other is empty is inferred.
 */
export function brandingOf({ settings }: Pick<Domain, 'settings'>, language: string): Branding {
  const custom = settings['customBranding'] === true;
  const local = (name: string, fallback: string) =>
    (custom ? inLanguage(settings[name], language, settings) : null) ??
    inLanguage(settings[fallback], language, settings);
  const companyName = local('companyNames', 'defaultCompanyNames');
  return {
    companyName,
    loginText: local('loginTexts', 'defaultLoginTexts'),
    logo: (custom ? logo(settings['images'], companyName) : null) ?? logo(settings['defaultImages'], companyName),
    termsOfUseUrl: webAddress(settings['termsOfUseUrl']),
    privacyPolicyUrl: webAddress(settings['privacyPolicyUrl']),
  };
}

/** The value for a language, whatever its region; else the domain's own language's, English, or the first there is. */
function inLanguage(values: JsonValue | undefined, language: string, settings: JsonObject): string | null {
  const entries = objects(values).filter((entry) => typeof entry['value'] === 'string' && entry['value'] !== '');
  for (const wish of [language, settings['preferredLanguage'], settings['locale'], 'en']) {
    const wished = languageTag(wish);
    const found = entries.find((entry) => languageTag(entry['locale']) === wished);
    if (found !== undefined && wished !== null) return found['value'] as string;
  }
  return (entries[0]?.['value'] as string | undefined) ?? null;
}

function languageTag(tag: JsonValue | undefined): string | null {
  return languageOf(tag) ?? (typeof tag === 'string' ? tag.toLowerCase() : null);
}

/** The image whose type says that it is a logo, else the first. Types are not documented: what they may be is inferred. */
function logo(values: JsonValue | undefined, companyName: string | null): Branding['logo'] {
  const images = objects(values).flatMap((image) => {
    const address = imageAddress(image['value']);
    return address === null ? [] : [{ address, type: String(image['type']), display: image['display'] }];
  });
  const found = images.find(({ type }) => /logo/i.test(type)) ?? images[0];
  if (found === undefined) return null;
  const { address, display } = found;
  return { address, alternative: typeof display === 'string' ? display : (companyName ?? '') };
}

function objects(values: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(values) ? values.filter(isObject) : [];
}
