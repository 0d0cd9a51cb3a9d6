const ISO = /^\d{4}-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * Reads an ISO 8601 date and time (RFC 7643 §2.3.5). Without a zone it is UTC, without a time it is midnight; milliseconds
 * are optional (scim.md §5: sent without they come back as .000).
 *
 * @returns milliseconds since the epoch, or null when the text is no such date
 */
export function parseDateTime(text: string): number | null {
  if (text.length > 40) return null;
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, month, day, hour, , , zone] = match;
  const withTime = hour === undefined ? `${text}T00:00:00Z` : zone === undefined ? `${text}Z` : text;
  const time = Date.parse(withTime.replace(/([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase());
  if (Number.isNaN(time)) return null;
  // Date.parse lets 31 April roll over into May.
  const daysInMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(month), 0)).getUTCDate();
  return Number(day) <= daysInMonth ? time : null;
}
