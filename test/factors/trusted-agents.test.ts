import { beforeEach, describe, expect, it } from 'vitest';
import { checkTrustToken, issueTrustToken, trustDurationInDays } from '../../src/factors/trusted-agents.ts';
import type { StoredResource } from '../../src/store/store.ts';
import { newTestDomain, type TestDomain } from '../resources/domain-context.ts';

const DAY = 24 * 60 * 60_000;
const AGENT = { name: 'Chrome on Windows 10', factor: 'SMS' };

let domain: TestDomain;
let user: StoredResource;

beforeEach(async () => {
  domain = await newTestDomain();
  user = await newUser('jdoe');
});

async function newUser(userName: string): Promise<StoredResource> {
  const emails = [{ value: `${userName}@example.com`, type: 'work', primary: true }];
  const { id } = await domain.create('User', { userName, name: { familyName: 'Doe' }, emails });
  const context = await domain.context();
  return (await context.store.resources.read(context.domain.id, 'User', String(id)))!;
}

const issue = async (more = {}) => issueTrustToken(await domain.context(), user, { ...AGENT, ...more });
const check = async (token: string, userId = user.id, kind?: 'KMSI') =>
  checkTrustToken(await domain.context(), userId, token, kind);

describe('a trust token', () => {
  it('is known until it runs out by the clock', async () => {
    expect(await trustDurationInDays(await domain.context())).toBe(15);
    const token = await issue();
    expect(await check(token)).toMatchObject({ data: { name: AGENT.name, tokenType: 'TRUSTED' } });
    domain.advance(15 * DAY - 1);
    expect(await check(token)).not.toBeNull();
    domain.advance(1);
    expect(await check(token)).toBeNull();
  });

  it('is its user’s, of its kind, and of use while the agent is trusted', async () => {
    const token = await issue();
    expect(await check(token, (await newUser('other')).id)).toBeNull();
    expect(await check(token, user.id, 'KMSI')).toBeNull();
    const agent = (await check(token))!;
    await domain.delete('TrustedUserAgent', agent.id);
    expect(await check(token)).toBeNull();
  });

  it.each(['', 'garbled', 'A'.repeat(236)])('is not %j', async (token) => {
    await issue();
    expect(await check(token)).toBeNull();
  });

  it('is not another one’s with a letter changed', async () => {
    const token = await issue();
    for (const at of [0, 20, token.length - 2]) {
      const letter = token[at] === 'A' ? 'B' : 'A';
      expect(await check(token.slice(0, at) + letter + token.slice(at + 1))).toBeNull();
    }
  });

  it('goes when there are too many of its kind', async () => {
    const first = await issue({ most: 2 });
    const kept = await issue({ kind: 'KMSI', most: 2 });
    const second = await issue({ most: 2 });
    const third = await issue({ most: 2 });
    expect(await check(first)).toBeNull();
    for (const token of [second, third]) expect(await check(token)).not.toBeNull();
    expect(await check(kept, user.id, 'KMSI')).not.toBeNull();
  });
});
