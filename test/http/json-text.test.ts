import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/http/json-text.ts';
import { ScimError } from '../../src/scim/errors.ts';

const refusal = (text: string): ScimError => {
  try {
    parseJson(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError);
    return error as ScimError;
  }
  throw new Error('was accepted');
};

describe('request bodies in JSON', () => {
  test('read as JSON.parse reads them (property)', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const text = JSON.stringify(value, null, indent);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ['{"a":1,"a":2}', /attribute a is given twice.* position 8/],
    ['{"a":{"b":1,"\\u0062":2}}', /attribute b is given twice/],
    ['{"__proto__":{}}', /__proto__ at position 2/],
    ['{"x":[{"\\u005f_proto__":1}]}', /__proto__/],
    ['{"a":', /not valid JSON/],
    ['{"a":1}x', /not valid JSON/],
    ['\u0000', /not valid JSON/],
  ])('refuses %j naming attribute or position', (text, message) => {
    expect(refusal(text)).toMatchObject({ status: 400, message: expect.stringMatching(message) });
  });

  test('allows the same key in different objects, and a value that looks like a key', () => {
    expect(parseJson('[{"a":"a"},{"a":"a","b":"a"}]')).toEqual([{ a: 'a' }, { a: 'a', b: 'a' }]);
  });

  test('refuses deep nesting with its position', () => {
    expect(refusal('['.repeat(100_000)).message).toMatch(/deeper than 50 levels at position 51/);
    expect(refusal('{"a":'.repeat(1000)).message).toMatch(/deeper than 50/);
  });
});
