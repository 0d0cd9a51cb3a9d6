import { describe, expect, it } from 'vitest';
import type { AccessForm } from '../../src/http/authorization.ts';
import { isSelfChange } from '../../src/http/self-change.ts';
import type { Caller } from '../../src/resources/request-context.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import type { JsonObject } from '../../src/scim/json.ts';

const URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:selfChange:User';
const me: Caller = {
  type: 'User',
  id: 'u1',
  ocid: 'ocid1.user.oc1..u1',
  display: 'me',
  roles: new Set(['Authenticated']),
  clientId: 'app',
};

function asks(form: AccessForm, body: unknown, key = 'u1', caller = me, type = 'User'): boolean {
  return isSelfChange(caller, resourceType(type), form, key, body);
}

const patch = (...Operations: JsonObject[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});

describe('a self change', () => {
  it.each([
    ['flattened', { [`${URN}:allowSelfChange`]: true }],
    ['inside its extension', { [URN]: { allowSelfChange: true } }],
    ['in another case', { [URN.toUpperCase()]: { ALLOWSELFCHANGE: 'True' } }],
  ])('is asked for in a PUT: %s', (_how, body) => {
    expect(asks('put', body)).toBe(true);
    expect(asks('put', body, 'ocid1.user.oc1..u1')).toBe(true);
    expect(asks('put', body, 'u1', me, 'UserPasswordChanger')).toBe(true);
  });

  it('is asked for in an operation of a PATCH, with or without a path', () => {
    const phone = { op: 'replace', path: 'phoneNumbers', value: [] };
    expect(asks('patch', patch(phone, { op: 'add', path: `${URN}:allowSelfChange`, value: true }))).toBe(true);
    expect(asks('patch', patch({ op: 'Add', value: { [URN]: { allowSelfChange: true } } }))).toBe(true);
    expect(asks('patch', patch(phone))).toBe(false);
    expect(asks('patch', patch({ op: 'remove', path: `${URN}:allowSelfChange` }))).toBe(false);
    expect(asks('patch', patch({ op: 'add', path: 'title', value: true }))).toBe(false);
  });

  it("is none without the flag, of another's record, by a client, or elsewhere", () => {
    const body = { [URN]: { allowSelfChange: true } };
    expect(asks('put', { [URN]: { allowSelfChange: false } })).toBe(false);
    expect(asks('put', { title: 'true', allowSelfChange: true })).toBe(false);
    expect(asks('put', body, 'u2')).toBe(false);
    expect(asks('put', body, 'u1', { ...me, type: 'App' })).toBe(false);
    // A token for `openid` alone has no AppRoles.
    expect(asks('put', body, 'u1', { ...me, roles: new Set() })).toBe(false);
    expect(asks('put', body, 'u1', me, 'Group')).toBe(false);
    expect(asks('delete', body)).toBe(false);
    expect(asks('patch', body, 'u1', me, 'UserPasswordChanger')).toBe(false);
    for (const none of [undefined, null, [], 'x']) expect(asks('put', none)).toBe(false);
    const { ocid: _ocid, ...rest } = me;
    expect(asks('put', body, 'null', { ...rest, ocid: null })).toBe(false);
  });
});
