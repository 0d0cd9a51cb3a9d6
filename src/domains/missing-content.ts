import { shippedContent, shippedVersion } from '../resources/shipped-content.ts';
import { type ResourceWrite, UniqueViolation } from '../store/store.ts';
import type { BirthServices } from './birth-services.ts';
import type { Domain } from './domain.ts';
import { StarterRows } from './starter-rows.ts';
import { systemContext } from './system-context.ts';

/**
 * Gives a domain that an older version made what ships today, once: then the domain's row says which content it has. Processes
 * that do it at the same time don't disturb each other: ids are the content's own, so the second finds the first one's rows.
 */
export async function bringContentUpToDate(services: BirthServices, domain: Domain): Promise<void> {
  const { domains } = services.store;
  if ((await domains.contentVersion(domain.id)) === shippedVersion()) return;
  await addMissingContent(services, domain);
  await domains.setContentVersion(domain.id, shippedVersion());
}

/**
 * Gives a domain that an older version made what ships today (src/schemas/content): one statement when nothing is missing. What
 * an administrator may have deleted stays away.
 */
export async function addMissingContent(services: BirthServices, domain: Domain): Promise<void> {
  const { resources } = services.store;
  const shipped = shippedContent();
  const keys = shipped.map(({ type, id }) => ({ type, key: String(id) }));
  const known = await resources.resolve(domain.id, keys);
  const missing = shipped.filter(({ type, id }) => !known.has(`${type}:${id}`));
  if (missing.length === 0) return;
  const rows = new StarterRows(systemContext(services, domain)).rows(missing).filter((row) => !isDeletable(row));
  for (const row of rows) {
    try {
      await resources.insert(domain.id, row, row.lastModified);
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error;
      // Another process was faster, or another resource has the name.
      const names = { domain: domain.name, type: row.type.name, id: row.id, attribute: error.attribute };
      services.log.warn(names, 'what ships could not be added: its id or name is taken');
    }
  }
}

function isDeletable({ type, data }: ResourceWrite): boolean {
  const prevented = data['idcsPreventedOperations'];
  return type.operations.has('delete') && !(Array.isArray(prevented) && prevented.includes('delete'));
}
