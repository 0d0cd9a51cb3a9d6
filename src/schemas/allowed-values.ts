import type { AttributeDefinition, CanonicalSource } from '../scim/schema.ts';

/*
 * The values that attributes with an idcsCanonicalValueSourceFilter may have, by the `attrName` that the filter names. Names of
 * places and languages come from Intl. Which of them the real service lists is not known: these are all there are.
 */

/** One value with what people read. */
export interface AllowedValue {
  readonly value: string;
  readonly label: string;
}

const sets: Readonly<Record<string, () => AllowedValue[]>> = {
  countries,
  countrycodes: countries,
  deviceProtectionPolicy: () => ['NONE', 'APP_PIN', 'DEVICE_BIOMETRIC_OR_APP_PIN'].map(plain),
  languages: locales,
  locales,
  lockoutEscalationPattern: () => ['Constant', 'Linear', 'Exponential'].map(plain),
  mfaEnrollmentType: () => ['Required', 'Optional'].map(plain),
  mutabilityValues: () => ['readOnly', 'readWrite', 'immutable', 'hidden'].map(plain),
  supportedLocales,
  timezones,
};
const made = new Map<string, readonly AllowedValue[]>();

/** Every `attrName`, in alphabetical order. */
export const ALLOWED_VALUE_NAMES: readonly string[] = Object.keys(sets);

/** The values of an `attrName`; undefined when there is no such list. */
export function allowedValues(name: string): readonly AllowedValue[] | undefined {
  let values = made.get(name);
  if (values === undefined && Object.hasOwn(sets, name)) {
    values = sets[name]!();
    made.set(name, values);
  }
  return values;
}

/** The lists that values are held to. What the others hold besides the documented values is not known. */
const ENFORCED = new Set(['countries', 'languages', 'locales', 'mutabilityValues', 'supportedLocales', 'timezones']);
const sources = new Map<string, CanonicalSource>();

/** The list that an attribute's idcsCanonicalValueSource* facts name; null when they name none of these. */
export function canonicalSource(definition: AttributeDefinition): CanonicalSource | null {
  if (definition['idcsCanonicalValueSourceResourceType'] !== 'AllowedValue') return null;
  const name = /^attrName eq "(\w+)"/.exec(String(definition['idcsCanonicalValueSourceFilter']))?.[1];
  if (name === undefined || !ENFORCED.has(name)) return null;
  let source = sources.get(name);
  if (source === undefined) {
    source = { name: `AllowedValues/${name}`, spelling: (value) => spellingOf(name, value) };
    sources.set(name, source);
  }
  return source;
}

function spellingOf(name: string, value: string): string | undefined {
  const folded = value.toLowerCase();
  const listed = allowedValues(name)?.find((one) => one.value.toLowerCase() === folded);
  if (listed !== undefined) return listed.value;
  if (name === 'timezones') return isTimeZone(value) ? value : undefined;
  return LANGUAGES.has(name) && isLocale(value) ? value : undefined;
}

/** Lists of more values than anybody could print: a known language with any country is one. */
const LANGUAGES = new Set(['languages', 'locales', 'supportedLocales']);

function plain(value: string): AllowedValue {
  return { value, label: value };
}

/** Codes that ISO 3166-1 reserves or leaves to users, though Intl has names for them. */
const NO_COUNTRY = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'XK', 'ZZ']);

function countries(): AllowedValue[] {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const found: AllowedValue[] = [];
  for (const value of pairs('A')) {
    const label = NO_COUNTRY.has(value) ? undefined : names.of(value);
    // A code that was given up has a successor.
    if (label !== undefined && new Intl.Locale(`und-${value}`).region === value) found.push({ value, label });
  }
  return found;
}

/** Languages of ISO 639-1, each alone and with the country where most speak it; Chinese in both scripts. */
function locales(): AllowedValue[] {
  const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  const found: AllowedValue[] = [];
  const add = (value: string) => {
    const label = names.of(value);
    if (label !== undefined) found.push({ value, label });
  };
  for (const language of pairs('a')) {
    if (names.of(language) === undefined) continue;
    add(language);
    const { region } = new Intl.Locale(language).maximize();
    if (region !== undefined && /^[A-Z]{2}$/.test(region)) add(`${language}-${region}`);
    if (language === 'en') add('en-GB');
    if (language === 'pt') add('pt-PT');
    if (language === 'zh') for (const value of ['zh-Hans', 'zh-Hant', 'zh-TW']) add(value);
  }
  return found;
}

/** IDCS: shapes.md §5: the languages that shipped security questions are in. */
function supportedLocales(): AllowedValue[] {
  const names = new Intl.DisplayNames('en', { type: 'language' });
  const values = ['de', 'en', 'es', 'fr', 'it', 'ja', 'ko', 'no', 'pt', 'zh-Hans', 'zh-Hant'];
  return values.map((value) => ({ value, label: names.of(value)! }));
}

/** Names that Intl's list has under an older or another one. */
const OTHER_ZONES = [
  'UTC',
  'Etc/UTC',
  'GMT',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Ho_Chi_Minh',
  'Asia/Yangon',
  'Europe/Kyiv',
];

function timezones(): AllowedValue[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), ...OTHER_ZONES])].sort().map(plain);
}

/** Any name of the tz database, the many older ones too; no offsets. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,60}$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** A known language with any country or script, joined by `-` or, as Java writes it, `_`. */
function isLocale(text: string): boolean {
  if (!/^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$/.test(text)) return false;
  try {
    const { language } = new Intl.Locale(text.replaceAll('_', '-'));
    return new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }).of(language) !== undefined;
  } catch {
    return false;
  }
}

/** `AA` to `ZZ`. */
function pairs(first: 'a' | 'A'): string[] {
  const start = first.charCodeAt(0);
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(start + index));
  return letters.flatMap((left) => letters.map((right) => left + right));
}
