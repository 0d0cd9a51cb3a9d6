import { checkValue, convertValue, fillDefaults } from './attribute-value.ts';
import type { ValueFilter } from './filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { equalitiesOf } from './patch-elements.ts';
import type { PatchStep } from './patch-target.ts';
import { identityOf } from './same-value.ts';
import type { Attribute } from './schema.ts';
import { missingRequired, noTarget } from './validation-errors.ts';

/** A change of an edge attribute (`members`), for the caller to turn into edge rows: the list itself is never read here. */
export interface EdgeOperation {
  /** `clear` removes all, `set` makes `values` the whole list, `remove` takes `values` or what `filter` selects. */
  readonly op: 'add' | 'remove' | 'set' | 'clear';
  readonly attribute: Attribute;
  readonly values: readonly JsonObject[];
  readonly filter: ValueFilter | null;
}

/**
 * What a PATCH step on an edge attribute asks for.
 *
 * @throws ScimError 400 for a malformed value, or a path that selects no single change
 */
export function edgeOperations(step: PatchStep): EdgeOperation[] {
  const attribute = step.chain[0];
  if (step.chain.length > 1) return changeOfPart(step, attribute);
  if (step.filter !== null) return changeOfSelected(step, attribute, step.filter);
  const nothing = step.value === undefined || step.value === null;
  if (step.op === 'remove' && nothing) return [{ op: 'clear', attribute, values: [], filter: null }];
  const values = edgeValues(attribute, step.value ?? null);
  if (step.op === 'replace') return [{ op: 'set', attribute, values, filter: null }];
  return values.length === 0 ? [] : [{ op: step.op, attribute, values, filter: null }];
}

/**
 * The elements of an edge attribute in a body or operation: canonical, defaults filled in, each target once.
 *
 * @throws ScimError 400 naming the attribute
 */
function edgeValues(attribute: Attribute, raw: JsonValue, known: JsonObject = {}): JsonObject[] {
  const converted = convertValue(attribute, raw, { loose: true }) ?? [];
  const byIdentity = new Map<string, JsonObject>();
  for (const element of Array.isArray(converted) ? converted : [converted]) {
    if (!isObject(element)) continue;
    const whole = { ...known, ...element };
    fillDefaults(attribute, whole);
    byIdentity.set(identityOf(attribute, whole), whole);
  }
  const values = [...byIdentity.values()];
  const missing: string[] = [];
  checkValue(attribute, values, missing);
  if (missing.length > 0) throw missingRequired(missing);
  return values;
}

/** `members[value eq "x"]`: no element is at hand, so a replace is a remove and an add. */
function changeOfSelected(step: PatchStep, attribute: Attribute, filter: ValueFilter): EdgeOperation[] {
  const removal: EdgeOperation = { op: 'remove', attribute, values: [], filter };
  if (step.op === 'remove') return [removal];
  const known = step.op === 'add' ? equalitiesOf(filter, attribute) : {};
  if (known === null) throw noTarget(step.text);
  const values = edgeValues(attribute, step.value ?? null, known);
  const addition: EdgeOperation[] = values.length === 0 ? [] : [{ op: 'add', attribute, values, filter: null }];
  return step.op === 'add' ? addition : [removal, ...addition];
}

/** `members[value eq "x"].value`: only what names the target can change, and then it is another element. */
function changeOfPart(step: PatchStep, attribute: Attribute): EdgeOperation[] {
  const { filter, op } = step;
  const part = step.chain[1] as Attribute;
  const known = filter === null ? null : equalitiesOf(filter, attribute);
  if (filter === null || known === null) throw noTarget(step.text);
  const removal: EdgeOperation = { op: 'remove', attribute, values: [], filter };
  if (op === 'remove') return part.required ? [removal] : [];
  const values = edgeValues(attribute, { ...known, [part.name]: step.value ?? null });
  const addition: EdgeOperation[] = values.length === 0 ? [] : [{ op: 'add', attribute, values, filter: null }];
  return op === 'replace' && attribute.compositeKey.includes(part.name) ? [removal, ...addition] : addition;
}
