import type { ConditionValue } from '../resources/condition-value.ts';
import { BadIpRange, type IpRange, parseIpRange } from '../resources/ip-range.ts';
import type { Found, Scalar } from './attribute-path.ts';

/** What the values of an attribute are compared with. */
export interface Wanted {
  readonly value: ConditionValue;
  /** What a call stands for (`#inIPRange`); empty for what is no call. */
  readonly ranges: readonly IpRange[];
}

/**
 * Whether a Condition holds for the values that its attribute has. Pure.
 *
 * An attribute without values: `ne` and `nin` hold, everything else doesn't. Of several values one is enough, and for `ne` and
 * `nin` none may be there. `co` looks for a part of a text; a list of values (`groups[*].value`) with a list, or with `coany`, is
 * compared element by element. Order is by number, by time, else by text. All of it is inferred from the operators' names and from
 * SCIM, but for what the samples need (flows.md B7).
 *
 * @param operator one of the canonical operators of Condition
 * @param isAddress the values are addresses: `eq 192.0.2.0/24` is about a range
 */
export function conditionHolds(operator: string, found: Found, { value, ranges }: Wanted, isAddress: boolean): boolean {
  if (value.kind === 'call') {
    const inside = found.values.some((each) => isInside(String(each), ranges));
    return operator === 'ne' || operator === 'nin' ? !inside : inside;
  }
  const wanted: readonly Scalar[] = value.kind === 'list' ? value.values : [value.text];
  const fold = (each: Scalar) => (found.caseExact ? String(each) : String(each).toLowerCase());
  const some = (test: (has: Scalar, want: Scalar) => boolean) =>
    found.values.some((has) => wanted.some((want) => test(has, want)));
  const equal = (has: Scalar, want: Scalar) =>
    fold(has) === fold(want) || (isAddress && isInside(String(has), rangesOf(String(want))));
  switch (operator) {
    case 'eq':
    case 'in':
      return some(equal);
    case 'ne':
    case 'nin':
      return !some(equal);
    case 'co':
    case 'coany':
      return found.list && (operator === 'coany' || value.kind === 'list')
        ? some(equal)
        : some((has, want) => fold(has).includes(fold(want)));
    case 'sw':
      return some((has, want) => fold(has).startsWith(fold(want)));
    case 'ew':
      return some((has, want) => fold(has).endsWith(fold(want)));
    case 'gt':
      return some((has, want) => order(fold(has), fold(want)) > 0);
    case 'ge':
      return some((has, want) => order(fold(has), fold(want)) >= 0);
    case 'lt':
      return some((has, want) => order(fold(has), fold(want)) < 0);
    case 'le':
      return some((has, want) => order(fold(has), fold(want)) <= 0);
    default:
      return false;
  }
}

/** Whether an address is in one of the ranges. What is no address is in none. */
export function isInside(address: string, ranges: readonly IpRange[]): boolean {
  // An IPv4 caller of a socket for both versions.
  const [own] = rangesOf(address.replace(/^::ffff:(?=\d+\.)/i, ''));
  if (own === undefined) return false;
  return ranges.some(({ version, first, last }) => version === own.version && first <= own.first && own.last <= last);
}

function rangesOf(text: string): readonly IpRange[] {
  try {
    return [parseIpRange(text)];
  } catch (error) {
    if (error instanceof BadIpRange) return [];
    throw error;
  }
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const DATE = /^\d{4}-\d\d-\d\d(t[\d:.]+(z|[+-]\d\d:\d\d))?$/i;

function order(has: string, want: string): number {
  if (NUMBER.test(has) && NUMBER.test(want)) return Number(has) - Number(want);
  if (DATE.test(has) && DATE.test(want)) return Date.parse(has) - Date.parse(want);
  return has < want ? -1 : has > want ? 1 : 0;
}
