import { describe, expect, it } from 'vitest';
import { type ClaimValues, parseImpersonationRule } from '../../src/resources/impersonation-rule.ts';

const claims: ClaimValues = (name) =>
  ({ sub: ['repo:acme/app:main'], group: ['HR Payroll', 'IT'], count: ['3'], star: ['a*b'] })[name] ?? [];

describe('an impersonation rule', () => {
  it.each([
    ['sub eq repo:acme/app:main', true],
    ['sub eq "repo:acme/app:main"', true],
    ['sub eq repo:acme/*', true],
    ['sub eq *:main', true],
    ['sub eq repo:*/app:*', true],
    ['sub eq *', true],
    ['sub eq repo', false],
    ['sub eq repo:other/*', false],
    ['sub eq *app*app*', false],
    ['sub eq repo:acme/app:main*main', false],
    ['missing eq *', false],
    ['group eq IT', true],
    ['group co "Pay"', true],
    ['group co "HR Payroll"', true],
    ['group CO "pay"', false],
    ['star co "a*b"', true],
    ['sub co "*"', false],
    ['count eq 3', true],
  ])('%s', (text, expected) => {
    expect(parseImpersonationRule(text)!(claims)).toBe(expected);
  });

  it.each([
    '',
    'sub',
    'sub eq',
    'sub ne x',
    'sub co HR',
    'sub co ""',
    'sub eq "x',
    'sub eq x"',
    'a b eq c',
    '"sub" eq x',
  ])('is not %j', (text) => {
    expect(parseImpersonationRule(text)).toBeNull();
  });

  it('takes no time for a hostile pattern', () => {
    const rule = parseImpersonationRule(`x eq ${'*a'.repeat(5000)}*`)!;
    expect(rule(() => ['a'.repeat(4999)])).toBe(false);
  });
});
