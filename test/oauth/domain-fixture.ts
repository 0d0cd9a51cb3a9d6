import type { Domain } from '../../src/domains/domain.ts';

/** A domain as tests of pure parts need one. */
export function aDomain(changes: Partial<Domain> = {}): Domain {
  return {
    id: 1,
    name: 'Default',
    tenant: 'idcs-0123456789abcdef0123456789abcdef',
    ocid: 'ocid1.domain.oc1..aaaaaaaadomain',
    compartmentOcid: 'ocid1.tenancy.oc1..aaaaaaaatenancy',
    tenancyOcid: 'ocid1.tenancy.oc1..aaaaaaaatenancy',
    epoch: 1,
    clock: { offsetMs: 0, frozenAtMs: null },
    settings: {},
    ...changes,
  };
}
