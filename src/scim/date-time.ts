import { toTimestamp } from './timestamp.ts';

const DATE_ONLY = /^\d{4}-\d\d-\d\d$/;

/**
 * The moment that a filter's or a stored value's text names: ISO 8601, without a zone in UTC, without a time at midnight.
 *
 * @returns milliseconds since the epoch, or null when the text is no such date
 */
export function parseDateTime(text: string): number | null {
  const timestamp = toTimestamp(DATE_ONLY.test(text) ? `${text}T00:00:00Z` : text);
  return timestamp === null ? null : Date.parse(timestamp);
}
