import { describe, expect, test } from 'vitest';
import { keepMemberPages } from '../../src/http/member-page.ts';
import { testDomain } from '../support/emulator.ts';

describe('a page inside an attribute', () => {
  test.each([
    ['/x?attributes=members[startIndex=1&count=10]', '/x?attributes=members[startIndex=1%26count=10]'],
    [
      '/x?attributes=members[count=2&startIndex=3],id&count=5',
      '/x?attributes=members[count=2%26startIndex=3],id&count=5',
    ],
    ['/x?attributes=members%5BstartIndex=1&count=10%5D', '/x?attributes=members%5BstartIndex=1%26count=10%5D'],
    ['/x?filter=displayName%20eq%20%22a[b%22&count=10', '/x?filter=displayName%20eq%20%22a[b%22&count=10'],
    [
      '/x?attributes=members[startIndex=1%26count=10]&count=1',
      '/x?attributes=members[startIndex=1%26count=10]&count=1',
    ],
    ['/x?startIndex=1&count=10', '/x?startIndex=1&count=10'],
  ])('keeps %s together', (asked, kept) => {
    expect(keepMemberPages(asked)).toBe(kept);
  });

  test('is answered as the documentation prints it, beside a page of the list', async () => {
    const { send, createUser, createGroup } = await testDomain();
    const users = [await createUser('one@example.com'), await createUser('two@example.com')];
    const group = await createGroup(
      'Paged',
      users.map((user) => user.id),
    );
    const path = `/admin/v1/Groups?filter=id%20eq%20${group.id}&attributes=members[startIndex=2&count=1]&count=7`;
    const { status, body } = await send('GET', path);
    expect([status, body.itemsPerPage]).toEqual([200, 7]);
    expect(body.Resources[0].members.map((member: { value: string }) => member.value)).toEqual([users[1].id]);
  });
});
