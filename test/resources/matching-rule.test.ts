import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type MatchedResource,
  type MatchingRule,
  matchesRule,
  parseMatchingRule,
  type RuleVariable,
} from '../../src/resources/matching-rule.ts';
import { ScimError } from '../../src/scim/errors.ts';

const parse = (text: string) => parseMatchingRule(text, 'Group.rule');

const INSTANCE: MatchedResource = {
  id: 'ocid1.instance.oc1.iad.one',
  compartmentId: 'ocid1.compartment.oc1..a',
  tags: { Operations: { Department: '45', empty: '' } },
};
const FUNCTION: MatchedResource = { id: 'ocid1.fnfunc.oc1.iad.f', compartmentId: 'ocid1.compartment.oc1..a' };

describe('a matching rule', () => {
  it.each<[string, MatchingRule]>([
    ["instance.id = 'a'", { op: '=', variable: { kind: 'instance.id' }, value: 'a' }],
    ["resource.type!='b'", { op: '!=', variable: { kind: 'resource.type' }, value: 'b' }],
    ['tag.Ops.tier.value', { op: '=', variable: { kind: 'tag', namespace: 'ops', key: 'tier' }, value: null }],
    [
      " ANY{\n All { resource.id='x' ,tag.my-ns.my_key.value = 'it is, {ok}' }, any {resource.compartment.id= ''} } ",
      {
        op: 'any',
        rules: [
          {
            op: 'all',
            rules: [
              { op: '=', variable: { kind: 'resource.id' }, value: 'x' },
              { op: '=', variable: { kind: 'tag', namespace: 'my-ns', key: 'my_key' }, value: 'it is, {ok}' },
            ],
          },
          { op: 'any', rules: [{ op: '=', variable: { kind: 'resource.compartment.id' }, value: '' }] },
        ],
      },
    ],
  ])('is parsed: %s', (text, rule) => {
    expect(parse(text)).toEqual(rule);
  });

  it.each([
    ['', 'must have ANY {, ALL {,', 1],
    ['ALL {}', 'must have ANY {, ALL {,', 6],
    ["instance.name = 'x'", 'tag.<namespace>.<key>.value at position 1.', 1],
    ["ANY {resource.id = 'x', nothing = 'y'}", 'must have ANY {', 25],
    ['resource.id = ocid1.x', 'must have a value in single quotes', 15],
    ["resource.id = 'x", 'has a value without its closing quote', 15],
    ["resource.id == 'x'", 'must have a value in single quotes', 14],
    ['resource.id', 'must have "=" or "!="', 12],
    ["ANY {resource.id = 'x' resource.id = 'y'}", 'must have "," or "}"', 24],
    ["ANY {resource.id = 'x'", 'must have "," or "}"', 23],
    ["resource.id = 'x' or", 'must have the end', 19],
    ["ANY {resource.id = 'x',}", 'must have ANY {', 24],
    ["tag.a.value = 'x'", 'must have ANY {', 1],
    ["NONE {resource.id = 'x'}", 'must have ANY {', 1],
    [`${'ANY {'.repeat(5000)}resource.id = 'x'${'}'.repeat(5000)}`, 'is nested deeper than 50', 256],
  ])('is refused with the position: %.60s', (text, message, position) => {
    const refuse = () => parse(text);
    expect(refuse).toThrow(ScimError);
    expect(refuse).toThrow('Group.rule');
    expect(refuse).toThrow(message);
    expect(refuse).toThrow(`at position ${position}.`);
  });

  it.each<[string, MatchedResource, boolean]>([
    [`instance.id = '${INSTANCE.id}'`, INSTANCE, true],
    [`instance.id != '${INSTANCE.id}'`, INSTANCE, false],
    ["instance.compartment.id = 'ocid1.compartment.oc1..a'", INSTANCE, true],
    ["instance.compartment.id = 'ocid1.compartment.oc1..a'", FUNCTION, false],
    ["instance.id != 'x'", FUNCTION, false],
    ["resource.compartment.id = 'ocid1.compartment.oc1..a'", FUNCTION, true],
    ["resource.type = 'FnFunc'", FUNCTION, true],
    ["resource.type != 'fnfunc'", INSTANCE, true],
    [`resource.id = '${FUNCTION.id}'`, FUNCTION, true],
    ["tag.operations.DEPARTMENT.value = '45'", INSTANCE, true],
    ["tag.operations.department.value = '46'", INSTANCE, false],
    ["tag.operations.department.value != '45'", FUNCTION, true],
    ['tag.operations.department.value', INSTANCE, true],
    ['tag.operations.empty.value', INSTANCE, true],
    ['tag.operations.other.value', INSTANCE, false],
    ['tag.constructor.name.value', INSTANCE, false],
    ["ALL {resource.type = 'instance', tag.operations.department.value = '45'}", INSTANCE, true],
    ["ALL {resource.type = 'instance', tag.operations.department.value = '46'}", INSTANCE, false],
    ["ANY {resource.type = 'vnic', ALL {resource.type = 'fnfunc', resource.id != 'x'}}", FUNCTION, true],
  ])('%s', (text, resource, expected) => {
    expect(matchesRule(parse(text), resource)).toBe(expected);
  });
});

const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,5}$/);
const variable: fc.Arbitrary<RuleVariable> = fc.oneof(
  fc
    .constantFrom('resource.id' as const, 'resource.compartment.id' as const, 'resource.type' as const)
    .map((kind) => ({ kind })),
  fc.record({ kind: fc.constant('tag' as const), namespace: word, key: word }),
);
const value = fc.oneof(
  fc.constantFrom('a', 'b', 'instance'),
  fc.string().map((text) => text.replaceAll("'", '')),
);
const { rule } = fc.letrec<{ rule: MatchingRule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4 },
    fc.record({ op: fc.constantFrom('=' as const, '!=' as const), variable, value }),
    fc.record({
      op: fc.constantFrom('any' as const, 'all' as const),
      rules: fc.array(tie('rule'), { minLength: 1, maxLength: 4 }),
    }),
  ),
}));
const resource: fc.Arbitrary<MatchedResource> = fc.record({
  id: fc.constantFrom('a', 'ocid1.instance.oc1..a', 'ocid1.b.oc1..b'),
  compartmentId: fc.constantFrom('a', 'b'),
  tags: fc.dictionary(word, fc.dictionary(word, value, { maxKeys: 2 }), { maxKeys: 2 }),
});

function write(each: MatchingRule): string {
  if ('rules' in each) return `${each.op} { ${each.rules.map(write).join(' , ')} }`;
  const { variable: of } = each;
  const name = of.kind === 'tag' ? `tag.${of.namespace}.${of.key}.value` : of.kind;
  return each.value === null ? name : `${name} ${each.op} '${each.value}'`;
}

function opposite(each: MatchingRule): MatchingRule {
  if ('rules' in each) {
    return { op: each.op === 'any' ? 'all' : 'any', rules: each.rules.map(opposite) };
  }
  return { ...each, op: each.op === '=' ? '!=' : '=' };
}

describe('matching rules', () => {
  it('are read as they are written', () => {
    fc.assert(
      fc.property(rule, (each) => {
        expect(parse(write(each))).toEqual(each);
      }),
    );
  });

  it('hold exactly where their opposites do not', () => {
    fc.assert(fc.property(rule, resource, (each, of) => matchesRule(each, of) !== matchesRule(opposite(each), of)));
  });

  it('are either parsed or refused as a 400, whatever the text', () => {
    const pieces = fc.array(
      fc.constantFrom('any', 'ALL', '{', '}', ',', '=', '!=', "'", 'resource.id', ' ', 'tag.a.b.value'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((list) => list.join('')),
        ),
        (text) => {
          try {
            return ['any', 'all', '=', '!='].includes(parse(text).op);
          } catch (error) {
            return error instanceof ScimError && error.status === 400;
          }
        },
      ),
    );
  });
});
