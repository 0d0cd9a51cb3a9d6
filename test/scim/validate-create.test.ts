import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { acceptCreate } from '../../src/scim/validate.ts';
import { HANG_MS } from '../support/hang.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CAPABILITIES = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User';
const STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
const USER_EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const SELF_CHANGE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:selfChange:User';
const QUESTIONS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:securityQuestions:User';
const TAGS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:OCITags';

const user = resourceType('User');
const group = resourceType('Group');
const app = resourceType('App');

const create = (body: JsonObject) => acceptCreate(user, { userName: 'jane', ...body });
const refusal = (message: string | RegExp, messageId?: string) =>
  expect.objectContaining({
    status: 400,
    message: expect.stringMatching(message),
    ...(messageId === undefined ? {} : { messageId: `error.common.validation.${messageId}` }),
  });

describe('names in a body', () => {
  it('are taken in any case and written canonically', () => {
    const { data } = create({ DISPLAYNAME: 'Jane', emails: [{ VALUE: 'a@example.com', Type: 'work' }] });
    expect(data).toMatchObject({ displayName: 'Jane', emails: [{ value: 'a@example.com', type: 'work' }] });
  });

  it('may be dotted, beside the object that they belong to', () => {
    const { data } = create({ 'Name.givenName': 'Jane', name: { familyName: 'Doe' } });
    expect(data['name']).toEqual({ givenName: 'Jane', familyName: 'Doe' });
  });

  it('may be flattened extension keys, extension objects in any case, or qualified with the core URN', () => {
    const accepted = create({
      [`${SELF_CHANGE}:allowSelfChange`]: true,
      [ENTERPRISE.toUpperCase()]: { DEPARTMENT: 'R&D' },
      [`${ENTERPRISE}:manager.value`]: 'm1',
      [`${USER}:nickName`]: 'JD',
    });
    expect(accepted.transient.get(`${SELF_CHANGE}:allowSelfChange`)).toBe(true);
    expect(accepted.data[ENTERPRISE]).toEqual({ department: 'R&D', manager: { value: 'm1' } });
    expect(accepted.data['nickName']).toBe('JD');
  });

  it.each<[string, JsonObject]>([
    ['two cases', { title: 'a', TITLE: 'b' }],
    ['plain and URN-qualified', { title: 'a', [`${USER}:title`]: 'b' }],
    ['in an object and dotted', { name: { givenName: 'a' }, 'name.GIVENNAME': 'b' }],
    ['in an object in two cases', { name: { givenName: 'a', givenname: 'b' } }],
    ['in an extension object and flattened', { [ENTERPRISE]: { division: 'a' }, [`${ENTERPRISE}:division`]: 'b' }],
  ])('are refused when one attribute comes twice: %s', (_how, body) => {
    expect(() => create(body)).toThrow(refusal(/given more than once/));
  });

  it.each<[string, JsonObject, RegExp]>([
    ['an attribute', { shoeSize: 42 }, /shoeSize/],
    ['a sub-attribute', { name: { first: 'x' } }, /name\.first/],
    ['an extension', { 'urn:example:extension:1.0:User': { a: 1 } }, /urn:example/],
    ['__proto__', JSON.parse('{"__proto__":{"active":true}}') as JsonObject, /__proto__/],
    ['constructor', { constructor: 'x' }, /constructor/],
    ['a part of a list', { 'emails.value': 'x' }, /emails must be an array/],
  ])('are refused when unknown: %s', (_what, body, message) => {
    expect(() => create(body)).toThrow(refusal(message));
  });
});

describe('schemas of a body', () => {
  it.each<[string, JsonObject]>([
    ['missing', {}],
    ['another case', { schemas: [USER.toUpperCase()] }],
    // IDCS: recorded group creates list a custom extension that does not exist.
    ['an extension without values', { schemas: [USER, 'urn:ietf:params:scim:schemas:extension:custom:2.0:User'] }],
  ])('may be %s', (_how, body) => {
    expect(create(body).data['schemas']).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ['of another type', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'] }],
    ['a string', { schemas: USER }],
    ['a list of numbers', { schemas: [1] }],
  ])('are refused when %s', (_how, body) => {
    expect(() => create(body)).toThrow(refusal(/schema/));
  });
});

describe('readOnly attributes of a create', () => {
  it('are ignored, with their sub-attributes, whatever they hold', () => {
    const accepted = create({
      id: 'x',
      ocid: 'ocid1.user.oc1..x',
      meta: 'nonsense',
      domainOcid: 'x',
      groups: [{ value: 'g' }],
      idcsCreatedBy: { value: 'me' },
      phoneNumbers: [{ value: '1', type: 'work', display: 'mine', verified: true }],
      [ENTERPRISE]: { manager: { value: 'm1', displayName: 'Boss', $ref: 'https://example.com/m1' } },
    });
    expect(accepted.data['phoneNumbers']).toEqual([{ value: '1', type: 'work' }]);
    expect(accepted.data[ENTERPRISE]).toEqual({ manager: { value: 'm1' } });
    expect(Object.keys(accepted.data)).not.toEqual(expect.arrayContaining(['id']));
    expect([...accepted.given].sort()).toEqual(['phoneNumbers', `${ENTERPRISE}:manager`, 'userName'].sort());
    expect(accepted.edges.size).toBe(0);
  });
});

describe('values', () => {
  it.each<[string, unknown, unknown]>([
    ['active', 'true', true],
    ['active', 'False', false],
    ['title', 'x', 'x'],
    ['timezone', 'Europe/Berlin', 'Europe/Berlin'],
  ])('of %s: %j is kept as %j', (name, sent, kept) => {
    expect(create({ [name]: sent } as JsonObject).data[name]).toBe(kept);
  });

  it('that are numbers may come as text', () => {
    const settings = acceptCreate(app, {
      displayName: 'A',
      basedOnTemplate: { value: 'T' },
      accessTokenExpiry: '3600',
      refreshTokenExpiry: 7200,
    });
    expect(settings.data).toMatchObject({ accessTokenExpiry: 3600, refreshTokenExpiry: 7200 });
  });

  it('of canonical attributes take the canonical spelling', () => {
    expect(create({ emails: [{ value: 'a@example.com', type: 'WORK' }] }).data['emails']).toEqual([
      { value: 'a@example.com', type: 'work' },
    ]);
  });

  it.each<[JsonObject, RegExp]>([
    [{ active: 'yes' }, /active must be a boolean/],
    [{ active: 1 }, /active must be a boolean/],
    [{ title: 7 }, /title must be a string/],
    [{ title: ['x'] }, /title must be a string/],
    [{ title: { a: 1 } }, /title must be a string/],
    [{ title: 'a\u0000b' }, /title must be a string without NUL/],
    [{ title: 'a\ud800b' }, /title must be a string without NUL/],
    [{ name: 'Jane' }, /name must be an object/],
    [{ name: ['Jane'] }, /name must be an object/],
    [{ emails: { value: 'a@example.com', type: 'work' } }, /emails must be an array/],
    [{ emails: [['a']] }, /emails must be an object/],
    [{ [ENTERPRISE]: 'x' }, /enterprise:2\.0:User must be an object/],
    [
      { emails: [{ value: 'a@example.com', type: 'office' }] },
      /\[office\] for attribute emails\.type\. One of \[work,home,other,recovery\]/,
    ],
    [{ x509Certificates: [{ value: 'not base64!' }] }, /x509Certificates\.value must be a base64 string/],
    [{ tags: [{ key: 'k'.repeat(257), value: 'v' }] }, /tags\.key exceeds the maximum length of 256/],
  ])('of the wrong kind are refused by name: %j', (body, message) => {
    expect(() => create(body)).toThrow(refusal(message));
  });

  it('that are too long carry the recorded message id', () => {
    expect(() => create({ tags: [{ key: 'k', value: 'v'.repeat(257) }] })).toThrow(
      refusal(/tags\.value/, 'stringExceedsMaxLimit'),
    );
  });

  it('outside the range of a number are refused with it', () => {
    const policy = resourceType('PasswordPolicy');
    expect(() => acceptCreate(policy, { name: 'p', priority: 0 })).toThrow(refusal(/priority must be at least 1/));
    expect(() => acceptCreate(policy, { name: 'p', minLength: 1.5 })).toThrow(refusal(/minLength must be an integer/));
    expect(() => acceptCreate(policy, { name: 'p', minLength: '1e3' })).toThrow(
      refusal(/minLength must be an integer/),
    );
  });

  it('null, empty text and empty lists count as absent', () => {
    const accepted = create({ title: '', nickName: null, emails: [], ims: [{ value: '', type: null }], name: {} });
    for (const name of ['title', 'nickName', 'emails', 'ims', 'name']) {
      expect(accepted.data).not.toHaveProperty(name);
      expect(accepted.given.has(name)).toBe(false);
    }
  });

  it('of tags may be empty text', () => {
    expect(create({ [TAGS]: { freeformTags: [{ key: 'k', value: '' }] } }).data[TAGS]).toEqual({
      freeformTags: [{ key: 'k', value: '' }],
    });
  });

  it('of a reference may be its bare key', () => {
    expect(create({ [ENTERPRISE]: { manager: 'm1' } }).data[ENTERPRISE]).toEqual({ manager: { value: 'm1' } });
  });
});

describe('elements of a multi-valued attribute', () => {
  it.each<[string, JsonObject, RegExp]>([
    [
      'one composite key twice',
      {
        emails: [
          { value: 'a@b.c', type: 'work' },
          { value: 'A@B.C', type: 'work' },
        ],
      },
      /emails has duplicate values with the same value, type/,
    ],
    [
      'two primary ones',
      {
        emails: [
          { value: 'a@b.c', type: 'work', primary: true },
          { value: 'b@b.c', type: 'work', primary: true },
        ],
      },
      /Only one value of emails\.primary can be true/,
    ],
    [
      'too many',
      { emails: Array.from({ length: 10_001 }, (_, index) => ({ value: `${index}`, type: 'work' })) },
      /emails has more than 10000 values/,
    ],
  ])('are refused: %s', (_what, body, message) => {
    expect(() => create(body)).toThrow(refusal(message));
  });

  it('may share a part of their composite key', () => {
    const emails = [
      { value: 'a@b.c', type: 'work' },
      { value: 'a@b.c', type: 'home' },
    ];
    expect(create({ emails }).data['emails']).toEqual(emails);
  });

  it('of simple type are refused when repeated', () => {
    const body = { displayName: 'A', basedOnTemplate: { value: 'T' }, allowedGrants: ['password', 'password'] };
    expect(() => acceptCreate(app, body)).toThrow(refusal(/allowedGrants has duplicate values/));
  });
});

describe('required attributes', () => {
  it('are named in one comma list without blanks', () => {
    expect(() => acceptCreate(app, { description: 'x' })).toThrow(
      refusal(/^Missing required attribute\(s\): displayName,basedOnTemplate\.$/, 'missingReqAttributes'),
    );
  });

  it('may be sub-attributes', () => {
    expect(() => create({ emails: [{ value: 'a@b.c' }, { value: 'b@b.c' }] })).toThrow(
      refusal(/^Missing required attribute\(s\): emails\.type\.$/),
    );
  });

  it('count as missing when empty', () => {
    expect(() => acceptCreate(user, { userName: '' })).toThrow(refusal(/userName/));
  });

  it('of an extension count only when the extension is used', () => {
    expect(() => create({})).not.toThrow();
    const radius = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:radiusApp:App';
    const body = { displayName: 'A', basedOnTemplate: { value: 'T' }, [radius]: { port: '1812' } };
    expect(() => acceptCreate(app, body)).toThrow(refusal(/radiusApp:App:clientIP/));
  });

  it('of a reference are satisfied by its OCID', () => {
    const { edges } = acceptCreate(group, { displayName: 'G', members: [{ ocid: 'ocid1.user.oc1..x' }] });
    expect(edges.get('members')).toEqual([{ ocid: 'ocid1.user.oc1..x', type: 'User' }]);
  });
});

describe('defaults', () => {
  it('of the overlay fill what the body leaves out', () => {
    const { data } = create({ active: false, [CAPABILITIES]: { canUseApiKeys: false } });
    expect(data).toMatchObject({
      active: false,
      [USER_EXTENSION]: { isFederatedUser: false },
      [STATE]: { locked: { on: false } },
      [CAPABILITIES]: { canUseApiKeys: false, canUseAuthTokens: true },
    });
  });

  it('of sub-attributes fill elements, and make none', () => {
    const filled = acceptCreate(group, { displayName: 'G', members: [{ value: 'u1' }] });
    expect(filled.edges.get('members')).toEqual([{ value: 'u1', type: 'User' }]);
    const { data, edges } = acceptCreate(group, { displayName: 'G' });
    expect(edges.size).toBe(0);
    expect(JSON.stringify(data)).not.toContain('owners');
  });

  it('are fresh for every resource', () => {
    const first = create({}).data[STATE] as JsonObject;
    (first['locked'] as JsonObject)['on'] = true;
    expect(create({}).data[STATE]).toEqual({ locked: { on: false } });
  });
});

describe('values that are not kept as sent', () => {
  it('go to transient: passwords and other never-returned attributes', () => {
    const { data, transient } = create({ password: 'Secret-1', [USER_EXTENSION]: { bypassNotification: 'true' } });
    expect(transient.get('password')).toBe('Secret-1');
    expect(transient.get(`${USER_EXTENSION}:bypassNotification`)).toBe(true);
    expect(JSON.stringify(data)).not.toMatch(/Secret-1|bypass/);
  });

  it('go to transient whole where only a part is never returned', () => {
    const secQuestions = [{ value: 'FirstPet', answer: 'Bouncer', hintText: 'dog' }];
    const { data, transient } = create({ [QUESTIONS]: { secQuestions } });
    expect(transient.get(`${QUESTIONS}:secQuestions`)).toEqual(secQuestions);
    expect(data[QUESTIONS]).toEqual({ secQuestions: [{ value: 'FirstPet', hintText: 'dog' }] });
  });
});

describe('hostile bodies', () => {
  it('nested ten thousand levels deep are refused at once', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`) as JsonObject;
    expect(() => create({ name: deep })).toThrow(refusal(/name\.a/));
    expect(() => create({ meta: deep, title: deep })).toThrow(refusal(/title/));
  });

  it('with a long run of blanks in a binary value cost no time', () => {
    const started = performance.now();
    expect(() => create({ x509Certificates: [{ value: `${' '.repeat(500_000)}!` }] })).toThrow(refusal(/base64/));
    expect(performance.now() - started).toBeLessThan(HANG_MS);
  });
});

describe('speed', () => {
  it('of a create is printed', () => {
    const body: JsonObject = {
      schemas: [USER],
      userName: 'jane@example.com',
      name: { givenName: 'Jane', familyName: 'Doe' },
      emails: [{ value: 'jane@example.com', type: 'work', primary: true }],
    };
    const rounds = 5_000;
    for (let round = 0; round < rounds; round += 1) acceptCreate(user, body);
    const started = performance.now();
    for (let round = 0; round < rounds; round += 1) acceptCreate(user, body);
    console.log(`acceptCreate of a user: ${(((performance.now() - started) * 1000) / rounds).toFixed(1)} µs`);
  });
});
