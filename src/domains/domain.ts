import type { ClockSetting } from '../clock.ts';
import type { JsonObject } from '../scim/json.ts';

/** An identity domain as the store keeps it: one row, read by every request through the registry. */
export interface Domain {
  /** Internal key of every row of the domain. A reset domain gets a new one; it never leaves the process. */
  readonly id: number;
  /** The name it is addressed by: `Default`, `alpha`. Unique without regard to case. */
  readonly name: string;
  /** The tenant's name in tokens and host names: `idcs-` and 32 hex digits. */
  readonly tenant: string;
  readonly ocid: string;
  readonly compartmentOcid: string;
  readonly tenancyOcid: string;
  /**
   * Grows with every change of what requests cache about a domain: its clock, its Settings resource, its signing keys.
   * A process that sees a new number reads them again (design: caches are correct when another process writes).
   */
  readonly epoch: number;
  readonly clock: ClockSetting;
  /** The Settings singleton's data, because tokens, keys and discovery ask for it on every call. */
  readonly settings: JsonObject;
}
