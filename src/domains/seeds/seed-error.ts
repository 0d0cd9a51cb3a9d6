/** Where in a seed something is wrong. */
export interface SeedPlace {
  /** File as it was named, or the preset's name. */
  readonly file: string;
  /** Line, from 1; null when the seed did not come as text. */
  readonly line: number | null;
  /** What is wrong there: `Users[2].emails`, or empty for the file itself. */
  readonly path: string;
}

/** A seed that can't be applied. The message names file, line and attribute. */
export class SeedError extends Error {
  readonly place: SeedPlace;

  constructor(place: SeedPlace, detail: string, options: { cause?: unknown } = {}) {
    const where = place.line === null ? place.file : `${place.file}:${place.line}`;
    super(`${where}: ${place.path === '' ? '' : `${place.path}: `}${detail}`, options);
    this.name = 'SeedError';
    this.place = place;
  }
}
