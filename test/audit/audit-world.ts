import type { TestDomain } from '../support/emulator.ts';

/** A domain's events in their order, by a filter. */
// biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions, which then check the values
export async function eventsOf(domain: Pick<TestDomain, 'send'>, filter?: string): Promise<any[]> {
  const query = filter === undefined ? '' : `&filter=${encodeURIComponent(filter)}`;
  const { status, body } = await domain.send('GET', `/admin/v1/AuditEvents?count=1000${query}`);
  if (status !== 200) throw new Error(`AuditEvents: ${status} ${JSON.stringify(body)}`);
  return body.Resources;
}
