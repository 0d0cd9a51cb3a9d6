import { badRequest } from '../scim/errors.ts';

/** IDCS: flows.md D: every name begins so, and requests may leave it out. */
const ROOT = 'files/';
const LONGEST = 255;

/**
 * The name that a new file is kept under. IDCS: flows.md D: `files/<yyyymmddHHMM>/<name>`; that the time is UTC is inferred.
 * @param now milliseconds, by the domain's clock
 * @param given what the client calls it
 * @throws ScimError 400
 */
export function newFileName(now: number, given: string): string {
  const parts = given.split('/');
  const isUsable =
    given.length <= LONGEST &&
    given.isWellFormed() &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
    !/[\u0000-\u001f\u007f\\]/.test(given) &&
    parts.every((part) => part.trim() !== '' && part !== '.' && part !== '..');
  if (!isUsable) {
    throw badRequest(
      `fileName must be a name of 1 to ${LONGEST} characters, without control characters, backslashes and empty, "." or ".." folders.`,
    );
  }
  return `${ROOT}${timestamp(now)}/${given}`;
}

/** The folder of a result of the service's own: `files/export/<yyyymmddHHMM>/<name>`. */
export function resultFileName(now: number, name: string): string {
  return `${ROOT}export/${timestamp(now)}/${name}`;
}

/** The name of a file as it is kept, from how a request says it: with `files/` or without. */
export function keptFileName(asked: string): string {
  return asked.startsWith(ROOT) ? asked : `${ROOT}${asked}`;
}

function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/\D/g, '').slice(0, 12);
}
