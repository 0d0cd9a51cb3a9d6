import type { Caller } from '../resources/request-context.ts';
import { SUPERUSER } from '../schemas/permissions.ts';
import { birthIds } from './birth-ids.ts';
import type { Domain } from './domain.ts';

/** IDCS: guide 3.7 and 3.8 print App `idcssm` as the creator of what a domain is born with. */
export const SYSTEM_APP = 'idcssm';

/** Id of the App `idcssm` of a domain. */
export function systemAppId(tenant: string): string {
  return birthIds(tenant).id('App:idcssm');
}

/** The emulator itself as a caller: births, seeds and jobs write as App `idcssm`. */
export function systemCaller(domain: Pick<Domain, 'tenant'>): Caller {
  return {
    type: 'App',
    id: systemAppId(domain.tenant),
    // IDCS: guide 3.7 shows idcssm without an ocid.
    ocid: null,
    display: SYSTEM_APP,
    roles: new Set([SUPERUSER]),
    clientId: null,
  };
}
