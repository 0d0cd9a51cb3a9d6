/*
 * IDCS: flows.md D: what a spreadsheet would take for a formula is exported in single quotes, and they are taken off again by an import.
 * A value that looks like one that was wrapped is wrapped too, so that what is exported is what is imported.
 */

const FORMULA = /^'*[@+\-=|%]/;
const WRAPPED = /^'('*[@+\-=|%][\s\S]*)'$/;

/** A value as it stands in a cell. */
export function toCell(value: string): string {
  return FORMULA.test(value) ? `'${value}'` : value;
}

/** A cell's value. */
export function fromCell(cell: string): string {
  return WRAPPED.exec(cell)?.[1] ?? cell;
}
