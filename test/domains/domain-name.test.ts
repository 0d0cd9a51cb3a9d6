import { describe, expect, it } from 'vitest';
import { checkDomainName, isDomainName } from '../../src/domains/domain-name.ts';

describe('domain names', () => {
  it.each(['alpha', 'Alpha', '0', 'a-b', `a${'b'.repeat(62)}`])('accepts %s', (name) => {
    expect(() => checkDomainName(name)).not.toThrow();
  });

  it.each(['', '-a', 'a_b', 'a.b', 'a b', 'ä', `a${'b'.repeat(63)}`, 'a\n'])('refuses %j', (name) => {
    expect(isDomainName(name)).toBe(false);
    expect(() => checkDomainName(name)).toThrow(/^name: /);
  });

  it.each(['localhost', 'LocalHost', 'undefined', 'idcs-0123'])('refuses the reserved %s', (name) => {
    expect(() => checkDomainName(name)).toThrow(/reserved/);
  });
});
