import type { Filter } from '../scim/filter-ast.ts';
import type { JsonObject } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';

/*
 * What the store keeps of resources and audit events, and what can be asked of them: a part of the contract of store.ts.
 */

/** A resource row. */
export interface StoredResource {
  readonly id: string;
  readonly ocid: string | null;
  readonly type: string;
  /** Order of creation inside the domain: the default order of lists. */
  readonly seq: number;
  /** meta.version: 32 hex digits, new with every change. */
  readonly version: string;
  readonly created: number;
  readonly lastModified: number;
  /** The attributes whose storage is `data`, canonical names, extension objects under their URN. */
  readonly data: JsonObject;
}

/** What a write of a resource carries. */
export interface ResourceWrite {
  readonly type: ResourceType;
  readonly id: string;
  readonly ocid: string | null;
  readonly version: string;
  readonly lastModified: number;
  readonly data: JsonObject;
  /** Never-returned state of the row (password hash, history, encrypted client secret); undefined leaves it as it is. */
  readonly secret?: JsonObject | null;
  /** Audit events of the write: inserted by the same statement, if the row is written. */
  readonly events?: readonly AuditEventWrite[];
}

/** An audit event to be kept. Nothing changes it afterwards. */
export interface AuditEventWrite {
  /** The compiled type AuditEvent. */
  readonly type: ResourceType;
  readonly id: string;
  /** The attribute `timestamp`: when it happened. */
  readonly time: number;
  /** meta.created: when it was written. */
  readonly created: number;
  readonly data: JsonObject;
}

/** Audit events: written here, and read as resources of their type. */
export interface AuditRows {
  /** Some hundred a statement. */
  insert(domainId: number, events: readonly AuditEventWrite[]): Promise<void>;
  /**
   * Removes events that are older than their domain's Settings.auditEventRetentionPeriod by the domain's own clock.
   * @param now the machine's time, in milliseconds
   */
  purge(now: number): Promise<number>;
}

/** A reference to look up: by id or OCID. */
export interface ReferenceKey {
  readonly type: string;
  readonly key: string;
}

/** What a reference was found to point to. */
export interface ResolvedReference {
  readonly type: string;
  readonly id: string;
  readonly ocid: string | null;
  /** displayName of the target, else its userName or name. */
  readonly display: string | null;
  readonly data: JsonObject;
}

/** A search, already bound to its type. */
export interface ResourceQuery {
  readonly type: ResourceType;
  readonly filter: Filter | null;
  /** null: order of creation. */
  readonly sortBy: Attribute | null;
  readonly descending: boolean;
  /** Rows to skip, from 0. */
  readonly offset: number;
  /** Rows to return at most; 0 returns only the total. */
  readonly limit: number;
  /** Also the resources that are no rows but follow from others (implied-rows.ts); what deletes what it finds leaves them out. */
  readonly implied?: boolean;
}

export interface ResourcePage {
  /** Exact number of matches. */
  readonly total: number;
  readonly resources: readonly StoredResource[];
}

/** Resource rows. Every method is one statement, unless it runs inside `Store.transaction`. */
export interface ResourceRows {
  /** By id or OCID; null when there is none. */
  read(domainId: number, type: string, key: string): Promise<StoredResource | null>;
  /** As `read`, with the never-returned state. `lock`: hold the row until the transaction ends. */
  readWithSecret(
    domainId: number,
    type: string,
    key: string,
    options?: { lock?: boolean },
  ): Promise<(StoredResource & { secret: JsonObject | null }) | null>;
  /**
   * The never-returned state of many rows in one statement, by id; rows that are gone are missing. For computed attributes
   * of a page (App.clientSecret), so that a list of apps does not cost one statement per app.
   */
  readSecrets(domainId: number, type: string, ids: readonly string[]): Promise<ReadonlyMap<string, JsonObject | null>>;
  /** By a promoted `name` column (userName, App.name), without regard to case. */
  readByName(
    domainId: number,
    type: string,
    name: string,
  ): Promise<(StoredResource & { secret: JsonObject | null }) | null>;
  /** Resolves references in one statement; what was not found is missing from the map. Map keys: `type:key`. */
  resolve(domainId: number, keys: readonly ReferenceKey[]): Promise<ReadonlyMap<string, ResolvedReference>>;
  search(domainId: number, query: ResourceQuery): Promise<ResourcePage>;
  /** A resource that is no row but follows from others, by its id; null when there is none. */
  readImplied(domainId: number, type: ResourceType, id: string): Promise<StoredResource | null>;
  /** Rows of several types whose attribute has a value, at most `limit`: as a search for each, in one statement. */
  having(
    domainId: number,
    where: readonly { readonly type: ResourceType; readonly attribute: Attribute }[],
    value: string,
    limit: number,
  ): Promise<readonly { readonly type: string; readonly id: string }[]>;
  /**
   * Inserts a row, its search copy, unique keys and counter in one statement.
   * @returns the row's seq
   * @throws UniqueViolation
   */
  insert(domainId: number, write: ResourceWrite, created: number): Promise<number>;
  /** Many rows of any types at once (seeds, a domain's birth, bulk loads): a few statements however many rows. */
  insertMany(domainId: number, writes: readonly ResourceWrite[], created: number): Promise<void>;
  /**
   * Replaces data (and secret when given) if the row still has `expectedVersion` (null: whatever it has).
   * @returns false when it hasn't: changed or deleted meanwhile
   * @throws UniqueViolation
   */
  update(domainId: number, write: ResourceWrite, expectedVersion: string | null): Promise<boolean>;
  /** Sets version and lastModified only (a change of edges). False when the row is gone or the version differs. */
  touch(
    domainId: number,
    type: string,
    id: string,
    change: { version: string; lastModified: number; expectedVersion: string | null },
  ): Promise<boolean>;
  /** Changes only the never-returned state: neither version nor lastModified move. */
  updateSecret(domainId: number, type: string, id: string, secret: JsonObject | null): Promise<boolean>;
  /** Deletes row, unique keys and all edges from and to it, and counts down. False when gone or of another version. */
  delete(
    domainId: number,
    type: string,
    id: string,
    expectedVersion: string | null,
    events?: readonly AuditEventWrite[],
  ): Promise<boolean>;
}
