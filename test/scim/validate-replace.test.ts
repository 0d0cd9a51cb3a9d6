import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import { compileProjection } from '../../src/scim/compile-projection.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { acceptReplace, type Current } from '../../src/scim/validate.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const USER_EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const CAPABILITIES = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User';

const user = resourceType('User');
const group = resourceType('Group');
const changer = resourceType('UserPasswordChanger');

const data: JsonObject = {
  userName: 'jane',
  title: 'Engineer',
  tags: [{ key: 'k', value: 'v' }],
  emails: [{ value: 'jane@example.com', type: 'work', primary: true }],
  phoneNumbers: [{ value: '1', type: 'work', verified: true }],
  idcsCreatedBy: { type: 'App', value: 'a1', display: 'app' },
  idcsLastModifiedBy: { type: 'App', value: 'a1', display: 'app' },
  [USER_EXTENSION]: { isFederatedUser: false, creationMechanism: 'api', accountRecoveryRequired: false },
  [ENTERPRISE]: { manager: { value: 'm1', displayName: 'Boss' } },
};
const shown: JsonObject = {
  ...data,
  id: 'u1',
  ocid: 'ocid1.user.oc1..u1',
  schemas: [user.schema, USER_EXTENSION],
  meta: { resourceType: 'User', created: '2024-04-23T04:56:22.000Z', location: 'https://example.com/Users/u1' },
  domainOcid: 'ocid1.domain.oc1..d',
  groups: [
    { value: 'g1', display: 'One', type: 'direct', $ref: 'https://example.com/Groups/g1' },
    { value: 'g2', display: 'Two', type: 'direct', $ref: 'https://example.com/Groups/g2' },
  ],
  idcsCreatedBy: { type: 'App', value: 'a1', display: 'app', $ref: 'https://example.com/Apps/a1' },
};
const current: Current = { data, shown };
const replace = (body: JsonObject) => acceptReplace(user, body, current);
const refusal = (message: string) =>
  expect.objectContaining({ status: 400, message: expect.stringContaining(message) });

describe('PUT of what a GET returned', () => {
  it('changes nothing, with the default attributes', () => {
    const body = compileProjection(user, { attributes: null, attributeSets: null }).apply(shown);
    expect(body['tags']).toBeUndefined();
    expect(replace(body).data).toEqual(data);
  });

  it('changes nothing, with attributeSets=all', () => {
    const body = compileProjection(user, { attributes: null, attributeSets: ['all'] }).apply(shown);
    expect(body['groups']).toHaveLength(2);
    const accepted = replace(body);
    expect(accepted.data).toEqual(data);
    expect(accepted.edges.size).toBe(0);
  });

  it('passes with a stale copy of the bookkeeping, and with its lists in another order', () => {
    const body: JsonObject = {
      ...shown,
      meta: { version: 'old' },
      idcsLastModifiedBy: { value: 'other' },
      groups: [...(shown['groups'] as JsonObject[])].reverse().map(({ value }) => ({ value: value as string })),
      title: 'Lead',
    };
    expect(replace(body).data).toEqual({ ...data, title: 'Lead' });
  });
});

describe('PUT', () => {
  it('clears what it leaves out, and keeps what its sender could not see or not write', () => {
    const accepted = replace({ userName: 'jane' });
    expect(accepted.data).toEqual({
      userName: 'jane',
      tags: data['tags'],
      idcsCreatedBy: data['idcsCreatedBy'],
      idcsLastModifiedBy: data['idcsLastModifiedBy'],
      [USER_EXTENSION]: { creationMechanism: 'api', accountRecoveryRequired: false },
    });
    expect(accepted.given).toEqual(new Set(['userName']));
  });

  it('clears what is hidden when it says so', () => {
    expect(replace({ userName: 'jane', tags: [] }).data).not.toHaveProperty('tags');
  });

  it('keeps readOnly parts of elements that stay', () => {
    const accepted = replace({
      userName: 'jane',
      phoneNumbers: [
        { value: '1', type: 'work', verified: false },
        { value: '2', type: 'home', verified: true },
      ],
      [ENTERPRISE]: { manager: { value: 'm2' } },
    });
    expect(accepted.data['phoneNumbers']).toEqual([
      { value: '1', type: 'work', verified: true },
      { value: '2', type: 'home' },
    ]);
    expect(accepted.data[ENTERPRISE]).toEqual({ manager: { value: 'm2' } });
  });

  it('fills no defaults of a create', () => {
    expect(replace({ userName: 'jane' }).data).not.toHaveProperty(CAPABILITIES);
  });

  it.each<[string, JsonObject, string]>([
    ['another id', { id: 'u2' }, 'The attribute id is readOnly.'],
    ['another ocid', { ocid: 'ocid1.user.oc1..other' }, 'The attribute ocid is immutable.'],
    ['another readOnly list', { groups: [{ value: 'g3' }] }, 'The attribute groups is readOnly.'],
    ['a longer readOnly list', { groups: [{ value: 'g1' }, { value: 'g2' }, { value: 'g1' }] }, 'groups is readOnly'],
    ['a readOnly value where none is', { deleteInProgress: true }, 'deleteInProgress is readOnly'],
    [
      'another immutable value',
      { [USER_EXTENSION]: { creationMechanism: 'import' } },
      'creationMechanism is immutable',
    ],
    ['no required attribute', { userName: null }, 'Missing required attribute(s): userName.'],
    ['an unknown attribute', { shoeSize: 1 }, 'shoeSize'],
  ])('refuses %s', (_what, body, message) => {
    expect(() => replace({ userName: 'jane', ...body })).toThrow(refusal(message));
  });

  it('passes readOnly values that say what is shown, in any spelling', () => {
    expect(() => replace({ userName: 'jane', ID: 'u1', OCID: 'ocid1.user.oc1..u1', GROUPS: [] })).not.toThrow();
  });

  it('sets an immutable attribute that has no value yet', () => {
    const accepted = replace({ userName: 'jane', [`${USER_EXTENSION}:provider`]: 'GOOGLE' });
    expect(accepted.data[USER_EXTENSION]).toMatchObject({ provider: 'google' });
  });

  it('refuses a readOnly value that is nested ten thousand levels deep', () => {
    const deep = JSON.parse(`${'['.repeat(10_000)}1${']'.repeat(10_000)}`);
    expect(() => replace({ userName: 'jane', groups: deep })).toThrow(refusal('groups is readOnly'));
  });

  it('of an action needs what a create needs', () => {
    const nothing = { data: {}, shown: {} };
    expect(() => acceptReplace(changer, { schemas: [changer.schema] }, nothing)).toThrow(refusal('password'));
    expect(acceptReplace(changer, { password: 'Secret-1' }, nothing).transient.get('password')).toBe('Secret-1');
  });
});

describe('PUT of an element with a part that is never returned', () => {
  const QUESTIONS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:securityQuestions:User';
  const stored = { userName: 'jane', [QUESTIONS]: { secQuestions: [{ value: 'FirstPet', hintText: 'dog' }] } };
  const put = (...secQuestions: JsonObject[]) =>
    acceptReplace(user, { userName: 'jane', [QUESTIONS]: { secQuestions } }, { data: stored, shown: stored });

  it('does not ask for that part again', () => {
    const accepted = put({ value: 'FirstPet', hintText: 'cat' });
    expect(accepted.data[QUESTIONS]).toEqual({ secQuestions: [{ value: 'FirstPet', hintText: 'cat' }] });
  });

  it('asks for it where the element is new', () => {
    expect(() => put({ value: 'FirstPet' }, { value: 'FirstCar' })).toThrow(refusal('secQuestions.answer'));
    expect(() => put({ value: 'FirstPet' }, { value: 'FirstCar', answer: 'Beetle' })).not.toThrow();
  });
});

describe('PUT of a group', () => {
  const staff: Current = { data: { displayName: 'Staff' }, shown: { displayName: 'Staff', id: 'g1' } };

  it('leaves members alone when it does not mention them', () => {
    expect(acceptReplace(group, { displayName: 'Staff' }, staff).edges.size).toBe(0);
  });

  it('empties the group with an empty list', () => {
    expect(acceptReplace(group, { displayName: 'Staff', members: [] }, staff).edges.get('members')).toEqual([]);
  });

  it('takes the list that a GET shows', () => {
    const members = [{ value: 'u1', type: 'User', display: 'Jane', $ref: 'https://example.com/Users/u1' }];
    expect(acceptReplace(group, { displayName: 'Staff', members }, staff).edges.get('members')).toEqual([
      { value: 'u1', type: 'User' },
    ]);
  });
});
