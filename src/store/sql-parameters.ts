/** Collects the bound parameters of one statement: nothing that a client sent is ever part of its text. */
export class SqlParameters {
  readonly values: unknown[];

  constructor(...first: unknown[]) {
    this.values = first;
  }

  /** Binds a value. @returns its placeholder, `$3` */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
