/** What `ssoBrowser` and `ssoPlatform` say of a User-Agent header. IDCS: shapes.md §13 and main-0113: `Firefox`, `Windows 7`. */
export interface BrowserName {
  readonly browser: string | null;
  readonly platform: string | null;
}

/** The first that matches counts: browsers name their forebears too. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(?:Headless)?Chrome\//, 'Chrome'],
  [/\bVersion\/\S+ (?:Mobile\/\S+ )?Safari\//, 'Safari'],
  [/\bTrident\/|\bMSIE /, 'Internet Explorer'],
];

/** Names of versions of Windows by their number; the recorded `Windows 7` is NT 6.1. */
const PLATFORMS: readonly (readonly [RegExp, string])[] = [
  [/\bWindows NT 10\.0/, 'Windows 10'],
  [/\bWindows NT 6\.3/, 'Windows 8.1'],
  [/\bWindows NT 6\.2/, 'Windows 8'],
  [/\bWindows NT 6\.1/, 'Windows 7'],
  [/\bWindows\b/, 'Windows'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bMac OS X\b/, 'Mac OS X'],
  [/\bAndroid\b/, 'Android'],
  [/\bLinux\b/, 'Linux'],
];

/** Reads a User-Agent header; what is none of the usual browsers has no name. */
export function browserName(userAgent: string | null): BrowserName {
  const first = (known: readonly (readonly [RegExp, string])[]) =>
    known.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1] ?? null;
  return { browser: first(BROWSERS), platform: first(PLATFORMS) };
}
