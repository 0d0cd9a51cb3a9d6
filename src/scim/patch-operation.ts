import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { invalidPatch, invalidSchemas, quote } from './validation-errors.ts';

/** One operation of a PATCH body, its shape checked; its path and value are not. */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  /** null: the resource itself. */
  readonly path: string | null;
  /** undefined: the operation has none. */
  readonly value: JsonValue | undefined;
  /** From 1, for messages. */
  readonly position: number;
}

/** The message schema of a PATCH body. */
export const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
/** Operations in one PATCH: as many as the service takes in one Bulk request (scim.md §8). */
export const MAX_OPERATIONS = 1000;

/**
 * Reads a PATCH body. Names of members and of operations are taken in any case: Entra ID sends `Add`, the OCI SDKs `ADD`.
 *
 * @throws ScimError 400 when it is not a PatchOp, naming the operation
 */
export function readPatch(body: JsonObject): PatchOperation[] {
  const members = foldedMembers(body);
  checkSchema(members.get('schemas'));
  const operations = members.get('operations');
  if (!Array.isArray(operations)) throw invalidPatch('The attribute Operations must be an array of operations.');
  if (operations.length === 0) throw invalidPatch('The attribute Operations has no operation.');
  if (operations.length > MAX_OPERATIONS) {
    throw invalidPatch(`The attribute Operations has more than ${MAX_OPERATIONS} operations.`);
  }
  return operations.map((operation, index) => readOperation(operation, index + 1));
}

function checkSchema(schemas: JsonValue | undefined): void {
  if (schemas === undefined || schemas === null) return;
  const known = (urn: JsonValue) => typeof urn === 'string' && urn.toLowerCase() === PATCH_SCHEMA.toLowerCase();
  if (!Array.isArray(schemas) || !schemas.some(known)) {
    throw invalidSchemas(`The attribute schemas must contain ${PATCH_SCHEMA}.`);
  }
}

function readOperation(operation: JsonValue, position: number): PatchOperation {
  if (!isObject(operation)) throw invalidPatch('it must be an object.', position);
  const members = foldedMembers(operation);
  const op = members.get('op');
  const folded = typeof op === 'string' ? op.toLowerCase() : '';
  if (folded !== 'add' && folded !== 'replace' && folded !== 'remove') {
    const given = typeof op === 'string' ? ` [${quote(op)}]` : '';
    throw invalidPatch(
      `the value${given} of attribute op is invalid. One of [add,remove,replace] was expected.`,
      position,
    );
  }
  const path = members.get('path') ?? null;
  if (path !== null && typeof path !== 'string') throw invalidPatch('the attribute path must be a string.', position);
  const value = members.get('value');
  if (folded !== 'remove' && value === undefined) throw invalidPatch('the attribute value is missing.', position);
  // IDCS: an empty path means the resource itself (scim.md §6).
  return { op: folded, path: path === null || path.trim() === '' ? null : path, value, position };
}

function foldedMembers(object: JsonObject): ReadonlyMap<string, JsonValue> {
  return new Map(Object.keys(object).map((key) => [key.toLowerCase(), object[key] as JsonValue]));
}
