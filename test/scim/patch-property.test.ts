import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { applyPatch } from '../../src/scim/patch.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const user = resourceType('User');
const TYPES = ['work', 'home', 'other', 'recovery'] as const;

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const mail = fc.record(
  { value: word, type: fc.constantFrom(...TYPES), verified: fc.boolean(), secondary: fc.constant(false) },
  { requiredKeys: ['value', 'type'] },
);
const address = fc.record({ streetAddress: word, locality: word }, { requiredKeys: [] });

/** A user with several elements in each of three lists, and values around them. */
const resource = fc
  .record({
    title: word,
    name: fc.record({ givenName: word, familyName: word, middleName: word }),
    emails: fc.uniqueArray(mail, { selector: ({ value, type }) => `${value}/${type}`, minLength: 1, maxLength: 6 }),
    addresses: fc
      .subarray(['work', 'home', 'other'])
      .chain((types) => fc.tuple(...types.map((type) => address.map((rest) => ({ ...rest, type }))))),
    department: word,
    costCenter: word,
    hasPrimary: fc.boolean(),
  })
  .map(({ department, costCenter, hasPrimary, ...rest }): JsonObject => {
    const emails = rest.emails.map((one, index) => (hasPrimary && index === 0 ? { ...one, primary: true } : one));
    return { userName: 'jane', ...rest, emails, [ENTERPRISE]: { department, costCenter } } as JsonObject;
  });

/** One operation, the top-level member that it is about, and what it may change there. */
interface Touch {
  readonly operation: JsonObject;
  readonly member: string;
  /** Elements of the member that the operation names: only these may change or go. */
  readonly selects: (element: JsonObject) => boolean;
}

const touch: fc.Arbitrary<Touch> = fc
  .record({
    type: fc.constantFrom(...TYPES),
    value: word,
    op: fc.constantFrom('add', 'replace', 'remove', 'Add', 'REMOVE'),
  })
  .chain(({ type, value, op }) => {
    const none = () => false;
    const isMail = (one: JsonObject) => one['type'] === type && one['value'] === value;
    const isType = (one: JsonObject) => one['type'] === type;
    const isRemove = op.toLowerCase() === 'remove';
    return fc.constantFrom<Touch>(
      { operation: { op: 'add', path: 'emails', value: [{ type, value }] }, member: 'emails', selects: isMail },
      { operation: { op: 'remove', path: 'emails', value: [{ type, value }] }, member: 'emails', selects: isMail },
      {
        operation: { op: 'remove', path: `emails[type eq "${type}" and value eq "${value}"]` },
        member: 'emails',
        selects: isMail,
      },
      { operation: { op: 'remove', path: `emails[type eq "${type}"]` }, member: 'emails', selects: isType },
      { operation: { op: 'remove', path: `emails[type eq "${type}"].value` }, member: 'emails', selects: isType },
      { operation: { op, path: `emails[type eq "${type}"].verified`, value: true }, member: 'emails', selects: isType },
      { operation: { op, path: `addresses[type eq "${type}"].locality`, value }, member: 'addresses', selects: isType },
      {
        operation: { op: 'add', value: { [`addresses[type eq "${type}"].locality`]: value } },
        member: 'addresses',
        selects: isType,
      },
      { operation: { op, path: 'title', value }, member: 'title', selects: none },
      { operation: { op, path: 'name.givenName', value }, member: 'name', selects: none },
      {
        operation: isRemove
          ? { op, path: `${ENTERPRISE}:department` }
          : { op, value: { [ENTERPRISE]: { department: value } } },
        member: ENTERPRISE,
        selects: none,
      },
    );
  });

describe('a PATCH of one element', () => {
  it('leaves every other member and element as it was', () => {
    fc.assert(
      fc.property(resource, touch, (data, { operation, member, selects }) => {
        const before = JSON.stringify(data);
        let after: JsonObject;
        try {
          after = applyPatch(user, { Operations: [operation] }, { data, shown: data }).data;
        } catch (error) {
          // Some have no target, or would make a second mail of the same key. Refused is not lost.
          expect(error).toMatchObject({ name: 'ScimError', status: 400 });
          expect(JSON.stringify(data)).toBe(before);
          return;
        }
        expect(JSON.stringify(data)).toBe(before);
        for (const name of Object.keys(data)) {
          if (name !== member) expect(JSON.stringify(after[name])).toBe(JSON.stringify(data[name]));
        }
        for (const element of elementsOf(data[member])) {
          if (!selects(element)) expect(elementsOf(after[member]).map(text)).toContain(text(element));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves the other parts of a complex value as they were', () => {
    fc.assert(
      fc.property(resource, fc.constantFrom('givenName', 'middleName', 'familyName'), word, (data, part, value) => {
        for (const operation of [
          { op: 'replace', path: `name.${part}`, value },
          { op: 'replace', path: 'name', value: { [part]: value } },
          { op: 'add', value: { [`name.${part}`]: value } },
        ]) {
          const { data: after } = applyPatch(user, { Operations: [operation] }, { data, shown: data });
          expect(after['name']).toEqual({ ...(data['name'] as JsonObject), [part]: value });
          expect(after[ENTERPRISE]).toEqual(data[ENTERPRISE]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('adds what a remove of the same takes away again', () => {
    fc.assert(
      fc.property(resource, word, (data, value) => {
        const added = { type: 'work', value: `${value}@new.example` };
        const once = applyPatch(
          user,
          { Operations: [{ op: 'add', path: 'emails', value: [added] }] },
          { data, shown: data },
        );
        expect(elementsOf(once.data['emails'])).toHaveLength(elementsOf(data['emails']).length + 1);
        const removal = { op: 'remove', path: `emails[value eq "${added.value}"]` };
        const back = applyPatch(user, { Operations: [removal] }, { data: once.data, shown: once.data });
        expect(back.data).toEqual(data);
      }),
      { numRuns: 300 },
    );
  });
});

function elementsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

function text(value: JsonValue): string {
  return JSON.stringify(value);
}
