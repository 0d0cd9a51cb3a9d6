import type { JsonObject } from '../../scim/json.ts';

/** What can be named as a seed: a preset, a YAML or JSON file, or the document itself. */
export type SeedSource = string | JsonObject;

/** A seed, read. */
export interface Seed {
  /** How errors call it. */
  readonly file: string;
  readonly document: JsonObject;
  /** Line of a member, from 1; null when it is unknown. The last known one on the way down counts. */
  lineOf(path: readonly (string | number)[]): number | null;
}
