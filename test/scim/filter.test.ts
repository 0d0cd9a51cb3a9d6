import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import { ScimError } from '../../src/scim/errors.ts';
import { parseFilter, parseValueFilter } from '../../src/scim/filter.ts';
import { HANG_MS } from '../support/hang.ts';
import { renderFilter } from './render-filter.ts';

const user = resourceType('User');
const app = resourceType('App');
const grant = resourceType('Grant');
const group = resourceType('Group');
const USER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';

const bound = (text: string, type = user) => renderFilter(parseFilter(text, type));

function refused(text: string, type = user): string {
  try {
    parseFilter(text, type);
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError);
    expect((error as ScimError).status).toBe(400);
    return (error as ScimError).message;
  }
  throw new Error(`accepted: ${text.slice(0, 100)}`);
}

interface Recorded {
  readonly id: string;
  readonly type: string;
  readonly kind: string;
  readonly text: string;
}
const recorded = (
  JSON.parse(readFileSync(new URL('fixtures/recorded-paths.json', import.meta.url), 'utf8')) as Recorded[]
).filter(({ kind }) => kind === 'filter');
/** `attributeName="appRoles"`, `&` for `and`; and an extension's attribute without its URN, on a GET that ignores filters. */
const MALFORMED = new Set(['main-0194', 'main-0252', 'main-0466']);

describe('the filters of the recorded requests', () => {
  it.each(recorded.filter(({ id }) => !MALFORMED.has(id)))('$id parses: $text', ({ type, text }) => {
    expect(bound(text, resourceType(type))).not.toBe('');
  });
  it.each(recorded.filter(({ id }) => MALFORMED.has(id)))('$id is refused: $text', ({ type, text }) => {
    expect(refused(text, resourceType(type))).toMatch(/position \d+/);
  });
});

describe('parseFilter binds', () => {
  it.each([
    ['userName eq "x"', 'userName eq "x"'],
    ['USERNAME EQ "X"', 'userName eq "X"'],
    ['userName  eq\t"x"', 'userName eq "x"'],
    ['urn:ietf:params:scim:schemas:core:2.0:User:name.familyName co "j"', 'name.familyName co "j"'],
    [`${USER}:approles.value eq 0123`, `${USER}:appRoles.value eq "0123"`],
    [`${STATE}:locked.on eq true`, `${STATE}:locked.on eq true`],
    ['groups.value pr', 'groups.value pr'],
    ['emails pr', 'emails pr'],
    ['active eq true', 'active eq true'],
    ['active eq "False"', 'active eq false'],
    ['active eq TRUE', 'active eq true'],
    ['title eq true', 'title eq "true"'],
    ['title eq 42', 'title eq "42"'],
    ['title eq null', 'title eq null'],
    ['title eq "null"', 'title eq "null"'],
    ['title eq ""', 'title eq ""'],
    ['meta.created gt "2024-04-23T04:56:22Z"', 'meta.created gt 1713848182000'],
    ['meta.created gt 2024-04-23T04:56:22Z', 'meta.created gt 1713848182000'],
    ['meta.created ge "2024-04-23T06:56:22.000+02:00"', 'meta.created ge 1713848182000'],
    ['meta.created ge "2024-04-23"', 'meta.created ge 1713830400000'],
    ['userName eq "a\\"b"', 'userName eq "a\\"b"'],
    ['userName eq "a\\\\"', 'userName eq "a\\\\"'],
    ['userName eq "\\u00fc"', 'userName eq "ü"'],
    ['userName eq "] and (x) eq \\"y"', 'userName eq "] and (x) eq \\"y"'],
    ['not (userName pr)', 'not(userName pr)'],
    ['NOT(userName pr) AND title pr', '(not(userName pr) and title pr)'],
    ['title pr or userName pr and active eq true', '(title pr or (userName pr and active eq true))'],
    ['(title pr or userName pr) and active eq true', '((title pr or userName pr) and active eq true)'],
    [
      'title pr and userName pr or not (active eq true) and id pr',
      '((title pr and userName pr) or (not(active eq true) and id pr))',
    ],
    ['emails[type eq "work" and value co "x"]', 'emails[(emails.type eq "work" and emails.value co "x")]'],
    ['emails[type eq "work"].value co "x"', 'emails[(emails.type eq "work" and emails.value co "x")]'],
    [
      'emails[type eq "a" or type eq "b"].value pr and id pr',
      '(emails[((emails.type eq "a" or emails.type eq "b") and emails.value pr)] and id pr)',
    ],
    ['emails[not (primary eq true)]', 'emails[not(emails.primary eq true)]'],
    ['emails eq "x"', 'emails.value eq "x"'],
    ['name[familyName eq "x"]', 'name.familyName eq "x"'],
  ])('%s', (text, expected) => {
    expect(bound(text)).toBe(expected);
  });

  it('a complex attribute by its value', () => {
    expect(bound('app eq "IDCSAppId"', grant)).toBe('app.value eq "IDCSAppId"');
  });

  it('the elements of a simple list by `value`', () => {
    expect(bound('allowedGrants[value eq "x"]', app)).toBe('allowedGrants eq "x"');
    expect(bound('allowedGrants[value sw "a" and value ew "b"]', app)).toBe(
      'allowedGrants[(allowedGrants.value sw "a" and allowedGrants.value ew "b")]',
    );
    expect(bound('allowedGrants[value ne "x"]', app)).toBe('allowedGrants[allowedGrants.value ne "x"]');
  });

  it('numbers by value', () => {
    const posix = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:posix:Group:gidNumber';
    expect(bound(`${posix} gt -3 and displayName pr`, group)).toBe(`(${posix} gt -3 and displayName pr)`);
    expect(bound(`(${posix} eq "1e+3")`, group)).toBe(`${posix} eq 1000`);
  });

  it('from its cache without mixing types up', () => {
    const text = 'displayName eq "cached"';
    expect(parseFilter(text, user)).toBe(parseFilter(text, user));
    expect(parseFilter(text, group)).not.toBe(parseFilter(text, user));
    for (let i = 0; i < 1000; i += 1) parseFilter(`displayName eq "${i}"`, user);
    expect(bound(text)).toBe('displayName eq "cached"');
  });
});

describe('parseFilter refuses', () => {
  it.each([
    ['', 'position 1'],
    ['   ', 'position 4'],
    ['userName', 'position 9'],
    ['userName eq', 'position 12'],
    ['userName eq ', 'position 13'],
    ['userName xx "a"', 'position 10'],
    ['userName eq"a"', 'position 12'],
    ['userName eq "a', 'the string has no end'],
    ['userName eq "a\\q"', 'not valid JSON'],
    ['userName eq "a\nb"', 'not valid JSON'],
    ["userName eq 'a'", 'unquoted value'],
    ['userName eq a@b.c', 'unquoted value'],
    ['userName eq a%20b', 'unquoted value'],
    ['userName eq \u0000', 'unquoted value'],
    ['userName\u0000 eq "a"', 'position 9'],
    ['userName eq "a" title eq "b"', '"and", "or"'],
    ['userName eq "a" & title pr', '"and", "or"'],
    ['"x"and title pr', 'position 1'],
    ['userName eq "x"and title pr', 'position 16'],
    ['userName eq "a" and', 'position 20'],
    ['and eq 1', 'and'],
    ['not title pr', 'position 5'],
    ['(title pr', '")" is missing'],
    ['title pr)', 'closes nothing'],
    ['emails[type eq "a"', '"]" is missing'],
    ['emails[type eq "a")', 'closes nothing'],
    ['emails[type eq "a"].', 'sub-attribute'],
    ['emails[type eq "a"].value', 'an operator'],
    ['emails[type eq "a"].value[x pr]', 'an operator'],
    ['emails[]', 'an attribute'],
    ['()', 'an attribute'],
    ['emails.. eq 1', 'emails..'],
    ['1a eq 1', '1a'],
    ['userName: eq 1', 'userName:'],
    ['user%Name eq 1', 'position 5'],
    ['nothing eq "a"', 'nothing'],
    ['__proto__ eq 1', '__proto__'],
    ['constructor pr', 'constructor'],
    ['emails[nothing eq "a"]', 'nothing'],
    ['emails[emails.type eq "a"]', 'emails.type'],
    ['userName[value eq "a"]', 'no elements'],
    ['name eq "x"', 'sub-attributes'],
    ['password eq "x"', 'password, which cannot be searched'],
    ['schemas eq "x"', 'schemas, which cannot be searched'],
    ['active gt true', 'gt'],
    ['active co "t"', 'co'],
    ['active eq "maybe"', 'type boolean'],
    ['active eq 1', 'type boolean'],
    ['meta.created eq "yesterday"', 'type dateTime'],
    ['meta.created eq "2024-02-31T00:00:00Z"', 'type dateTime'],
    ['meta.created sw "2024"', 'sw'],
    ['title gt null', 'null'],
    [`${STATE} eq 1`, 'userState'],
  ])('%j, naming the place', (text, named) => {
    expect(refused(text)).toContain(named);
  });

  it('too long a filter, too deep a filter, and never echoes it', () => {
    expect(refused(`userName eq "${'x'.repeat(9000)}"`)).toBe('The filter is longer than 8192 characters.');
    expect(refused(`${'('.repeat(51)}title pr${')'.repeat(51)}`)).toContain('deeper than 50');
    expect(bound(`${'('.repeat(50)}title pr${')'.repeat(50)}`)).toBe('title pr');
    expect(refused(`${'x'.repeat(5000)} eq 1`).length).toBeLessThan(300);
  });

  it.each([
    ['parentheses', '('.repeat(8000)],
    ['nots', 'not ('.repeat(1600)],
    ['brackets', 'emails['.repeat(1000)],
    ['an unterminated string of newlines', `userName eq "${'\\n'.repeat(4000)}`],
    ['raw newlines', `userName eq "${'\n'.repeat(8000)}`],
    ['backslashes', `userName eq "${'\\'.repeat(8000)}`],
    ['blanks', ' '.repeat(8192)],
    ['NUL bytes', '\u0000'.repeat(8192)],
    ['a long name', 'a.'.repeat(4096)],
    ['digits', `title eq ${'9'.repeat(8000)}`],
    ['a chain of 650 terms', `${'title pr or '.repeat(650)}title pr`],
  ])('or accepts %s within milliseconds', (_, text) => {
    const started = performance.now();
    try {
      parseFilter(text, user);
    } catch (error) {
      expect(error).toBeInstanceOf(ScimError);
    }
    expect(performance.now() - started).toBeLessThan(HANG_MS);
  });
});

describe('parseFilter, whatever it is given,', () => {
  const word = fc.constantFrom(
    'userName',
    'emails',
    'eq',
    'pr',
    'and',
    'or',
    'not',
    '(',
    ')',
    '[',
    ']',
    '.',
    '"a"',
    '"',
    'true',
    '\\',
    ' ',
    '  ',
    '-1',
    '$ref',
    '\u0000',
    'ü',
  );

  it('answers with a filter or a ScimError 400', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 200 }),
          fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
        ),
        (text) => {
          try {
            parseFilter(text, user);
          } catch (error) {
            expect(error).toBeInstanceOf(ScimError);
            expect((error as ScimError).status).toBe(400);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('keeps any string value as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (value) => {
        expect(parseFilter(`userName eq ${JSON.stringify(value)} and title pr`, user)).toMatchObject({
          filters: [{ op: 'eq', value }, { op: 'pr' }],
        });
      }),
    );
  });

  it('reads its own fully bracketed form back as the same filter', () => {
    const leaf = fc.constantFrom(
      'title pr',
      'userName eq "x"',
      'emails[emails.type eq "a"]',
      'active eq true',
      'nickName ne "n"',
    );
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        tie('tree').map((inner) => `not(${inner})`),
        fc.tuple(tie('tree'), fc.constantFrom('and', 'or'), tie('tree')).map(([a, op, b]) => `(${a} ${op} ${b})`),
      ),
    }));
    fc.assert(
      fc.property(tree, (text) => {
        expect(bound(text.replaceAll('emails.type', 'type'))).toBe(text);
      }),
    );
  });
});

describe('parseValueFilter', () => {
  it('binds sub-attributes, searchable or not, and says what they belong to', () => {
    const roles = app.core('grantedAppRoles')!;
    const filter = parseValueFilter('appId eq "x" and not (type eq "direct")', roles);
    expect(renderFilter(filter)).toBe('(grantedAppRoles.appId eq "x" and not(grantedAppRoles.type eq "direct"))');
    expect(filter.within).toBe(roles);
  });

  it.each(['', 'nothing eq "x"', 'userName eq "x"', 'value eq', 'value eq "x'])('refuses %j with 400', (text) => {
    expect(() => parseValueFilter(text, user.core('emails')!)).toThrow(ScimError);
  });
});
