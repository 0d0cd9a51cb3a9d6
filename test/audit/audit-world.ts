import type { JsonObject } from '../../src/scim/json.ts';
import type { TestDomain } from '../support/emulator.ts';

/** The keys that recorded events of the services Admin and SSO have whatever they are about (shapes.md §13). */
export const COMMON_KEYS = [
  'schemas',
  'id',
  'eventId',
  'serviceName',
  'timestamp',
  'clientIp',
  'actorId',
  'actorName',
  'actorDisplayName',
  'actorType',
  'ecId',
  'rId',
  'idcsCreatedBy',
  'idcsLastModifiedBy',
  'meta',
  'quotaCount',
  'ssoAuthnLevel',
];

/** Those of what an admin event was about. */
export const ABOUT = ['adminResourceId', 'adminResourceName', 'adminResourceType'];

/** Those of all sign-on events. */
export const SIGN_ON = ['message', 'ssoComments', 'ssoIdentityProvider', 'ssoLocalIp', 'ssoUserAgent'];

/** What every answer of today has, and those of 2018 had not. */
const NEWER = ['domainOcid', 'compartmentOcid', 'tenancyOcid'];

/** An event's keys as they would have been recorded, sorted. */
export function keysOf(event: JsonObject): string[] {
  return Object.keys(event)
    .filter((key) => !NEWER.includes(key))
    .sort();
}

/** A domain's events in their order, by a filter. */
// biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions, which then check the values
export async function eventsOf(domain: Pick<TestDomain, 'send'>, filter?: string): Promise<any[]> {
  const query = filter === undefined ? '' : `&filter=${encodeURIComponent(filter)}`;
  const { status, body } = await domain.send('GET', `/admin/v1/AuditEvents?count=1000${query}`);
  if (status !== 200) throw new Error(`AuditEvents: ${status} ${JSON.stringify(body)}`);
  return body.Resources;
}
