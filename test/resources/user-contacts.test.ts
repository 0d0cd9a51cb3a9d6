import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeEmails, completePhoneNumbers } from '../../src/resources/user-contacts.ts';
import type { ScimError } from '../../src/scim/errors.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { HANG_MS } from '../support/hang.ts';

function completed(emails: JsonObject[], before: JsonObject | null = null, required = true): JsonObject[] {
  const data: JsonObject = { emails: structuredClone(emails) };
  completeEmails(data, before, required);
  return data['emails'] as JsonObject[];
}

function refusal(work: () => unknown): ScimError {
  try {
    work();
  } catch (error) {
    return error as ScimError;
  }
  throw new Error('it was not refused');
}

const WORK = { value: 'user@oracle.com', type: 'work', primary: true };

describe('mail addresses of a user', () => {
  it('get a recovery address, a copy of the primary one', () => {
    expect(completed([WORK])).toEqual([
      { value: 'user@oracle.com', type: 'work', primary: true, secondary: false, verified: false },
      { value: 'user@oracle.com', type: 'recovery', primary: false, secondary: false, verified: false },
    ]);
  });

  it('keep a recovery address that was posted', () => {
    const emails = completed([WORK, { value: 'other@example.com', type: 'recovery', primary: false }]);
    expect(emails.map((email) => email['value'])).toEqual(['user@oracle.com', 'other@example.com']);
  });

  it('are refused without a primary one', () => {
    const error = refusal(() => completed([{ value: 'a@example.com', type: 'work' }]));
    expect([error.status, error.message, error.messageId]).toEqual([
      400,
      'The primary email must be specified.',
      'error.identity.user.primaryEmailNotSpecified',
    ]);
    expect(refusal(() => completeEmails({}, null, true)).message).toBe('The primary email must be specified.');
  });

  it('need no primary one where the settings say so', () => {
    expect(completed([{ value: 'a@example.com', type: 'work' }], null, false)).toHaveLength(1);
    expect(() => completeEmails({}, null, false)).not.toThrow();
  });

  it('stay verified when a PUT repeats the address without saying so', () => {
    const before = { emails: [{ ...WORK, verified: true }] };
    expect(completed([WORK], before)[0]!['verified']).toBe(true);
    expect(completed([{ ...WORK, value: 'new@oracle.com' }], before)[0]!['verified']).toBe(false);
    expect(completed([{ ...WORK, verified: false }], before)[0]!['verified']).toBe(false);
  });

  it.each([
    'plain',
    'a@',
    '@b.c',
    'a b@c.d',
    'a@b..c',
    'a..b@c.d',
    'a@b@c',
    '<a@b.c>',
    'a@b.c,d@e.f',
    `${'a'.repeat(400)}@b.c`,
  ])('refuse %s as an address', (value) => {
    const error = refusal(() => completed([{ ...WORK, value }]));
    expect([error.status, error.messageId]).toEqual([400, 'error.common.validation.invalidEmailFormat']);
    expect(error.message).toContain(
      'is an invalid format for an email address . The format must be compliant with RFC 5322.',
    );
  });

  it('accept every address that fast-check can think of', () => {
    fc.assert(fc.property(fc.emailAddress(), (value) => completed([{ ...WORK, value }]).length === 2));
  });

  it('are checked within milliseconds, whatever the text', () => {
    const started = performance.now();
    for (const text of ['a'.repeat(100_000), `${'a.'.repeat(160)}@`, `a@${'-'.repeat(318)}`, 'a@'.repeat(50_000)]) {
      refusal(() =>
        completed([
          { ...WORK, value: text },
          { ...WORK, value: '' },
        ]),
      );
    }
    expect(performance.now() - started).toBeLessThan(HANG_MS);
  });
});

describe('phone numbers of a user', () => {
  it('show the number and are neither primary nor verified', () => {
    const data: JsonObject = { phoneNumbers: [{ value: '555-555-1111', type: 'home' }] };
    completePhoneNumbers(data, null);
    expect(data['phoneNumbers']).toEqual([
      { value: '555-555-1111', type: 'home', display: '555-555-1111', primary: false, verified: false },
    ]);
  });
});
