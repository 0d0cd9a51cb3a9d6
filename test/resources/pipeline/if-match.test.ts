import { describe, expect, it } from 'vitest';
import { checkIfMatch } from '../../../src/resources/pipeline/if-match.ts';

const VERSION = '0123456789abcdef0123456789abcdef';

describe('If-Match', () => {
  it.each([
    ['absent', null],
    ['any', '*'],
    ['quoted', `"${VERSION}"`],
    ['weak', `W/"${VERSION}"`],
    ['weak in lower case', `w/"${VERSION}"`],
    ['bare, as SDKs send meta.version', VERSION],
    ['in a list', `"other", W/"${VERSION}"`],
  ])('passes when it is %s', (_, header) => {
    expect(() => checkIfMatch(header, VERSION, "User 'a'")).not.toThrow();
  });

  it.each([
    ['another version', '"other"'],
    ['empty', ''],
    ['an unclosed quote', `"${VERSION}`],
    ['upper case', `"${VERSION.toUpperCase()}"`],
  ])('is a 412 when it is %s', (_, header) => {
    expect(() => checkIfMatch(header, VERSION, "User 'a'")).toThrow(
      expect.objectContaining({ status: 412, message: expect.stringContaining("User 'a' was changed meanwhile") }),
    );
  });
});
