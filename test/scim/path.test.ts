import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import { ScimError } from '../../src/scim/errors.ts';
import { matches } from '../../src/scim/match.ts';
import { parsePath } from '../../src/scim/path.ts';
import type { ResourceType } from '../../src/scim/schema.ts';
import { HANG_MS } from '../support/hang.ts';
import { renderFilter } from './render-filter.ts';

const user = resourceType('User');
const group = resourceType('Group');
const app = resourceType('App');
const USER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';

function parsed(text: string, type: ResourceType) {
  const { extension, attribute, filter, page, sub } = parsePath(text, type);
  return [extension, attribute?.path ?? null, filter === null ? null : renderFilter(filter), page, sub?.path ?? null];
}

function refused(text: string, type: ResourceType = user): string {
  try {
    parsePath(text, type);
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError);
    expect((error as ScimError).status).toBe(400);
    return (error as ScimError).message;
  }
  throw new Error(`accepted: ${text.slice(0, 100)}`);
}

describe('parsePath reads', () => {
  it.each([
    ['userName', user, [null, 'userName', null, null, null]],
    [' USERNAME ', user, [null, 'userName', null, null, null]],
    ['name.familyname', user, [null, 'name', null, null, 'name.familyName']],
    ['members.$ref', group, [null, 'members', null, null, 'members.$ref']],
    [`${CORE}:userName`, user, [null, 'userName', null, null, null]],
    [`${CORE.toUpperCase()}:Name.GivenName`, user, [null, 'name', null, null, 'name.givenName']],
    [`${STATE}:locked.on`, user, [null, `${STATE}:locked`, null, null, `${STATE}:locked.on`]],
    [USER.toUpperCase(), user, [USER, null, null, null, null]],
    [CORE.toLowerCase(), user, [CORE, null, null, null, null]],
    ['emails[type eq "work"]', user, [null, 'emails', 'emails.type eq "work"', null, null]],
    ['EMAILS[TYPE EQ "work"].VALUE', user, [null, 'emails', 'emails.type eq "work"', null, 'emails.value']],
    ['emails[value eq "]"].value', user, [null, 'emails', 'emails.value eq "]"', null, 'emails.value']],
    ['emails[value eq "\\"]"]', user, [null, 'emails', 'emails.value eq "\\"]"', null, null]],
    [
      `${USER}:accounts[appId eq "x"].name`,
      user,
      [null, `${USER}:accounts`, `${USER}:accounts.appId eq "x"`, null, `${USER}:accounts.name`],
    ],
    [
      'allowedGrants[value eq "refresh_token"]',
      app,
      [null, 'allowedGrants', 'allowedGrants.value eq "refresh_token"', null, null],
    ],
    ['members[startIndex=1&count=10]', group, [null, 'members', null, { offset: 0, limit: 10 }, null]],
    [
      'members[COUNT = 5 & startindex = 21].value',
      group,
      [null, 'members', null, { offset: 20, limit: 5 }, 'members.value'],
    ],
    ['members[startIndex=3]', group, [null, 'members', null, { offset: 2, limit: 50 }, null]],
    ['members[startIndex=-7&count=-1]', group, [null, 'members', null, { offset: 0, limit: 50 }, null]],
    ['members[count=0]', group, [null, 'members', null, { offset: 0, limit: 0 }, null]],
    ['members[count=99999]', group, [null, 'members', null, { offset: 0, limit: 1000 }, null]],
  ])('%s', (text, type, expected) => {
    expect(parsed(text, type)).toEqual(expected);
  });

  const recorded = JSON.parse(readFileSync(new URL('fixtures/recorded-paths.json', import.meta.url), 'utf8')) as {
    id: string;
    type: string;
    kind: string;
    text: string;
  }[];
  it.each(recorded.filter(({ id, kind }) => kind !== 'filter' && id !== 'main-0249'))(
    'the recorded $id: $text',
    ({ type, text }) => {
      const path = parsePath(text, resourceType(type));
      expect(path.attribute ?? path.extension).not.toBeNull();
    },
  );

  it('a filter that matches the elements of its attribute', () => {
    const grants = parsePath('allowedGrants[value eq "refresh_token"]', app).filter!;
    expect(['password', 'refresh_token'].filter((element) => matches(grants, element))).toEqual(['refresh_token']);
    const work = parsePath('emails[type eq "WORK" and primary ne true]', user).filter!;
    expect(matches(work, { type: 'work', value: 'a@example.com' })).toBe(true);
    expect(matches(work, { type: 'work', value: 'a@example.com', primary: true })).toBe(false);
  });
});

describe('parsePath refuses', () => {
  it.each([
    ['', 'attribute name'],
    ['   ', 'attribute name'],
    ['nothing', 'nothing is not an attribute of User'],
    ['name.nothing', 'name.nothing'],
    ['userName.value', 'userName.value'],
    ['user"Name', 'position 5'],
    ['userName\u0000', 'position 9'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    [`${USER}:`, USER],
    [`${USER}:nothing`, 'nothing'],
    ['urn:unknown:thing', 'urn:unknown:thing'],
    ['[type eq "work"]', 'attribute name'],
    ['emails[type eq "work"', 'position 7 is not closed'],
    ['emails[type eq "work]', 'position 7 is not closed'],
    ['emails[', 'position 7 is not closed'],
    ['emails]', 'position 7'],
    ['emails[type eq "work"]value', 'position 23'],
    ['emails[type eq "work"].', 'position 23'],
    ['emails[type eq "work"].nothing', 'nothing is not an attribute of emails'],
    ['emails[type eq "work"]]', 'position 23'],
    ['emails[type eq "work"].value[type pr]', 'position 23'],
    ['emails[nothing eq "x"]', 'nothing'],
    ['emails[]', 'position 1'],
    ['userName[value eq "x"]', 'userName, which has no elements'],
    ['name.familyName[value eq "x"]', 'name.familyName'],
    ['groups[startIndex=1&value eq "x"]', 'page'],
    ['groups[startIndex=x]', 'position'],
    ['groups[startIndex=1&count=2&count=3&count=4]', 'page'],
  ])('%j, naming the place', (text, named) => {
    expect(refused(text)).toContain(named);
  });

  it.each([
    ['x'.repeat(10_000), 'longer than 8192'],
    ['x'.repeat(8000), '...'],
    ['emails['.repeat(1100), 'not closed'],
    [`emails${'['.repeat(4000)}${']'.repeat(4000)}`, 'position 1'],
    [`emails[type eq "${'\\'.repeat(8000)}`, 'not closed'],
    [`members[${'&'.repeat(8000)}]`, 'position 1'],
    [`members[startIndex=${'9'.repeat(8000)}]`, ''],
    [`${'a.'.repeat(4000)}b`, '...'],
  ])('hostile text %# within milliseconds, without echoing it', (text, named) => {
    const started = performance.now();
    const message = refused(text, text.startsWith('members') ? group : user);
    expect(performance.now() - started).toBeLessThan(HANG_MS);
    expect(message).toContain(named);
    expect(message.length).toBeLessThan(400);
  });

  it('nothing with anything but a ScimError 400', () => {
    const piece = fc.constantFrom(
      'emails',
      'name',
      'members',
      '[',
      ']',
      '.',
      '"',
      'value',
      ' eq ',
      '"x"',
      'startIndex=1',
      '&',
      USER,
      ':',
      '\\',
      '\u0000',
      '$ref',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
        ),
        (text) => {
          try {
            parsePath(text, user);
          } catch (error) {
            expect(error).toBeInstanceOf(ScimError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('parsePath and canonical paths', () => {
  it.each([user, group, app])('agree on every attribute of a type', (type) => {
    for (const attribute of type.attributes) {
      expect(parsePath(attribute.path, type).attribute).toBe(attribute);
      for (const sub of attribute.subAttributes) {
        expect(parsePath(sub.path.toUpperCase(), type)).toMatchObject({ attribute, sub });
      }
    }
    for (const urn of type.extensions) expect(parsePath(urn, type).extension).toBe(urn);
  });
});
