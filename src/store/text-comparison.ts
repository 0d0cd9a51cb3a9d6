import type { Comparison } from '../scim/filter-ast.ts';
import type { SqlParameters } from './sql-parameters.ts';

/** Comparisons that have SQL of their own; `ne` is the opposite of `eq`. */
export type PositiveComparison = Exclude<Comparison, 'ne'>;

const ORDER = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

/**
 * SQL that compares a text expression (COLLATE "C") with a value that is folded as the expression is. True, or false or null.
 *
 * A prefix becomes a range, which a B-tree serves. A fragment with a trigram in it becomes LIKE, which a trigram index
 * serves; with any other that index would be read whole, so it gets a form that the index does not know.
 */
export function compareText(
  expression: string,
  op: PositiveComparison,
  value: string,
  parameters: SqlParameters,
): string {
  switch (op) {
    case 'sw':
      return startsWith(expression, value, parameters);
    case 'co':
      if (!hasTrigram(value)) return `strpos(${expression}, ${parameters.add(value)}) > 0`;
      return `${expression} LIKE ${parameters.add(`%${escapeLike(value)}%`)}`;
    case 'ew':
      if (!hasTrigram(value)) return `right(${expression}, ${[...value].length}) = ${parameters.add(value)}`;
      return `${expression} LIKE ${parameters.add(`%${escapeLike(value)}`)}`;
    default:
      return `${expression} ${ORDER[op]} ${parameters.add(value)}`;
  }
}

/** Whether a trigram index can find texts with this fragment: three letters or digits in a row. */
export function hasTrigram(fragment: string): boolean {
  return /[\p{L}\p{N}]{3}/u.test(fragment);
}

/** SQL that compares a number expression. */
export function compareNumber(
  expression: string,
  op: 'eq' | 'gt' | 'ge' | 'lt' | 'le',
  value: number,
  parameters: SqlParameters,
): string {
  return `${expression} ${ORDER[op]} ${parameters.add(value)}`;
}

function startsWith(expression: string, value: string, parameters: SqlParameters): string {
  if (value === '') return `${expression} IS NOT NULL`;
  const from = `${expression} >= ${parameters.add(value)}`;
  const end = successor(value);
  return end === null ? from : `(${from} AND ${expression} < ${parameters.add(end)})`;
}

/**
 * The smallest text that sorts after all texts with this prefix, in code point order (which is UTF-8's byte order, which is
 * what COLLATE "C" sorts by). Null when there is none.
 */
function successor(prefix: string): string | null {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!;
    if (last === 0x10ffff) continue;
    // U+D800 to U+DFFF are no characters.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return points.join('') + String.fromCodePoint(next);
  }
  return null;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
