/*
 * Ids of rows that nobody wrote, because they follow from two others: the numbers of those two, in the form of every other id, as
 * a UUID of version 8. So each is found again by its id, at the price of one look into each index, and none is that of a row,
 * whose ids have version 4.
 */

const ID = /^([0-9a-f]{12})80008([0-9a-f]{15})$/;

/** The id of what follows from the rows with these `seq`s. */
export function impliedId(a: number | string, b: number | string): string {
  return `${hex(a, 12)}80008${hex(b, 15)}`;
}

/** The same in SQL. @param a SQL of a bigint @param b SQL of a bigint */
export function impliedIdSql(a: string, b: string): string {
  return `(lpad(to_hex(${a}), 12, '0') || '80008' || lpad(to_hex(${b}), 15, '0'))`;
}

/** The two numbers, as text; null when the id is of another kind. */
export function readImpliedId(id: string): { readonly a: string; readonly b: string } | null {
  const match = ID.exec(id.toLowerCase());
  return match === null ? null : { a: BigInt(`0x${match[1]}`).toString(), b: BigInt(`0x${match[2]}`).toString() };
}

function hex(seq: number | string, digits: number): string {
  return BigInt(seq).toString(16).padStart(digits, '0');
}
