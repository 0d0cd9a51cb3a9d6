import type { Filter } from '../scim/filter-ast.ts';
import type { JsonObject, JsonValue } from '../scim/json.ts';
import type { Projection, ProjectionRequest } from '../scim/projection.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import type { Caller, RequestContext } from './request-context.ts';

/**
 * A resource on its way to the store. Behaviours change `data` and `secret` in place, before the write.
 */
export interface Draft {
  readonly id: string;
  readonly ocid: string | null;
  data: JsonObject;
  /** Never-returned state; undefined: leave what is stored. */
  secret: JsonObject | null | undefined;
  /** Values of returned=never attributes as sent, by canonical path (`password`, `urn:…:user:User.bypassNotification`). */
  readonly transient: ReadonlyMap<string, JsonValue>;
  /** Attributes that the answer to this request alone shows: a generated secret, of which the row keeps a digest. */
  once?: JsonObject;
  /** Changes of edge attributes, in order; a behaviour may check or extend them (ids resolved, targets known to exist). */
  edges: EdgeChange[];
  /** The write ends the tokens of the resource: the domain's epoch moves with it, since verified tokens are kept for an epoch. */
  endsTokens?: boolean;
  /** For PUT and PATCH, which of them it is. */
  readonly operation?: 'replace' | 'update';
  /** Further writes of the same transaction that this request alone needs: a type without `afterWrite` pays for one only then. */
  follows?: (session: StoreSession, resource: StoredResource) => Promise<void>;
  /** For a PATCH, the names of members and of last parts of paths in it, in lower case. */
  readonly named?: ReadonlySet<string>;
  /** Tells users of the change, in its transaction. */
  tells?: (session: StoreSession, resource: StoredResource) => Promise<void>;
}

/** A change of one edge attribute (`members`). */
export type EdgeChange =
  | { readonly op: 'add'; readonly attribute: string; readonly targets: readonly EdgeTarget[] }
  | {
      readonly op: 'remove';
      readonly attribute: string;
      readonly targetIds: readonly string[];
      /** Those of them that were looked up anyway. */
      readonly targets?: readonly EdgeTarget[];
    }
  | { readonly op: 'clear'; readonly attribute: string }
  | { readonly op: 'set'; readonly attribute: string; readonly targets: readonly EdgeTarget[] };

export interface EdgeTarget {
  readonly id: string;
  readonly type: string;
  /** What it shows as, where it was looked up; null: it has no name. */
  readonly display?: string | null;
}

/** Makes one computed attribute for many resources at once. */
export interface ComputedAttribute {
  /**
   * @param resources the page's rows
   * @param projection what was asked for; decides paging inside the attribute
   * @returns values by resource id; a missing one leaves the attribute out. `$ref`s are added later by the pipeline.
   */
  load(
    context: RequestContext,
    session: StoreSession,
    resources: readonly StoredResource[],
    projection: Projection,
  ): Promise<ReadonlyMap<string, JsonValue>>;
}

/**
 * What a resource type does beyond its attribute rules. One object a type, registered in registry.ts. All hooks are optional;
 * each runs inside the pipeline, after schema validation; those with a session run inside the write's transaction.
 */
export interface Behaviour {
  /** The ResourceType's name. */
  readonly type: string;
  /** Fills defaults and derived values; checks rules that the data can't express. */
  prepareCreate?(context: RequestContext, draft: Draft): Promise<void>;
  /** The same for PUT and PATCH; `before` is the row as it stands. */
  prepareUpdate?(
    context: RequestContext,
    before: StoredResource & { secret: JsonObject | null },
    draft: Draft,
  ): Promise<void>;
  /** Refuses or prepares a delete. `force`: forceDelete=true, references go with it. */
  beforeDelete?(
    context: RequestContext,
    session: StoreSession,
    resource: StoredResource,
    force: boolean,
  ): Promise<void>;
  /**
   * What follows from a create that is done: somebody is told. May still fill `draft.once`.
   * @param resource as written
   */
  afterCreate?(context: RequestContext, resource: StoredResource, draft: Draft): Promise<void>;
  /** Further writes of the same transaction: edges, other rows, epoch bumps. */
  afterWrite?(
    context: RequestContext,
    session: StoreSession,
    write: {
      readonly kind: 'create' | 'update' | 'delete';
      readonly resource: StoredResource;
      readonly draft: Draft | null;
      readonly pipeline: Pipeline;
    },
  ): Promise<void>;
  /**
   * For types whose rows belong to somebody: the sub-attribute (`user.value`) that has the id of a caller of each kind. Administrators of the domain
   * see all rows; others list, read and delete their own, and for them there are no others.
   */
  readonly owner?: { readonly [caller in Caller['type']]: string };
  /**
   * For types whose resources are the same constants in every domain, and no rows: all of them, in the order of lists. Called for
   * every request, so what they cost is kept. Or those that follow from other rows for the caller alone (MyApps): a few hundred at
   * most.
   */
  readonly constants?: (context: RequestContext) => readonly ConstantResource[] | Promise<readonly ConstantResource[]>;
  /**
   * Which of the stored rows are this type's; null: all. Runs before rows are looked up, and may write what the clock has
   * brought about meanwhile.
   */
  rows?(context: RequestContext): Promise<Filter | null>;
  /** What a list's or search's filter means here; default: what it says. */
  askedFilter?(filter: Filter): Filter;
  /** `attributes=count(*)` asks how many rows match, and for none of them. */
  readonly countsRows?: true;
  /** What a GET of an id without a row answers instead of a 404. */
  readonly absent?: JsonObject;
  /** Values read beside the row, by canonical path of a top-level attribute (or an extension's attribute). */
  readonly computed?: { readonly [path: string]: ComputedAttribute };
  /** Last word on a row's data before projection: values that depend on the clock, say. Must not query. */
  present?(context: RequestContext, resource: StoredResource, data: JsonObject): JsonObject;
  /** Action types (UserPasswordChanger ...): answer a verb themselves. The body is already validated against the schema. */
  readonly actions?: {
    /** @param params the projection that was asked for, for the few actions that have values on request */
    readonly create?: (context: RequestContext, draft: Draft, params: ProjectionRequest) => Promise<ActionResult>;
    readonly put?: (
      context: RequestContext,
      key: string,
      draft: Draft,
      params: ProjectionRequest,
    ) => Promise<ActionResult>;
    readonly get?: (context: RequestContext, key: string) => Promise<ActionResult>;
    /** The body of a PUT without an id may name the user whom it is about, as `id`; so applications can ask too. */
    readonly namesUser?: true;
    readonly patches?: PatchingAction;
  };
}

/** What a behaviour may ask of the pipeline inside its own write. */
export interface Pipeline {
  /**
   * Creates another resource in the same transaction, under all rules of its type.
   * @param body without `schemas`
   * @returns the answer's body
   */
  create(typeName: string, body: JsonObject): Promise<JsonObject>;
}

/** An action whose PUT is a PATCH of the resource that it names, under all rules of that resource's own PATCH. */
export interface PatchingAction {
  /** The resource's type. */
  readonly type: string;
  /** The PATCH: `{op, path, value}`, from the body of the PUT. */
  readonly operations: (draft: Draft) => readonly JsonObject[];
  /** What is answered, from the PATCH's answer. */
  readonly answer: (patched: JsonObject) => JsonObject;
}

/** What an action answers: attributes beside `schemas` and `meta`, which the pipeline adds. */
export interface ActionResult {
  readonly status: number;
  /** Key under which `meta.location` points: the id or OCID as asked; null: no location. */
  readonly locationKey: string | null;
  readonly data: JsonObject;
  /** The answer is `data` alone, as recorded of a few functions (shapes.md §6). */
  readonly bare?: true;
}

/** A resource that is no row (Behaviour.constants). Never changed. */
export interface ConstantResource {
  readonly id: string;
  readonly data: JsonObject;
  /** When it was made and last changed (ms); default: a day of this build's. */
  readonly lastModified?: number;
  /** The row, for the few that are one: what a domain may change among the constants. */
  readonly row?: StoredResource;
}
