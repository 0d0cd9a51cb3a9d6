import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import { compileProjection, splitAttributes } from '../../src/scim/compile-projection.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import type { ResourceType } from '../../src/scim/schema.ts';

const STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
const USER_EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const CAPABILITIES = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const user = resourceType('User');
const group = resourceType('Group');
const app = resourceType('App');

const jane: JsonObject = {
  id: 'u1',
  ocid: 'ocid1.user.oc1..u1',
  schemas: ['stale'],
  meta: { resourceType: 'User', created: '2024-01-23T11:01:02.009Z', version: 'v', location: 'https://x/Users/u1' },
  domainOcid: 'ocid1.domain.oc1..d',
  idcsCreatedBy: { type: 'User', value: 'u0', display: 'Admin', $ref: 'https://x/Users/u0' },
  userName: 'jane',
  password: 'must never be seen',
  active: true,
  ims: [],
  name: { givenName: 'Jane', familyName: 'Doe', formatted: 'Jane Doe' },
  emails: [
    { value: 'a@x', type: 'work', primary: true },
    { value: 'b@x', type: 'home' },
    { value: 'c@x', type: 'other' },
  ],
  tags: [{ key: 'k', value: 'v' }],
  groups: [{ value: 'g1', display: 'One', type: 'direct' }],
  unknown: 1,
  [STATE]: { locked: { on: false }, recoveryLocked: {} },
  [USER_EXTENSION]: {
    isFederatedUser: false,
    creationMechanism: 'api',
    bypassNotification: true,
    appRoles: [{ value: 'r1', display: 'Admin', type: 'direct', appId: 'IDCSAppId' }],
  },
  [CAPABILITIES]: { canUseApiKeys: true },
  [ENTERPRISE]: {},
};

const apply = (
  resource: JsonObject,
  attributes: string | null,
  sets: string[] | null = null,
  type: ResourceType = user,
) =>
  compileProjection(type, {
    attributes: attributes === null ? null : splitAttributes(attributes),
    attributeSets: sets,
  }).apply(resource);

describe('without parameters', () => {
  const answer = apply(jane, null);

  it('shows what is returned always and by default, and nothing else', () => {
    expect(Object.keys(answer).sort()).toEqual(
      [
        'id',
        'ocid',
        'schemas',
        'meta',
        'domainOcid',
        'idcsCreatedBy',
        'userName',
        'active',
        'name',
        'emails',
        STATE,
        USER_EXTENSION,
        CAPABILITIES,
      ].sort(),
    );
    expect(answer[USER_EXTENSION]).toEqual({ isFederatedUser: false });
    expect(answer[STATE]).toEqual({ locked: { on: false } });
  });

  it('lists in schemas the core and the extensions shown, except unlisted ones', () => {
    expect(answer['schemas']).toEqual([
      CORE,
      ...user.extensions.filter((urn) => urn === STATE || urn === USER_EXTENSION),
    ]);
  });

  it('does not change its input', () => {
    const before = JSON.stringify(jane);
    apply(jane, null);
    expect(JSON.stringify(jane)).toBe(before);
  });

  it('is the same projection every time, an empty parameter included', () => {
    const first = compileProjection(user, { attributes: null, attributeSets: null });
    expect(compileProjection(user, { attributes: [], attributeSets: [''] })).toBe(first);
    expect(first.isDefault).toBe(true);
    expect(first.wants(user.core('members') ?? user.core('userName')!)).toBe(true);
    expect(first.wants(user.core('groups')!)).toBe(false);
  });
});

describe('the parameter attributes', () => {
  it.each<[string, JsonObject]>([
    ['displayName', { id: 'u1', userName: 'jane' }],
    ['ACTIVE', { id: 'u1', userName: 'jane', active: true }],
    [`${CORE}:active`, { id: 'u1', userName: 'jane', active: true }],
    ['name.familyName', { id: 'u1', userName: 'jane', name: { familyName: 'Doe' } }],
    ['name.familyName,name.givenName', { id: 'u1', userName: 'jane', name: { familyName: 'Doe', givenName: 'Jane' } }],
    ['name.familyName,name', { id: 'u1', userName: 'jane', name: jane['name']! }],
    ['emails.value', { id: 'u1', userName: 'jane', emails: [{ value: 'a@x' }, { value: 'b@x' }, { value: 'c@x' }] }],
    ['emails[type eq "home"]', { id: 'u1', userName: 'jane', emails: [{ value: 'b@x', type: 'home' }] }],
    [
      'emails[type eq "home"].value,emails[type eq "work"].value',
      { id: 'u1', userName: 'jane', emails: [{ value: 'a@x' }, { value: 'b@x' }] },
    ],
    [
      'emails[type eq "home"].value,emails.type',
      {
        id: 'u1',
        userName: 'jane',
        emails: [
          { value: 'a@x', type: 'work' },
          { value: 'b@x', type: 'home' },
          { value: 'c@x', type: 'other' },
        ],
      },
    ],
    ['emails[startIndex=2&count=1]', { id: 'u1', userName: 'jane', emails: [{ value: 'b@x', type: 'home' }] }],
    ['emails[type eq "nobody"]', { id: 'u1', userName: 'jane' }],
    ['groups', { id: 'u1', userName: 'jane', groups: [{ value: 'g1', display: 'One' }] }],
    ['groups.type', { id: 'u1', userName: 'jane', groups: [{ value: 'g1', type: 'direct' }] }],
    [USER_EXTENSION, { id: 'u1', userName: 'jane', [USER_EXTENSION]: { isFederatedUser: false } }],
    [
      `${USER_EXTENSION}:creationMechanism`,
      { id: 'u1', userName: 'jane', [USER_EXTENSION]: { creationMechanism: 'api' } },
    ],
    [`${STATE}:locked.on`, { id: 'u1', userName: 'jane', [STATE]: { locked: { on: false } } }],
    ['schemas,meta.version', { id: 'u1', userName: 'jane', schemas: [CORE], meta: { version: 'v' } }],
    ['password', { id: 'u1', userName: 'jane' }],
    [`${USER_EXTENSION}:bypassNotification`, { id: 'u1', userName: 'jane' }],
    ['shoeSize,name.shoe,x[y eq 1],__proto__', { id: 'u1', userName: 'jane' }],
  ])('%s', (attributes, expected) => {
    expect(apply(jane, attributes)).toEqual(expected);
  });

  it('lists an extension in schemas when both are asked for', () => {
    expect(apply(jane, `schemas,${STATE}:locked`)['schemas']).toEqual([CORE, STATE]);
  });

  it('keeps parts that are always returned, unless their attribute waits for a request', () => {
    const resource = { id: 'a', displayName: 'A', basedOnTemplate: { value: 'T', lastModified: 'x' } };
    expect(apply(resource, 'description', null, app)).toEqual({
      id: 'a',
      displayName: 'A',
      basedOnTemplate: { value: 'T' },
    });
    const staff = { id: 'g', displayName: 'G', members: [{ value: 'u', type: 'User' }] };
    expect(apply(staff, 'id', null, group)).toEqual({ id: 'g', displayName: 'G' });
  });

  it.each(['emails[type eq ]', 'emails[type eq "x"', 'emails[shoe eq "x"]'])(
    'refuses the malformed %s',
    (attributes) => {
      expect(() => apply(jane, attributes)).toThrow(expect.objectContaining({ status: 400 }));
    },
  );

  it('refuses more than a thousand paths', () => {
    const attributes = Array.from({ length: 1001 }, (_, index) => `a${index}`).join(',');
    expect(() => apply(jane, attributes)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

describe('the parameter attributeSets', () => {
  it('all shows everything but what is never returned', () => {
    const answer = apply(jane, null, ['ALL']);
    expect(answer['groups']).toEqual(jane['groups']);
    expect(answer['tags']).toEqual(jane['tags']);
    expect(answer[USER_EXTENSION]).toEqual({
      isFederatedUser: false,
      creationMechanism: 'api',
      appRoles: [{ value: 'r1', display: 'Admin', type: 'direct', appId: 'IDCSAppId' }],
    });
    expect(JSON.stringify(answer)).not.toMatch(/never be seen|bypass|unknown/);
  });

  it.each<[string[], string[]]>([
    [['always'], ['id', 'userName']],
    [['never'], ['id', 'userName']],
    [['request'], ['id', 'userName', 'tags', 'groups', USER_EXTENSION]],
  ])('%j shows only these', (sets, names) => {
    expect(Object.keys(apply(jane, null, sets)).sort()).toEqual([...names].sort());
  });

  it('default is what no parameter shows', () => {
    expect(apply(jane, null, ['default'])).toEqual(apply(jane, null));
  });

  it('is united with other sets and with attributes', () => {
    const answer = apply(jane, 'tags', ['always,default']);
    expect(answer).toEqual({ ...apply(jane, null), tags: jane['tags'] });
    expect(apply(jane, 'emails[type eq "home"]', ['default'])['emails']).toEqual(jane['emails']);
  });

  it('refuses an unknown set by name', () => {
    expect(() => apply(jane, null, ['some'])).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining('[some]') }),
    );
  });
});

describe('edge attributes', () => {
  it('are paged where they are loaded, not again here', () => {
    const projection = compileProjection(group, { attributes: ['members[startIndex=3&count=2]'], attributeSets: null });
    const members = group.core('members')!;
    expect(projection.wants(members)).toBe(true);
    expect(projection.page(members)).toEqual({ offset: 2, limit: 2 });
    const loaded = [
      { value: 'u3', type: 'User' },
      { value: 'u4', type: 'User' },
    ];
    expect(projection.apply({ id: 'g', members: loaded })['members']).toEqual(loaded);
  });

  it('tell their filter and which parts are wanted', () => {
    const projection = compileProjection(group, {
      attributes: ['members[value eq "u1"].display'],
      attributeSets: null,
    });
    const members = group.core('members')!;
    expect(projection.valueFilter(members)).toMatchObject({ op: 'eq', value: 'u1' });
    expect(projection.wants(members.sub('display')!)).toBe(true);
    expect(projection.wants(members.sub('type')!)).toBe(false);
    expect(projection.apply({ members: [{ value: 'u1', type: 'User', display: 'Jane' }] })).toEqual({
      members: [{ value: 'u1', display: 'Jane' }],
    });
  });
});

describe('splitAttributes', () => {
  it.each<[string, string[]]>([
    ['', []],
    [' a , b,, c ', ['a', 'b', 'c']],
    ['members[value eq "a,b"].display,id', ['members[value eq "a,b"].display', 'id']],
    ['a[b eq "]," and c eq "\\","],d', ['a[b eq "]," and c eq "\\","]', 'd']],
    ['a[b eq "x', ['a[b eq "x']],
    ['a],b', ['a]', 'b']],
  ])('%j', (text, paths) => {
    expect(splitAttributes(text)).toEqual(paths);
  });
});

describe('speed', () => {
  it('of the default projection is printed', () => {
    const large = {
      ...jane,
      [CAPABILITIES]: Object.fromEntries(['ApiKeys', 'AuthTokens'].map((name) => [`canUse${name}`, true])),
    };
    const projection = compileProjection(user, { attributes: null, attributeSets: null });
    const rounds = 20_000;
    for (let round = 0; round < rounds; round += 1) projection.apply(large);
    const started = performance.now();
    for (let round = 0; round < rounds; round += 1) projection.apply(large);
    const each = ((performance.now() - started) * 1000) / rounds;
    console.log(`default projection of ${JSON.stringify(large).length} bytes: ${each.toFixed(2)} µs`);
  });
});

describe('distinct', () => {
  it('shows each value of a list once, as it is cut', () => {
    const grants = ['a', 'b', 'a'].map((appId, index) => ({ value: `g${index}`, appId, grantMechanism: 'X' }));
    const holder: JsonObject = { id: 'u1', userName: 'jane', [USER_EXTENSION]: { grants } };
    const attributes = [`${USER_EXTENSION}:grants.appId`];
    const cut = (distinct: boolean) =>
      compileProjection(user, { attributes, attributeSets: null, distinct }).apply(holder)[USER_EXTENSION];
    expect(cut(true)).toEqual({ grants: [{ appId: 'a' }, { appId: 'b' }] });
    expect(cut(false)).toEqual({ grants: [{ appId: 'a' }, { appId: 'b' }, { appId: 'a' }] });
  });
});
