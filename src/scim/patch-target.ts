import type { ValueFilter } from './filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { matches } from './match.ts';
import type { PatchOperation } from './patch-operation.ts';
import { type AttributePath, parsePath } from './path.ts';
import { own } from './resource-data.ts';
import type { Attribute, ResourceType } from './schema.ts';
import { isWritable } from './sent-values.ts';
import { BOOKKEEPING } from './validate.ts';
import { invalidPatch, repeatedAttribute } from './validation-errors.ts';

/** What one step of an operation changes, and to what. An operation without a path has one step for each member of its value. */
export interface PatchStep {
  readonly op: PatchOperation['op'];
  /** The path as sent, for messages. */
  readonly text: string;
  /** From the top-level attribute down to the one that changes. */
  readonly chain: readonly [Attribute, ...Attribute[]];
  /** Which elements of the top-level attribute; null: no filter in the path. */
  readonly filter: ValueFilter | null;
  readonly value: JsonValue | undefined;
}

/**
 * Finds out what an operation changes. All path forms, and values without a path whose keys are paths themselves: dotted,
 * URN-qualified, even with a filter (Entra ID), or extension objects under their URN.
 *
 * @throws ScimError 400 for an unknown attribute or a path that makes no sense here
 */
export function stepsOf(type: ResourceType, operation: PatchOperation): PatchStep[] {
  const { op, path, value, position } = operation;
  if (path === null) {
    if (op === 'remove') throw invalidPatch('remove needs the attribute path.', position);
    return expand(type, operation, value, '');
  }
  const parsed = parsePath(path, type);
  if (parsed.extension !== null && op === 'remove') return removalOf(type, parsed.extension, position);
  if (parsed.extension !== null) return expand(type, operation, value, `${parsed.extension}:`);
  // `schemas` follows from the values; clients that also add a URN to it mean no more than that.
  return parsed.attribute?.path === 'schemas' ? [] : [stepTo(parsed, operation, path, value)];
}

/** The values that a step's path points to, read from the value of its top-level attribute. */
export function valuesAt(step: PatchStep, rootValue: JsonValue | undefined): JsonValue[] {
  let found: JsonValue[] = rootValue === undefined ? [] : [rootValue];
  for (const [depth, attribute] of step.chain.entries()) {
    const isLast = depth === step.chain.length - 1;
    const filter = depth === 0 ? step.filter : null;
    if (isLast && filter === null) return found;
    const elements = found.flatMap((value) => (Array.isArray(value) ? value : [value]));
    found = filter === null ? elements : elements.filter((element) => matches(filter, element));
    const next = step.chain[depth + 1];
    if (next === undefined || attribute.type !== 'complex') return found;
    found = found.flatMap((value) => {
      const member = isObject(value) ? own(value, next.name) : undefined;
      return member === undefined ? [] : [member];
    });
  }
  return found;
}

function expand(
  type: ResourceType,
  operation: PatchOperation,
  value: JsonValue | undefined,
  prefix: string,
): PatchStep[] {
  const object = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (!isObject(object))
    throw invalidPatch('the attribute value must be an object when no attribute is named.', operation.position);
  const steps: PatchStep[] = [];
  for (const key of Object.keys(object)) steps.push(...memberSteps(type, operation, object, key, prefix));
  refuseRepeated(steps);
  return steps;
}

function memberSteps(
  type: ResourceType,
  operation: PatchOperation,
  object: JsonObject,
  key: string,
  prefix: string,
): PatchStep[] {
  const path = `${prefix}${key}`;
  const value = object[key] as JsonValue;
  const parsed = parsePath(path, type);
  if (parsed.extension !== null) return value === null ? [] : expand(type, operation, value, `${parsed.extension}:`);
  // A whole resource may be sent back as the value; its copy of our bookkeeping is no request to change it.
  if (parsed.attribute !== null && BOOKKEEPING.has(parsed.attribute.path)) return [];
  return [stepTo(parsed, operation, path, value)];
}

function stepTo(
  { attribute, filter, page, sub }: AttributePath,
  operation: PatchOperation,
  path: string,
  value: JsonValue | undefined,
): PatchStep {
  if (attribute === null || page !== null) {
    throw invalidPatch('the attribute path must name an attribute, without a page.', operation.position);
  }
  return { op: operation.op, text: path, chain: chainOf(attribute, sub), filter, value };
}

function chainOf(root: Attribute, sub: Attribute | null): [Attribute, ...Attribute[]] {
  const below: Attribute[] = [];
  for (let step = sub; step !== null && step !== root; step = step.parent) below.unshift(step);
  return [root, ...below];
}

function removalOf(type: ResourceType, urn: string, position: number): PatchStep[] {
  const extension = type.extension(urn);
  if (extension === undefined) throw invalidPatch('remove needs the path of an attribute.', position);
  return extension.attributes
    .filter(isWritable)
    .map((attribute) => ({ op: 'remove', text: attribute.path, chain: [attribute], filter: null, value: undefined }));
}

function refuseRepeated(steps: readonly PatchStep[]): void {
  const seen = new Set<Attribute>();
  for (const { chain, filter } of steps) {
    const last = chain[chain.length - 1] as Attribute;
    if (filter !== null) continue;
    if (seen.has(last)) throw repeatedAttribute(last.path);
    seen.add(last);
  }
}
