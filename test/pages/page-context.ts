import type { Domain } from '../../src/domains/domain.ts';
import type { PageContext } from '../../src/pages/page.ts';
import type { JsonObject } from '../../src/scim/json.ts';

/** What a page is rendered with, without a server. */
export function pageContextFor(options: { settings?: JsonObject; language?: string; name?: string } = {}): PageContext {
  const domain = { name: options.name ?? 'Default', settings: options.settings ?? {} } as Domain;
  return { domain, baseUrl: 'http://localhost:8080', language: options.language ?? 'en' };
}
