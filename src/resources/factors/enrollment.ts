import type { JsonObject } from '../../scim/json.ts';

/** What an enrollment makes: a device, and what the answer shows of it. */
export interface Enrollment {
  readonly factors: readonly string[];
  readonly data: JsonObject;
  readonly secret: JsonObject | null;
  readonly shown: JsonObject;
  /** How long it can be finished, in milliseconds; left out: as long as others. */
  readonly lifetime?: number;
}

/** By what an enrollment is known. */
export interface Begun {
  readonly deviceId: string;
  readonly requestId: string;
}
