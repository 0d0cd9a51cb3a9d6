import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { applyPatch } from '../../src/scim/patch.ts';
import { acceptCreate } from '../../src/scim/validate.ts';

const SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const USER_EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const QUESTIONS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:securityQuestions:User';
const user = resourceType('User');
const group = resourceType('Group');

const data: JsonObject = {
  userName: 'jane',
  active: true,
  title: 'Engineer',
  name: { givenName: 'Jane', familyName: 'Doe' },
  emails: [
    { value: 'work@example.com', type: 'work', primary: true },
    { value: 'home@example.com', type: 'home', primary: false },
  ],
  phoneNumbers: [{ value: '1', type: 'work', verified: true }],
  [USER_EXTENSION]: { creationMechanism: 'api', serviceUser: false },
  [ENTERPRISE]: { department: 'R&D', manager: { value: 'm1', displayName: 'Boss' } },
};
const shown: JsonObject = {
  ...data,
  id: 'u1',
  groups: [{ value: 'g1', display: 'One', type: 'direct' }],
  meta: { resourceType: 'User' },
};
const current = { data, shown };
const body = (...Operations: JsonValue[]): JsonObject => ({ schemas: [SCHEMA], Operations });
const patch = (...operations: JsonObject[]) => applyPatch(user, body(...operations), current);
const refusal = (message: string | RegExp) =>
  expect.objectContaining({ status: 400, message: expect.stringMatching(message) });

describe('a PATCH body', () => {
  it.each<[string, JsonObject, RegExp]>([
    ['no Operations', { schemas: [SCHEMA] }, /Operations must be an array/],
    ['an object for Operations', { schemas: [SCHEMA], Operations: {} }, /Operations must be an array/],
    ['no operation', body(), /Operations has no operation/],
    [
      'too many operations',
      body(...Array.from({ length: 1001 }, () => ({ op: 'remove', path: 'title' }))),
      /more than 1000/,
    ],
    [
      'another schema',
      { schemas: [CORE], Operations: [{ op: 'remove', path: 'title' }] },
      /schemas must contain .*PatchOp/,
    ],
    ['a string for an operation', body('remove'), /Operation 1: it must be an object/],
    ['no op', body({ op: 'remove', path: 'title' }, { path: 'title' }), /Operation 2: the value of attribute op/],
    ['an unknown op', body({ op: 'move', path: 'title' }), /\[move\].*\[add,remove,replace\]/],
    ['a number for a path', body({ op: 'remove', path: 1 }), /path must be a string/],
    ['no value', body({ op: 'add', path: 'title' }), /value is missing/],
    ['text without a path', body({ op: 'add', value: 'x' }), /value must be an object/],
    ['an unknown path', body({ op: 'add', path: 'shoeSize', value: 1 }), /shoeSize/],
    ['an unknown key', body({ op: 'add', value: { shoeSize: 1 } }), /shoeSize/],
    ['__proto__ as a key', body({ op: 'add', value: JSON.parse('{"__proto__":{"x":1}}') }), /path|__proto__/],
    [
      'one attribute twice',
      body({ op: 'add', value: { title: 'a', [`${CORE}:title`]: 'b' } }),
      /title is given more than once/,
    ],
    ['a page in a path', body({ op: 'remove', path: 'emails[startIndex=1&count=1]' }), /without a page/],
    ['an open bracket', body({ op: 'remove', path: 'emails[type eq "work"' }), /bracket/],
  ])('with %s is refused', (_what, sent, message) => {
    expect(() => applyPatch(user, sent, current)).toThrow(refusal(message));
  });

  it('needs no schemas', () => {
    expect(applyPatch(user, { Operations: [{ op: 'remove', path: 'title' }] }, current).data).not.toHaveProperty(
      'title',
    );
  });
});

describe('a single value', () => {
  it('is replaced by add, as by replace', () => {
    for (const op of ['add', 'replace']) expect(patch({ op, path: 'title', value: 'Lead' }).data['title']).toBe('Lead');
  });

  it.each([null, ''])('is cleared by %j', (value) => {
    expect(patch({ op: 'replace', path: 'title', value }).data).not.toHaveProperty('title');
  });

  it('that is complex keeps the parts that are not named', () => {
    expect(patch({ op: 'replace', path: 'name', value: { familyName: 'Roe', givenName: null } }).data['name']).toEqual({
      familyName: 'Roe',
    });
    expect(patch({ op: 'add', path: 'NAME.middleName', value: 'M' }).data['name']).toEqual({
      givenName: 'Jane',
      familyName: 'Doe',
      middleName: 'M',
    });
  });

  it('goes when its last part goes, and an extension with it', () => {
    const { data: after } = patch(
      { op: 'remove', path: 'name.givenName' },
      { op: 'remove', path: 'name.familyName' },
      { op: 'remove', path: `${ENTERPRISE}:department` },
      { op: 'remove', path: `${ENTERPRISE}:manager` },
    );
    expect(after).not.toHaveProperty('name');
    expect(Object.keys(after)).not.toContain(ENTERPRISE);
  });

  it('that refers to something else loses what the service said of the old target', () => {
    const { data: after } = patch({ op: 'replace', path: `${ENTERPRISE}:manager.value`, value: 'm1' });
    expect(after[ENTERPRISE]).toMatchObject({ manager: { value: 'm1', displayName: 'Boss' } });
    const moved = patch({ op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: 'm2' } });
    expect(moved.data[ENTERPRISE]).toMatchObject({ manager: { value: 'm2' } });
    expect(moved.data[ENTERPRISE]).not.toHaveProperty(['manager', 'displayName']);
  });

  it('is converted and checked like in a create', () => {
    expect(patch({ op: 'replace', path: 'active', value: 'FALSE' }).data['active']).toBe(false);
    expect(() => patch({ op: 'replace', path: 'title', value: 7 })).toThrow(refusal(/title must be a string/));
    expect(() => patch({ op: 'replace', path: 'title', value: ['a', 'b'] })).toThrow(
      refusal(/title must be a single value/),
    );
  });
});

describe('a multi-valued attribute', () => {
  it('takes an element as an object and as an array', () => {
    const added = { value: 'new@example.com', type: 'other' };
    for (const value of [added, [added]]) {
      expect(patch({ op: 'add', path: 'emails', value }).data['emails']).toEqual([
        ...(data['emails'] as JsonValue[]),
        added,
      ]);
    }
  });

  it('merges an element that is there, and says when nothing changed', () => {
    const patched = patch({ op: 'add', path: 'emails', value: [{ value: 'home@example.com', type: 'home' }] });
    expect(patched.data['emails']).toEqual(data['emails']);
    expect(patched.changed).toBe(false);
  });

  it('keeps readOnly parts of elements that a replace repeats', () => {
    const { data: after } = patch({ op: 'replace', path: 'phoneNumbers', value: [{ value: '1', type: 'work' }] });
    expect(after['phoneNumbers']).toEqual([{ value: '1', type: 'work', verified: true }]);
  });

  it('loses only elements that the value of a remove names', () => {
    const value = [{ value: 'HOME@example.com', type: 'home' }, { value: 'unknown@example.com' }];
    expect(patch({ op: 'remove', path: 'emails', value }).data['emails']).toEqual([(data['emails'] as JsonValue[])[0]]);
    expect(patch({ op: 'remove', path: 'emails', value: [{ type: 'home' }] }).data['emails']).toHaveLength(1);
    for (const nothing of [[], [{}], [{ pendingVerificationData: 'x' }]]) {
      expect(patch({ op: 'remove', path: 'emails', value: nothing }).changed).toBe(false);
    }
  });

  it.each<[JsonObject]>([
    [{ op: 'add', path: 'emails[type eq "home"].primary', value: true }],
    [{ op: 'replace', path: 'emails[type eq "home"]', value: { value: 'home@example.com', primary: true } }],
    [{ op: 'add', path: 'emails', value: [{ value: 'home@example.com', type: 'home', primary: 'true' }] }],
  ])('has one primary element after %j', (operation) => {
    expect(patch(operation).data['emails']).toEqual([
      { value: 'work@example.com', type: 'work', primary: false },
      { value: 'home@example.com', type: 'home', primary: true },
    ]);
  });

  it('changes every element that a filter selects', () => {
    const { data: after } = patch({ op: 'replace', path: 'emails[value ew "example.com"].verified', value: true });
    expect((after['emails'] as JsonObject[]).map((mail) => mail['verified'])).toEqual([true, true]);
  });

  it.each<[string, JsonObject, RegExp]>([
    [
      'replace selects nothing',
      { op: 'replace', path: 'emails[type eq "other"].value', value: 'x' },
      /emails\[type eq "other"\]\.value matches no value/,
    ],
    [
      'add cannot make what the filter wants',
      { op: 'add', path: 'emails[type ne "home" and value co "zzz"].value', value: 'x' },
      /matches no value/,
    ],
    [
      'a new element lacks a required part',
      { op: 'add', path: 'emails', value: { value: 'x@example.com' } },
      /Missing required attribute\(s\): emails\.type\./,
    ],
    [
      'all values would go by their required part',
      { op: 'remove', path: 'emails.value' },
      /Missing required attribute\(s\): emails\.value\./,
    ],
    [
      'two elements claim to be primary',
      { op: 'replace', path: 'emails.primary', value: true },
      /Only one value of emails\.primary/,
    ],
  ])('is refused when %s', (_what, operation, message) => {
    expect(() => patch(operation)).toThrow(refusal(message));
  });

  it('with one composite key twice is refused', () => {
    const value = [
      { value: 'a', type: 'work' },
      { value: 'A', type: 'work' },
    ];
    expect(() => patch({ op: 'replace', path: 'emails', value })).toThrow(refusal(/duplicate values/));
  });
});

describe('mutability', () => {
  it.each<[string, JsonObject, RegExp]>([
    ['a readOnly attribute', { op: 'replace', path: 'id', value: 'u2' }, /The attribute id is readOnly/],
    ['a readOnly list', { op: 'add', path: 'groups', value: [{ value: 'g2' }] }, /groups is readOnly/],
    ['a readOnly list, by removal', { op: 'remove', path: 'groups[value eq "g1"]' }, /groups is readOnly/],
    ['a part of meta', { op: 'replace', path: 'meta.version', value: 'x' }, /meta\.version is readOnly/],
    [
      'a readOnly part',
      { op: 'replace', path: 'phoneNumbers[type eq "work"].verified', value: false },
      /phoneNumbers\.verified is readOnly/,
    ],
    ['a $ref', { op: 'replace', path: `${ENTERPRISE}:manager.$ref`, value: 'x' }, /manager\.\$ref is readOnly/],
    [
      'an immutable value',
      { op: 'replace', path: `${USER_EXTENSION}:creationMechanism`, value: 'import' },
      /creationMechanism is immutable/,
    ],
    [
      'an immutable value, by removal',
      { op: 'remove', path: `${USER_EXTENSION}:serviceUser` },
      /serviceUser is immutable/,
    ],
  ])('refuses to change %s', (_what, operation, message) => {
    expect(() => patch(operation)).toThrow(refusal(message));
  });

  it.each<[JsonObject]>([
    [{ op: 'replace', path: 'id', value: 'u1' }],
    [{ op: 'add', path: 'groups', value: [{ value: 'g1' }] }],
    [{ op: 'replace', path: `${USER_EXTENSION}:creationMechanism`, value: 'API' }],
    [{ op: 'replace', value: { id: 'u1', meta: { version: 'stale' }, schemas: [CORE], userName: 'jane' } }],
    [{ op: 'add', path: 'schemas', value: [ENTERPRISE] }],
  ])('passes what says nothing new: %j', (operation) => {
    expect(patch(operation)).toMatchObject({ changed: false, data });
  });

  it('lets an immutable attribute have its first value', () => {
    const { data: after } = patch({ op: 'add', path: `${USER_EXTENSION}:provider`, value: 'google' });
    expect(after[USER_EXTENSION]).toMatchObject({ provider: 'google' });
  });
});

describe('an extension URN alone', () => {
  it('removes what clients can write', () => {
    expect(Object.keys(patch({ op: 'remove', path: ENTERPRISE }).data)).not.toContain(ENTERPRISE);
  });
});

describe('never-returned values', () => {
  it('go to transient only', () => {
    const patched = patch({ op: 'add', path: 'password', value: 'Secret-1' });
    expect(patched.transient.get('password')).toBe('Secret-1');
    expect(patched).toMatchObject({ changed: true, data });
  });

  it('inside elements are cut off what is stored', () => {
    const secQuestions = [{ value: 'FirstPet', answer: 'Bouncer', hintText: 'dog' }];
    const patched = patch({ op: 'add', path: `${QUESTIONS}:secQuestions`, value: secQuestions });
    expect(patched.data[QUESTIONS]).toEqual({ secQuestions: [{ value: 'FirstPet', hintText: 'dog' }] });
    expect(patched.transient.get(`${QUESTIONS}:secQuestions`)).toEqual(secQuestions);
  });
});

describe('members of a group', () => {
  const staff = { data: { displayName: 'Staff' }, shown: { displayName: 'Staff' } };
  const edges = (operation: JsonObject) =>
    applyPatch(group, body(operation), staff).edges.map(({ op, values, filter }) => [op, values, filter?.op ?? null]);

  it.each<[JsonObject, unknown]>([
    [
      { op: 'add', path: 'members', value: [{ value: 'u1' }, { value: 'u1', type: 'User' }] },
      [['add', [{ value: 'u1', type: 'User' }], null]],
    ],
    [
      { op: 'add', path: 'members[value eq "u1"]', value: { type: 'User' } },
      [['add', [{ value: 'u1', type: 'User' }], null]],
    ],
    [{ op: 'replace', path: 'members', value: [] }, [['set', [], null]]],
    [
      { op: 'replace', path: 'members[value eq "u1"]', value: [{ value: 'u2' }] },
      [
        ['remove', [], 'eq'],
        ['add', [{ value: 'u2', type: 'User' }], null],
      ],
    ],
    [
      { op: 'replace', path: 'members[value eq "u1"].value', value: 'u2' },
      [
        ['remove', [], 'eq'],
        ['add', [{ value: 'u2', type: 'User' }], null],
      ],
    ],
    [{ op: 'remove', path: 'members[value eq "u1"].value' }, [['remove', [], 'eq']]],
    [{ op: 'remove', path: 'members', value: [] }, []],
    [{ op: 'remove', path: 'members', value: null }, [['clear', [], null]]],
    [
      { op: 'add', value: { members: [{ ocid: 'ocid1.user.oc1..x' }] } },
      [['add', [{ ocid: 'ocid1.user.oc1..x', type: 'User' }], null]],
    ],
  ])('%j', (operation, expected) => {
    expect(edges(operation)).toEqual(expected);
  });

  it.each<[JsonObject, RegExp]>([
    [{ op: 'add', path: 'members', value: [{ display: 'Jane' }] }, /Missing required attribute\(s\): members\.value\./],
    [{ op: 'add', path: 'members', value: [{ type: 'User' }] }, /Missing required attribute\(s\): members\.value\./],
    [{ op: 'add', path: 'members', value: [{ value: 'u1', type: 'Group' }] }, /\[Group\] for attribute members\.type/],
    [{ op: 'replace', path: 'members[value eq "u1"].display', value: 'x' }, /members\.display is readOnly/],
    [{ op: 'remove', path: 'members.value' }, /members\.value matches no value/],
  ])('%j is checked', (operation, message) => {
    expect(() => edges(operation)).toThrow(refusal(message));
  });
});

describe('an extension that a PATCH begins to use', () => {
  it('gets its defaults, as on create', () => {
    const app = resourceType('App');
    const saml = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:samlServiceProvider:App';
    const path = `${saml}:partnerProviderId`;
    const value = 'https://sp.example/';
    const data = { displayName: 'a', basedOnTemplate: { value: 'CustomWebAppTemplateId' } };
    const patched = applyPatch(app, body({ op: 'add', path, value }), { data, shown: data });
    const created = acceptCreate(app, { ...data, [saml]: { partnerProviderId: value } });
    expect(Object.keys(patched.data[saml] as JsonObject).length).toBeGreaterThan(1);
    expect(patched.data[saml]).toEqual(created.data[saml]);
    expect(data).toEqual({ displayName: 'a', basedOnTemplate: { value: 'CustomWebAppTemplateId' } });
  });
});

describe('speed', () => {
  it('of a PATCH is printed', () => {
    const operation = { op: 'replace', path: 'emails[type eq "work"].value', value: 'new@example.com' };
    const rounds = 5_000;
    for (let round = 0; round < rounds; round += 1) patch(operation);
    const started = performance.now();
    for (let round = 0; round < rounds; round += 1) patch(operation);
    console.log(`applyPatch of one mail: ${(((performance.now() - started) * 1000) / rounds).toFixed(1)} µs`);
  });
});
