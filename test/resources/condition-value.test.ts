import { describe, expect, it } from 'vitest';
import { parseConditionValue } from '../../src/resources/condition-value.ts';

describe('the value of a condition', () => {
  it.each([
    ['eq', 'Low', { kind: 'text', text: 'Low' }],
    ['eq', '"Login"', { kind: 'text', text: 'Login' }],
    ['le', '10', { kind: 'text', text: '10' }],
    ['eq', '#1', { kind: 'text', text: '#1' }],
    ['coany', '["a","b"]', { kind: 'list', values: ['a', 'b'] }],
    ['co', '["true"]', { kind: 'list', values: ['true'] }],
    ['in', '[1, true, "x"]', { kind: 'list', values: [1, true, 'x'] }],
    ['eq', '#inIPRange("a, b", c)', { kind: 'call', name: 'inIPRange', parameters: ['a, b', 'c'] }],
    ['eq', '#inIPRange("0a")', { kind: 'call', name: 'inIPRange', parameters: ['0a'] }],
    [
      'nin',
      '#inIPRange(HQNetwork, SomeOtherNetwork)',
      { kind: 'call', name: 'inIPRange', parameters: ['HQNetwork', 'SomeOtherNetwork'] },
    ],
  ])('%s %s is read', (operator, raw, value) => {
    expect(parseConditionValue(operator, raw)).toEqual(value);
  });

  it.each([
    ['in', 'jane'],
    ['nin', '"jane"'],
    ['coany', '[]'],
    ['coany', '[{}]'],
    ['in', '[null]'],
    ['eq', '["a"'],
    ['eq', '"a'],
    ['gt', '["1"]'],
    ['sw', '#inIPRange("a")'],
    ['eq', '#inIPRange("a"'],
    ['eq', '#inIPRange()'],
    ['eq', '#inIPRange(a,,b)'],
    ['eq', '#inIPRange("a)'],
  ])('%s %s is refused', (operator, raw) => {
    expect(() => parseConditionValue(operator, raw)).toThrow(/^Condition\.attributeValue /);
  });
});
