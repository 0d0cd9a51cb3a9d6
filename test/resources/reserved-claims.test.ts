import { describe, expect, it } from 'vitest';
import { isReservedClaim } from '../../src/resources/reserved-claims.ts';
import names from '../oauth/token/claim-names.json' with { type: 'json' };

describe('isReservedClaim', () => {
  it('covers every claim of the tokens that we sign', () => {
    for (const name of [...names.client, ...names.user]) expect(isReservedClaim(name), name).toBe(true);
  });

  it.each(['SUB', 'cnf', 'at_hash', 'session_exp', 'onbehalfofuser', '__proto__'])('covers %s', (name) => {
    expect(isReservedClaim(name)).toBe(true);
  });

  it.each(['roles', 'groups', 'MyATCustomClaim', 'department'])('leaves %s free', (name) => {
    expect(isReservedClaim(name)).toBe(false);
  });
});
