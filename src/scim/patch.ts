import { checkValue, convertValue } from './attribute-value.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { afterStep } from './patch-data.ts';
import { type EdgeOperation, edgeOperations } from './patch-edges.ts';
import { mayApply } from './patch-mutability.ts';
import { readPatch } from './patch-operation.ts';
import { type PatchStep, stepsOf } from './patch-target.ts';
import { requiredAttributes } from './required-attributes.ts';
import { copyOf, readValue, writeValue } from './resource-data.ts';
import type { Attribute, ResourceType } from './schema.ts';
import { fillCreateDefaults, keepData } from './sent-values.ts';
import type { Current } from './validate.ts';
import { missingRequired } from './validation-errors.ts';

export type { EdgeOperation } from './patch-edges.ts';

/** What a PATCH makes of a resource. */
export interface Patched {
  /** The row's data afterwards. The data before is not changed. */
  readonly data: JsonObject;
  /** As `Accepted.transient`. Removing a never-returned attribute leaves no trace here. */
  readonly transient: Map<string, JsonValue>;
  /** Changes of edge attributes, in order. */
  readonly edges: EdgeOperation[];
  /** False when nothing differs from before: version and times need not move. True whenever `transient` or `edges` is not empty. */
  readonly changed: boolean;
}

/**
 * Applies a PATCH (RFC 7644 §3.5.2), all operations in order or none. Takes the dialects of real provisioning clients:
 * operations in any case, values as text, single objects for lists, paths inside values, removal by value.
 *
 * @throws ScimError 400 naming the attribute or the operation; also when what comes out breaks the attribute rules
 */
export function applyPatch(type: ResourceType, body: JsonObject, current: Current): Patched {
  const run = new PatchRun(type, current);
  for (const operation of readPatch(body)) {
    for (const step of stepsOf(type, operation)) run.apply(step);
  }
  return run.finish();
}

class PatchRun {
  private readonly type: ResourceType;
  private readonly current: Current;
  private readonly data: JsonObject;
  private readonly transient = new Map<string, JsonValue>();
  private readonly edges: EdgeOperation[] = [];
  private readonly touched = new Set<Attribute>();

  constructor(type: ResourceType, current: Current) {
    this.type = type;
    this.current = current;
    this.data = { ...current.data };
    // Values are replaced, never changed in place; only the objects that hold them are copied.
    for (const urn of type.extensions) {
      const extension = this.data[urn];
      if (typeof extension === 'object' && extension !== null) this.data[urn] = { ...(extension as JsonObject) };
    }
  }

  apply(step: PatchStep): void {
    const root = step.chain[0];
    if (!mayApply(step, this.current)) return;
    switch (root.storage) {
      case 'edge':
        this.edges.push(...edgeOperations(step));
        return;
      case 'transient':
      case 'computed':
        this.applyTransient(step, root);
        return;
      default:
        this.touched.add(root);
        writeValue(this.data, root, afterStep(step, readValue(this.data, root)));
    }
  }

  finish(): Patched {
    this.restoreDefaults();
    this.check();
    const changed = [...this.touched].some(
      (attribute) =>
        JSON.stringify(readValue(this.data, attribute)) !== JSON.stringify(readValue(this.current.data, attribute)),
    );
    const { data, transient, edges } = this;
    return { data, transient, edges, changed: changed || transient.size > 0 || edges.length > 0 };
  }

  private applyTransient(step: PatchStep, root: Attribute): void {
    const value = step.op === 'remove' ? undefined : convertValue(root, step.value ?? null, { loose: true });
    if (value === undefined) this.transient.delete(root.path);
    else this.transient.set(root.path, value);
  }

  /**
   * What was removed falls back to its default, as in a PUT that leaves it out: no user is neither active nor inactive. An
   * extension that is used for the first time gets its defaults, as on create.
   */
  private restoreDefaults(): void {
    const { type, data, transient } = this;
    const filled = new Set(this.touched);
    for (const urn of type.extensions) {
      const isNew = Object.hasOwn(data, urn) && !Object.hasOwn(this.current.data, urn);
      if (isNew) for (const attribute of type.extension(urn)?.attributes ?? []) filled.add(attribute);
    }
    for (const attribute of filled) {
      const value = readValue(data, attribute);
      // Defaults of parts are filled in place; what is stored must not change.
      if (isObject(value)) writeValue(data, attribute, copyOf(value));
    }
    fillCreateDefaults(type, { data, transient, edges: new Map(), given: new Set() }, filled);
  }

  /** The same rules as for a create, for what was touched: old data that a new rule would refuse must not block a PATCH. */
  private check(): void {
    const missing: string[] = [];
    const touchedExtensions = new Set([...this.touched].map((attribute) => attribute.extension));
    for (const attribute of requiredAttributes(this.type)) {
      if (attribute.storage !== 'data' || readValue(this.data, attribute) !== undefined) continue;
      const inUse = attribute.extension !== null && Object.hasOwn(this.data, attribute.extension);
      const wasTouched =
        attribute.extension === null ? this.touched.has(attribute) : touchedExtensions.has(attribute.extension);
      if (wasTouched && (attribute.extension === null || inUse)) missing.push(attribute.path);
    }
    for (const attribute of this.touched) {
      const value = readValue(this.data, attribute);
      if (value === undefined) continue;
      keepData({ data: this.data, transient: this.transient }, attribute, value);
      checkValue(attribute, value, missing, true);
    }
    if (missing.length > 0) throw missingRequired(missing);
  }
}
