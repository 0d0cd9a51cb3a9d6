import type { Filter } from './filter-ast.ts';
import type { JsonObject } from './json.ts';
import type { Attribute, ResourceType } from './schema.ts';

/** What a request asked to see: query parameters `attributes` and `attributeSets`, already split. */
export interface ProjectionRequest {
  /** Attribute paths as sent; null: the parameter is absent. */
  readonly attributes: readonly string[] | null;
  /** all, always, default, request, never (any case); null: absent. */
  readonly attributeSets: readonly string[] | null;
  /** Each value of a list once, as it is shown: `attributes=grants.appId&distinct=true` names each App once. */
  readonly distinct?: boolean;
}

/** Paging inside a multi-valued attribute: `attributes=members[startIndex=1&count=10]`. */
export interface AttributePage {
  /** From 0. */
  readonly offset: number;
  readonly limit: number;
}

/** A compiled answer to "which attributes does the client see". */
export interface Projection {
  readonly type: ResourceType;
  /** True when neither parameter was given: `schemas` and `meta` are shown then (shapes.md §3). */
  readonly isDefault: boolean;
  /** Whether an attribute, or anything in it, will be returned. Decides which computed and edge attributes are loaded. */
  wants(attribute: Attribute): boolean;
  /** The page asked for inside an attribute, if any. */
  page(attribute: Attribute): AttributePage | null;
  /** The value filter asked for inside an attribute (`members[value eq "x"].display`), if any. */
  valueFilter(attribute: Attribute): Filter | null;
  /**
   * Cuts a full representation down. `resource` has canonical names, extension objects under URNs, `schemas` and `meta`.
   * Empty arrays and objects are left out. The input is not changed.
   */
  apply(resource: JsonObject): JsonObject;
}
