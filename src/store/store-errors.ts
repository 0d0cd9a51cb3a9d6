/** A statement ran longer than the store allows (openStore's `secondsOfStatementTimeout`). */
export class StatementTimeout extends Error {
  constructor(cause: unknown) {
    super('The database took too long.', { cause });
    this.name = 'StatementTimeout';
  }
}

/** The database cannot be reached, or went away during a statement. Whether that statement took effect is not known. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('The database is not available.', { cause });
    this.name = 'StoreUnavailable';
  }
}
