import type { Attribute } from './schema.ts';

/** Operators that compare an attribute with a value (RFC 7644 §3.4.2.2). */
export type Comparison = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/**
 * A filter bound to a resource type: every attribute resolved, every value converted to the attribute's type
 * (dateTime: milliseconds since the epoch; strings of attributes that are not caseExact: as written, fold when comparing).
 * `eq null` and `ne null` are kept as such: absent, present.
 */
export type Filter =
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  | { readonly op: Comparison; readonly attribute: Attribute; readonly value: string | number | boolean | null }
  | { readonly op: 'pr'; readonly attribute: Attribute }
  /** `emails[type eq "work" and value co "x"]`: some element satisfies the inner filter, whose attributes are sub-attributes. */
  | { readonly op: 'valuePath'; readonly attribute: Attribute; readonly filter: Filter };

/**
 * A filter over the elements of one multi-valued attribute, as PATCH paths and `attributes=members[...]` carry it. `within` is
 * that attribute: the filter's attributes are its sub-attributes, or its element (compile.ts, elementOf) when it is simple.
 * Every part of the filter carries it as well, so that a filter put together anew from the parts means the same.
 */
export type ValueFilter = Filter & { readonly within: Attribute };
