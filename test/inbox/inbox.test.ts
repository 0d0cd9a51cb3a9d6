import { afterAll, describe, expect, it } from 'vitest';
import { createDomain } from '../../src/domains/birth.ts';
import { randomIds } from '../../src/ids.ts';
import { Inbox } from '../../src/inbox/inbox.ts';
import { birthServices, newName } from '../domains/birth-world.ts';
import { closeTestStore } from '../support/context.ts';

afterAll(closeTestStore);

const MAIL = { channel: 'email' as const, to: 'a@example.com', subject: null, data: {} };

/** Two processes' inboxes over one store, and a domain. */
async function inboxes() {
  const birth = await birthServices();
  const make = () => new Inbox({ store: birth.store, ids: randomIds, clockOf: () => birth.clock, pollMs: 5 });
  return { here: make(), there: make(), domain: await createDomain(birth, { name: newName() }) };
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
});
