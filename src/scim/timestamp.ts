const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * Reads an ISO 8601 date and time and writes it as `YYYY-MM-DDTHH:mm:ss.SSSZ`; without an offset it is UTC.
 * IDCS: times sent without milliseconds come back with `.000` (scim.md §5).
 *
 * @returns null when it is none, the 30th of February included
 */
export function toTimestamp(text: string): string | null {
  const parts = DATE_TIME.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second = '00', fraction = '', offset = 'Z'] = parts;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}`;
  const asUtc = new Date(`${local}Z`);
  // Date rolls the 31st of June over into July: what comes out must be what went in.
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString() !== `${local}Z`) return null;
  if (offset.toUpperCase() === 'Z') return `${local}Z`;
  const zone = offset.includes(':') ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`;
  const moment = new Date(`${local}${zone}`);
  if (Number.isNaN(moment.getTime())) return null;
  const written = moment.toISOString();
  return written.length === 24 ? written : null;
}
