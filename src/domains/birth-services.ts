import type { Clock } from '../clock.ts';
import { type IdSource, newOcid } from '../ids.ts';
import type { Log } from '../log.ts';
import type { PasswordHasher } from '../resources/password-hasher.ts';
import type { SecretBox } from '../resources/request-context.ts';
import type { JsonObject } from '../scim/json.ts';
import type { Store } from '../store/store.ts';
import { DomainPurge } from './domain-purge.ts';
import type { SeedSource } from './seeds/read-seed.ts';

/** The user and the client that every domain begins with: both are Identity Domain Administrators. */
export interface FirstPrincipals {
  readonly adminUserName: string;
  readonly adminPassword: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What `createBirthServices` is given. */
export interface BirthOptions {
  readonly store: Store;
  readonly ids: IdSource;
  readonly passwords: PasswordHasher;
  readonly secrets: SecretBox;
  /** The machine's clock: a new domain has no other. */
  readonly clock: Clock;
  readonly log: Log;
  readonly principals: FirstPrincipals;
  /** IDCS_DOMAIN_NAME: can't be deleted. */
  readonly defaultDomain: string;
  /** IDCS_SEED: content of the default domain, at start and after a reset. */
  readonly seeds: readonly SeedSource[];
  /** What the configuration sets in the Settings of a new domain, such as `issuer`. */
  readonly settings?: JsonObject;
}

/** What making, resetting and seeding domains needs. One a process. */
export interface BirthServices extends BirthOptions {
  readonly purge: DomainPurge;
  /** The administrator's password as PHC string. A hash costs 24 ms: one serves all domains of the process. */
  adminPasswordHash(): Promise<string>;
  /** OCID of the tenancy, which all domains of an installation share. */
  tenancyOcid(): Promise<string>;
}

/** Row of the installation's table. */
const TENANCY = 'tenancy-ocid';

/** Makes the services, with what they remember. */
export function createBirthServices(options: BirthOptions): BirthServices {
  const { store, ids, passwords, principals } = options;
  return {
    ...options,
    purge: new DomainPurge(store.domains, options.log),
    adminPasswordHash: once(() => passwords.hash(principals.adminPassword)),
    tenancyOcid: once(() => store.installation.putIfAbsent(TENANCY, newOcid(ids, 'tenancy'))),
  };
}

/** Does the work once, for all callers; again only after it has failed. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => {
    result ??= work().catch((error: unknown) => {
      result = null;
      throw error;
    });
    return result;
  };
}
