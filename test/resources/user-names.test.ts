import { describe, expect, it } from 'vitest';
import { completeNames } from '../../src/resources/user-names.ts';
import type { JsonObject } from '../../src/scim/json.ts';

function completed(data: JsonObject, before: JsonObject | null = null): JsonObject {
  const copy = structuredClone(data);
  completeNames(copy, before);
  return copy;
}

describe('names of a user', () => {
  it('are formatted and displayed as "given family" when neither is sent', () => {
    expect(completed({ name: { givenName: 'user121', familyName: 'dummy' } })).toEqual({
      name: { givenName: 'user121', familyName: 'dummy', formatted: 'user121 dummy' },
      displayName: 'user121 dummy',
    });
  });

  it('are the family name alone when there is no given name', () => {
    expect(completed({ name: { familyName: 'Prince' } })['displayName']).toBe('Prince');
  });

  it('keep a formatted name that was sent, and display it', () => {
    const user = completed({ name: { givenName: 'A', familyName: 'B', formatted: 'Dr. A. B' } });
    expect(user).toEqual({ name: { givenName: 'A', familyName: 'B', formatted: 'Dr. A. B' }, displayName: 'Dr. A. B' });
  });

  it('keep a display name that was sent', () => {
    expect(completed({ name: { familyName: 'B' }, displayName: 'Bee' })['displayName']).toBe('Bee');
  });

  it('follow a change of the family name', () => {
    const before = completed({ name: { givenName: 'A', familyName: 'B' } });
    const after = completed({ ...before, name: { ...(before['name'] as JsonObject), familyName: 'C' } }, before);
    expect(after).toEqual({ name: { givenName: 'A', familyName: 'C', formatted: 'A C' }, displayName: 'A C' });
  });

  it('do not follow when they were set by hand before', () => {
    const before = { name: { givenName: 'A', familyName: 'B', formatted: 'X' }, displayName: 'Y' };
    const after = completed({ ...before, name: { ...before.name, familyName: 'C' } }, before);
    expect(after).toEqual({ name: { givenName: 'A', familyName: 'C', formatted: 'X' }, displayName: 'Y' });
  });

  it('do not follow when the same change sets them', () => {
    const before = completed({ name: { givenName: 'A', familyName: 'B' } });
    const after = completed({ name: { givenName: 'A', familyName: 'C', formatted: 'Z' }, displayName: 'D' }, before);
    expect(after).toEqual({ name: { givenName: 'A', familyName: 'C', formatted: 'Z' }, displayName: 'D' });
  });

  it('are made again when a PUT leaves them out', () => {
    const before = completed({ name: { givenName: 'A', familyName: 'B', formatted: 'X' }, displayName: 'Y' });
    expect(completed({ name: { givenName: 'A', familyName: 'B' } }, before)['displayName']).toBe('A B');
  });

  it('stay away from a service user without a name', () => {
    expect(completed({ userName: 'svc' })).toEqual({ userName: 'svc' });
  });
});
