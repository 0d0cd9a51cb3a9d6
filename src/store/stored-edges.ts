import type { Filter } from '../scim/filter-ast.ts';
import type { JsonObject } from '../scim/json.ts';
import type { ResourceType } from '../scim/schema.ts';

/*
 * Relations between resources, as rows: a part of the contract of store.ts.
 */

/** A directed relation between two resources. */
export interface Edge {
  readonly kind: string;
  readonly sourceId: string;
  readonly targetId: string;
  readonly targetType: string;
}

/** An edge as read, with what the other end shows. `resource` is the end that was not asked by. */
export interface EdgeRow extends Edge {
  readonly created: number;
  readonly other: {
    readonly id: string;
    readonly ocid: string | null;
    readonly display: string | null;
    readonly data: JsonObject;
  };
}

export interface EdgePageQuery {
  readonly kind: string;
  readonly end: 'source' | 'target';
  /** The resources whose edges are wanted. */
  readonly ids: readonly string[];
  /** Applied per resource; absent: all of them, up to `cap` in total. */
  readonly page?: { readonly offset: number; readonly limit: number };
  /** Only edges whose other end is this id. */
  readonly otherId?: string;
  /** Only edges whose target has one of these types. */
  readonly targetTypes?: readonly string[];
}

/** Edge rows: group membership, AppRole membership. */
export interface EdgeRows {
  /** Adds edges; those that exist stay as they are. @returns the targets of those that were new */
  add(domainId: number, edges: readonly Edge[], created: number): Promise<readonly string[]>;
  /** Removes the named targets, or with null all of the source's edges of that kind. @returns the targets that were removed */
  remove(
    domainId: number,
    kind: string,
    sourceId: string,
    targetIds: readonly string[] | null,
  ): Promise<readonly string[]>;
  /** Removes the source's edges of that kind whose target is not named, in one statement. @returns the targets that were removed */
  keepOnly(domainId: number, kind: string, sourceId: string, targetIds: readonly string[]): Promise<readonly string[]>;
  /** Edges by resource id, in the order they were added. One statement for any number of ids. */
  page(domainId: number, query: EdgePageQuery): Promise<ReadonlyMap<string, readonly EdgeRow[]>>;
  count(domainId: number, kind: string, end: 'source' | 'target', id: string): Promise<number>;
}

/** A resource whose edges of one kind lead to what a filter chooses. */
export interface RuledSource {
  readonly sourceId: string;
  readonly filter: Filter;
}

/** Ids of the resources whose edge to one target came or went. */
export interface MovedSources {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Edges whose targets a filter chooses: the members of dynamic groups. For use inside a transaction. */
export interface RuledEdges {
  /**
   * Holds a domain's rules as they are until the transaction ends: `follow` beside others that follow them, `change` alone. Who
   * changes a rule so sees all that was written before, and who writes later sees the new rule.
   */
  hold(domainId: number, mode: 'follow' | 'change'): Promise<void>;
  /** Makes the source's edges those to all rows of a type that the filter chooses. Two statements, however many rows. */
  settle(
    domainId: number,
    rule: RuledSource & { readonly kind: string; readonly type: ResourceType },
    created: number,
  ): Promise<{ readonly added: number; readonly removed: number }>;
  /** Asks rules whether they choose one row, and moves the edges to it that differ. One statement for a hundred rules. */
  follow(
    domainId: number,
    target: { readonly kind: string; readonly type: ResourceType; readonly id: string },
    rules: readonly RuledSource[],
    created: number,
  ): Promise<MovedSources>;
}
