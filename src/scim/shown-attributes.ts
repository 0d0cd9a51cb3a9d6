import { badRequest, ScimError } from './errors.ts';
import type { ValueFilter } from './filter-ast.ts';
import { isOwnExtension } from './own-extension.ts';
import { parsePath } from './path.ts';
import type { AttributePage, ProjectionRequest } from './projection.ts';
import { rootOf } from './resource-data.ts';
import type { Attribute, ResourceType, Returned } from './schema.ts';
import { quote } from './validation-errors.ts';

/** Which attributes and sub-attributes an answer shows, and which elements of them. */
export interface ShownAttributes {
  /** Every attribute shown, and the complex ones that they are parts of. */
  readonly all: ReadonlySet<Attribute>;
  /** By top-level attribute: the elements asked for, where not all of them are. */
  readonly elements: ReadonlyMap<Attribute, ShownElements>;
}

export interface ShownElements {
  readonly filter: ValueFilter | null;
  readonly page: AttributePage | null;
}

const DEFAULT: ReadonlySet<Returned> = new Set(['always', 'default']);
const ALWAYS: ReadonlySet<Returned> = new Set(['always']);
const SETS: ReadonlyMap<string, ReadonlySet<Returned>> = new Map([
  ['all', new Set<Returned>(['always', 'default', 'request'])],
  ['always', ALWAYS],
  ['default', DEFAULT],
  ['request', new Set<Returned>(['always', 'request'])],
  // Asking for what is never returned is ignored without a word (schemas.md, protocol parameters).
  ['never', ALWAYS],
]);
const MAX_PATHS = 1000;

/**
 * Decides what a request sees (scim.md §3): without parameters everything returned always or by default; with them what is
 * asked for, and in any case what is always returned. Names that the type does not have are ignored.
 *
 * @throws ScimError 400 for an unknown attribute set, a malformed filter in brackets, or too many paths
 */
export function shownAttributes(type: ResourceType, request: ProjectionRequest): ShownAttributes {
  const selection = new Selection(type);
  const paths = request.attributes ?? [];
  const sets = (request.attributeSets ?? []).flatMap((set) => set.split(',')).filter((set) => set.trim() !== '');
  if (paths.length > MAX_PATHS) throw badRequest(`The parameter attributes names more than ${MAX_PATHS} attributes.`);
  if (paths.length === 0 && sets.length === 0) {
    for (const attribute of type.attributes) selection.addByReturned(attribute, DEFAULT);
  } else {
    for (const attribute of type.attributes) selection.addByReturned(attribute, ALWAYS);
    const declared = type.attributes.filter(({ extension }) => !isOwnExtension(extension));
    for (const set of sets) for (const attribute of declared) selection.addByReturned(attribute, levelsOf(set));
    for (const path of paths) selection.addPath(path);
  }
  return selection.finish();
}

function levelsOf(set: string): ReadonlySet<Returned> {
  const levels = SETS.get(set.trim().toLowerCase());
  if (levels === undefined) {
    const allowed = [...SETS.keys()].join(',');
    throw badRequest(`Invalid value [${quote(set.trim())}] for attributeSets. One of [${allowed}] was expected.`);
  }
  return levels;
}

class Selection {
  private readonly type: ResourceType;
  private readonly all = new Set<Attribute>();
  /** Null: all elements. */
  private readonly elements = new Map<Attribute, ShownElements[] | null>();

  constructor(type: ResourceType) {
    this.type = type;
  }

  /** Adds a top-level attribute, or some of its parts, because of how they are returned. */
  addByReturned(attribute: Attribute, levels: ReadonlySet<Returned>): void {
    if (levels.has(attribute.returned)) {
      this.addWhole(attribute, new Set([...DEFAULT, ...levels]));
      this.elements.set(attribute, null);
      return;
    }
    // IDCS: `attributes=x` on an App still shows basedOnTemplate.value, an always-part of a default attribute (scim.md §3).
    // Parts of what is only returned on request wait for the request.
    const added = attribute.subAttributes.filter(
      (sub) => levels.has(sub.returned) && (attribute.returned === 'default' || sub.returned === 'request'),
    );
    if (attribute.returned === 'never' || added.length === 0) return;
    for (const sub of added) this.addPart(sub);
    this.elements.set(attribute, null);
  }

  /** Adds what one entry of the `attributes` parameter names. */
  addPath(text: string): void {
    const path = this.parse(text);
    if (path === null) return;
    if (path.extension !== null) {
      for (const attribute of this.attributesOf(path.extension)) this.addByReturned(attribute, DEFAULT);
      return;
    }
    const { attribute, sub, filter, page } = path;
    if (attribute === null || attribute.returned === 'never' || sub?.returned === 'never') return;
    if (sub === null) this.addWhole(attribute, DEFAULT);
    else this.addPart(sub);
    const before = this.elements.get(attribute);
    const unrestricted = before === null || (filter === null && page === null);
    this.elements.set(attribute, unrestricted ? null : [...(before ?? []), { filter, page }]);
  }

  finish(): ShownAttributes {
    const elements = new Map<Attribute, ShownElements>();
    for (const [attribute, wanted] of this.elements) {
      if (wanted !== null) elements.set(attribute, joined(attribute, wanted));
    }
    return { all: this.all, elements };
  }

  private addWhole(attribute: Attribute, levels: ReadonlySet<Returned>): void {
    this.all.add(attribute);
    for (const sub of attribute.subAttributes) {
      if (levels.has(sub.returned)) this.addWhole(sub, levels);
    }
  }

  /** Adds a sub-attribute with the complex attributes around it and their always-parts. */
  private addPart(sub: Attribute): void {
    this.addWhole(sub, DEFAULT);
    for (let parent = sub.parent; parent !== null; parent = parent.parent) {
      this.all.add(parent);
      for (const sibling of parent.subAttributes) {
        if (sibling.returned === 'always') this.addWhole(sibling, DEFAULT);
      }
    }
  }

  private attributesOf(urn: string): readonly Attribute[] {
    return (
      this.type.extension(urn)?.attributes ?? this.type.attributes.filter((attribute) => attribute.extension === null)
    );
  }

  private parse(text: string): ReturnType<typeof parsePath> | null {
    try {
      return parsePath(text, this.type);
    } catch (error) {
      const bracket = text.indexOf('[');
      const isKnown = bracket > 0 && this.type.resolve(text.slice(0, bracket).trim()) !== undefined;
      if (!(error instanceof ScimError) || isKnown) throw error;
      return null;
    }
  }
}

/** The same attribute asked for with several filters: elements that any of them selects. */
function joined(attribute: Attribute, wanted: readonly ShownElements[]): ShownElements {
  const filters = wanted.map(({ filter }) => filter).filter((filter) => filter !== null);
  const page = wanted.find((one) => one.page !== null)?.page ?? null;
  if (filters.length < wanted.length) return { filter: null, page };
  const [first] = filters;
  return { filter: filters.length === 1 && first ? first : { op: 'or', filters, within: rootOf(attribute) }, page };
}
