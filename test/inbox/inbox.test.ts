import { afterAll, describe, expect, it } from 'vitest';
import { createDomain } from '../../src/domains/birth.ts';
import { randomIds } from '../../src/ids.ts';
import { Inbox } from '../../src/inbox/inbox.ts';
import { silentLog } from '../../src/log.ts';
import { birthServices, newName } from '../domains/birth-world.ts';
import { closeTestStore } from '../support/context.ts';

afterAll(closeTestStore);

const MAIL = { channel: 'email' as const, to: 'a@example.com', subject: null, data: {} };

/** Two processes' inboxes over one store, and a domain. */
async function inboxes() {
  const birth = await birthServices();
  const make = () => new Inbox({ store: birth.store, ids: randomIds, clockOf: () => birth.clock, pollMs: 5 });
  return { birth, here: make(), there: make(), domain: await createDomain(birth, { name: newName() }) };
}

describe('the inbox', () => {
  it('ends a wait when another process delivers', async () => {
    const { here, there, domain } = await inboxes();
    const waiting = here.wait(domain, {}, 20_000);
    const { id } = await there.deliver(domain, MAIL);
    expect((await waiting).messages.map((message) => message.id)).toEqual([id]);
  });

  it('has nothing whose name has a NUL in it', async () => {
    const { here, domain } = await inboxes();
    await here.deliver(domain, MAIL);
    expect(await here.list(domain, { to: 'a\0' })).toEqual({ total: 0, messages: [] });
    expect(await here.read(domain, '\0')).toBeNull();
    expect(await here.delete(domain, '\0')).toBe(0);
    expect((await here.list(domain)).total).toBe(1);
  });

  it('ends a wait at its time with an empty page', async () => {
    const { here, domain } = await inboxes();
    expect(await here.wait(domain, {}, 20)).toEqual({ total: 0, messages: [] });
  });

  it('ends a wait when it is told to', async () => {
    const { here, domain } = await inboxes();
    const controller = new AbortController();
    const waiting = here.wait(domain, {}, 20_000, controller.signal);
    controller.abort();
    expect((await waiting).total).toBe(0);
  });

  it("stamps a message with the domain's time", async () => {
    const { here, domain } = await inboxes();
    expect((await here.deliver(domain, MAIL)).created).toBe(Date.parse('2026-01-01T00:00:00.000Z'));
  });

  it('keeps nothing of what is rolled back, and ends a wait when the rest is committed', async () => {
    const { here, birth, domain } = await inboxes();
    const waiting = here.wait(domain, {}, 20_000);
    const undone = birth.store.transaction(async (session) => {
      await here.deliver(domain, MAIL, { session });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await birth.store.transaction(async (session) => {
      await here.deliver(domain, { ...MAIL, subject: 'kept' }, { session });
    });
    expect((await waiting).messages.map(({ subject }) => subject)).toEqual(['kept']);
  });

  it('sends mail on after the commit alone, and logs a refusal without the mail', async () => {
    const { birth, domain } = await inboxes();
    const lines: unknown[] = [];
    const sent: string[] = [];
    const log = { ...silentLog, warn: (...line: unknown[]) => void lines.push(line) };
    const relay = {
      async send({ subject }: { subject: string | null }) {
        sent.push(String(subject));
        if (subject === 'refused') throw new Error('no such mailbox');
      },
      close: async () => {},
    };
    const inbox = new Inbox({ store: birth.store, ids: randomIds, clockOf: () => birth.clock, relay, log });
    const outcomes: (Error | null)[] = [];
    const relayed = (error: Error | null) => void outcomes.push(error);
    const secret = { ...MAIL, data: { text: 'hunter2', code: 'hunter2' } };
    const undone = birth.store.transaction(async (session) => {
      await inbox.deliver(domain, { ...secret, subject: 'undone' }, { session, relayed });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow();
    await inbox.deliver(domain, { ...secret, subject: 'taken' }, { relayed });
    await inbox.deliver(domain, { ...secret, channel: 'sms', to: '+31600000000', subject: null }, { relayed });
    await inbox.deliver(domain, { ...secret, subject: 'refused' }, { relayed });
    await expect.poll(() => outcomes).toHaveLength(2);
    expect(sent).toEqual(['taken', 'refused']);
    expect(outcomes).toEqual([null, expect.objectContaining({ message: 'no such mailbox' })]);
    expect(lines).toEqual([[expect.objectContaining({ reason: 'no such mailbox' }), expect.any(String)]]);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });
});
