import type { JsonValue } from './json.ts';
import { type PatchStep, valuesAt } from './patch-target.ts';
import { readValue } from './resource-data.ts';
import { covers, coversOne, isAbsent } from './same-value.ts';
import type { Attribute } from './schema.ts';
import { isWritable } from './sent-values.ts';
import type { Current } from './validate.ts';
import { immutableAttribute, readOnlyAttribute } from './validation-errors.ts';

/**
 * Whether a step may change what it names. A value equal to the one there is neither a change nor an error, so that clients
 * which send back what they read go on working.
 *
 * @returns false when there is nothing to do
 * @throws ScimError 400 for a change of a readOnly attribute, or of an immutable one that has a value
 */
export function mayApply(step: PatchStep, current: Current): boolean {
  const [root] = step.chain;
  const readOnly = isWritable(root) ? step.chain.find((attribute) => attribute.mutability === 'readOnly') : root;
  const fixed = readOnly ?? step.chain.find((attribute) => attribute.mutability === 'immutable');
  if (fixed === undefined) return true;
  const there = valuesAt(step, readValue(current.shown, root) ?? readValue(current.data, root));
  if (readOnly === undefined && there.every(isAbsent)) return true;
  if (step.op !== 'remove' && saysNothingNew(step, there)) return false;
  const last = step.chain[step.chain.length - 1] as Attribute;
  throw readOnly === undefined ? immutableAttribute(last.path) : readOnlyAttribute(last.path);
}

function saysNothingNew(step: PatchStep, there: readonly JsonValue[]): boolean {
  const { value, chain, filter } = step;
  if (value === undefined || isAbsent(value)) return there.every(isAbsent);
  const last = chain[chain.length - 1] as Attribute;
  if (there.length === 0) return false;
  if (filter !== null && chain.length === 1) {
    const one = Array.isArray(value) && value.length === 1 ? (value[0] as JsonValue) : value;
    return there.every((element) => coversOne(last, element, one));
  }
  return there.every(
    (present) => covers(last, present, value) || (step.op === 'add' && includesAll(last, present, value)),
  );
}

function includesAll(attribute: Attribute, present: JsonValue, value: JsonValue): boolean {
  if (!Array.isArray(present)) return false;
  const added = Array.isArray(value) ? value : [value];
  return added.every((element) => present.some((one) => coversOne(attribute, one, element)));
}
