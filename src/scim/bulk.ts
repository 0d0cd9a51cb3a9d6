import { readReference, referencesIn, resolveReferences } from './bulk-references.ts';
import { ScimError } from './errors.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { invalidBulk, invalidSchemas, quote } from './validation-errors.ts';

/** The message schema of a Bulk body. */
export const BULK_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
/** Operations in one Bulk request; more are a 413 (scim.md §8, documented status codes). */
export const MAX_BULK_OPERATIONS = 1000;

export type BulkMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One operation of a Bulk request. */
export interface BulkOperation {
  /** Position in the request, from 0. Answers keep the request's order. */
  readonly index: number;
  /** Upper case, as sent when it is none that we know; then `error` is set. */
  readonly method: string;
  /** Relative to the API's base: `/Users`, `/Groups/bulkId:g1`. */
  readonly path: string;
  readonly bulkId: string | null;
  /** If-Match for this operation (RFC 7644 §3.7). */
  readonly version: string | null;
  /** Null only for DELETE, and when `error` is set. */
  readonly data: JsonObject | null;
  /** bulkIds that the data refers to. */
  readonly references: readonly string[];
  /** Why the operation cannot be tried: malformed, or part of a circle of references. */
  readonly error: ScimError | null;
}

/** A Bulk request, ready to be carried out. */
export interface BulkPlan {
  /** Stop after this many errors; null: never (RFC 7644 §3.7). */
  readonly failOnErrors: number | null;
  /** In the order of the request. */
  readonly operations: readonly BulkOperation[];
  /** Indices into `operations` in the order to carry them out: what defines a bulkId comes before what refers to it. */
  readonly order: readonly number[];
}

/**
 * Reads a Bulk request. What is wrong with one operation becomes that operation's error; what is wrong with the request as a
 * whole is thrown.
 *
 * @throws ScimError 400 for a malformed request or a bulkId given twice, 413 for more than 1000 operations
 */
export function readBulk(body: JsonObject): BulkPlan {
  const members = foldedMembers(body);
  checkSchema(members.get('schemas'));
  const sent = members.get('operations');
  if (!Array.isArray(sent)) throw invalidBulk('The attribute Operations must be an array of operations.');
  if (sent.length === 0) throw invalidBulk('The attribute Operations has no operation.');
  if (sent.length > MAX_BULK_OPERATIONS) {
    throw new ScimError(
      413,
      `The number of operations (${sent.length}) exceeds maxOperations (${MAX_BULK_OPERATIONS}).`,
      {
        messageId: 'error.common.validation.tooManyOperations',
      },
    );
  }
  const read = sent.map(readOperation);
  const definedBy = definitions(read);
  const needs = read.map((operation) => needsOf(operation, definedBy));
  const { order, circular } = arrange(needs);
  const operations = read.map((operation) =>
    operation.error === null && circular.has(operation.index)
      ? { ...operation, error: circularReference(operation) }
      : operation,
  );
  return { failOnErrors: failOnErrors(members.get('failonerrors')), operations, order };
}

/**
 * An operation with every `bulkId:x` in its path and data replaced.
 *
 * @param ids id of the resource that each bulkId has become; one whose operation failed is missing
 * @throws ScimError 400 naming a bulkId that has no resource
 */
export function resolveOperation(operation: BulkOperation, ids: ReadonlyMap<string, string>): BulkOperation {
  return {
    ...operation,
    path: resolvePath(operation.path, ids),
    data: operation.data === null ? null : resolveReferences(operation.data, ids),
  };
}

function checkSchema(schemas: JsonValue | undefined): void {
  if (schemas === undefined || schemas === null) return;
  const known = (urn: JsonValue) => typeof urn === 'string' && urn.toLowerCase() === BULK_SCHEMA.toLowerCase();
  if (!Array.isArray(schemas) || !schemas.some(known)) {
    throw invalidSchemas(`The attribute schemas must contain ${BULK_SCHEMA}.`);
  }
}

function failOnErrors(value: JsonValue | undefined): number | null {
  if (value === undefined || value === null) return null;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw invalidBulk('The value of attribute failOnErrors must be an integer of at least 0.');
  }
  return number === 0 ? null : number;
}

function readOperation(sent: JsonValue, index: number): BulkOperation {
  const nothing = { index, method: '', path: '', bulkId: null, version: null, data: null, references: [] };
  const wrong = (detail: string) => invalidBulk(`Operation ${index + 1}: ${detail}`);
  if (!isObject(sent)) return { ...nothing, error: wrong('it must be an object.') };
  const members = foldedMembers(sent);
  const method = textOf(members.get('method')).toUpperCase();
  const path = textOf(members.get('path')).trim();
  const bulkId = members.get('bulkid');
  const version = textOf(members.get('version')) || null;
  const data = members.get('data');
  const named = {
    ...nothing,
    method,
    path,
    version,
    bulkId: typeof bulkId === 'string' && bulkId !== '' ? bulkId : null,
  };
  if (bulkId !== undefined && bulkId !== null && typeof bulkId !== 'string') {
    return { ...named, error: wrong('the attribute bulkId must be a string.') };
  }
  const problem = problemWith(method, path, data);
  if (problem !== null) return { ...named, error: wrong(problem) };
  if (!isObject(data) || method === 'DELETE') return { ...named, error: null };
  try {
    return { ...named, data, references: [...referencesIn(data)], error: null };
  } catch (error) {
    if (error instanceof ScimError) return { ...named, error };
    throw error;
  }
}

function problemWith(method: string, path: string, data: JsonValue | undefined): string | null {
  if (!['POST', 'PUT', 'PATCH', 'DELETE'].includes(method)) {
    return `the value [${quote(method)}] of attribute method is invalid. One of [POST,PUT,PATCH,DELETE] was expected.`;
  }
  const segments = /^\/([A-Za-z]+)(?:\/([^/?#\s]+))?$/.exec(path);
  if (segments === null) return `the attribute path [${quote(path)}] must be like /Users or /Users/<id>.`;
  if (segments[1] === 'Bulk') return 'the attribute path must not be /Bulk.';
  if (method === 'DELETE' && segments[2] === undefined)
    return `the attribute path [${quote(path)}] must name a resource.`;
  if (method !== 'DELETE' && !isObject(data)) return 'the attribute data must be an object.';
  return null;
}

/** Which operation makes the resource that a bulkId stands for. */
function definitions(operations: readonly BulkOperation[]): ReadonlyMap<string, number> {
  const definedBy = new Map<string, number>();
  for (const { bulkId, index } of operations) {
    if (bulkId === null) continue;
    if (definedBy.has(bulkId)) throw invalidBulk(`The bulkId [${quote(bulkId)}] is given more than once.`);
    definedBy.set(bulkId, index);
  }
  return definedBy;
}

/**
 * The request's order, except that an operation waits for those that it refers to. Members of a circle keep their place and
 * are named in `circular`. Depth-first with a stack of our own: a chain may be as long as the request.
 */
function arrange(needs: readonly (readonly number[])[]): { order: number[]; circular: ReadonlySet<number> } {
  const order: number[] = [];
  const circular = new Set<number>();
  const state = new Map<number, 'open' | 'done'>();
  for (const start of needs.keys()) {
    const stack = state.has(start) ? [] : [{ index: start, next: 0 }];
    while (stack.length > 0) {
      const frame = stack[stack.length - 1]!;
      state.set(frame.index, 'open');
      const need = needs[frame.index]![frame.next];
      frame.next += 1;
      if (need === undefined) {
        stack.pop();
        state.set(frame.index, 'done');
        order.push(frame.index);
      } else if (state.get(need) === 'open') {
        const from = stack.findIndex((open) => open.index === need);
        for (const { index } of stack.slice(from)) circular.add(index);
      } else if (!state.has(need)) {
        stack.push({ index: need, next: 0 });
      }
    }
  }
  return { order, circular };
}

/** Positions of the operations that this one refers to. */
function needsOf(operation: BulkOperation, definedBy: ReadonlyMap<string, number>): readonly number[] {
  const named = new Set(operation.references);
  const inPath = pathReference(operation.path);
  if (inPath !== null) named.add(inPath);
  const needs = [...named].map((bulkId) => definedBy.get(bulkId)).filter((index) => index !== undefined);
  return needs.sort((left, right) => left - right);
}

// RFC 7644 §3.7.1: a circle that cannot be resolved is a 409.
function circularReference(operation: BulkOperation): ScimError {
  return new ScimError(409, `Operation ${operation.index + 1}: its bulkId references form a circle.`, {
    messageId: 'error.common.validation.circularBulkId',
  });
}

function pathReference(path: string): string | null {
  return readReference(path.slice(path.lastIndexOf('/') + 1));
}

function resolvePath(path: string, ids: ReadonlyMap<string, string>): string {
  const bulkId = pathReference(path);
  if (bulkId === null) return path;
  const id = ids.get(bulkId);
  if (id === undefined) throw invalidBulk(`The bulkId [${quote(bulkId)}] stands for no resource of this request.`);
  return `${path.slice(0, path.lastIndexOf('/') + 1)}${id}`;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function foldedMembers(object: JsonObject): ReadonlyMap<string, JsonValue> {
  return new Map(Object.keys(object).map((key) => [key.toLowerCase(), object[key] as JsonValue]));
}
