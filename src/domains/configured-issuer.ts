import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import type { BirthServices } from './birth-services.ts';
import type { Domain } from './domain.ts';

/** Settings.issuer of a domain that nobody configured (oauth.md §5.1): a PATCH of it over the API outlives a restart. */
const DEFAULT_ISSUER = 'https://identity.oraclecloud.com/';

/** Gives an older default domain the issuer that the configuration names: IDCS_ISSUER set later must not be without effect. */
export async function reconcileIssuer(services: BirthServices, domain: Domain): Promise<void> {
  const { store, ids, clock, log } = services;
  const issuer = services.settings?.['issuer'];
  if (typeof issuer !== 'string' || issuer === DEFAULT_ISSUER || issuer === domain.settings['issuer']) return;
  const row = await store.resources.read(domain.id, 'Settings', 'Settings');
  if (row === null) return;
  const { id, ocid, version, data } = row;
  const prevIssuer = data['issuer'];
  const changed = { ...data, issuer, ...(typeof prevIssuer === 'string' ? { prevIssuer } : {}) };
  const write = {
    type: resourceType('Settings'),
    id,
    ocid,
    version: newId(ids),
    lastModified: clock.now(),
    data: changed,
  };
  // Overtaken by another process at its own start: that one's configuration counts.
  if (!(await store.resources.update(domain.id, write, version))) return;
  await store.domains.bumpEpoch(domain.id);
  log.info({ domain: domain.name, from: prevIssuer, to: issuer }, 'the issuer is now the configured one');
}
