import type {
  Attribute,
  AttributeDefinition,
  CanonicalSource,
  EdgeView,
  ResourceType,
  ResourceTypeDefinition,
  ResourceTypeOverlay,
  Storage,
} from './schema.ts';
import { twinOverlay } from './twin-overlay.ts';

const ROW_ATTRIBUTES = new Set(['id', 'ocid', 'meta', 'schemas']);
const DOMAIN_ATTRIBUTES = new Set(['domainOcid', 'compartmentOcid', 'tenancyOcid']);

/**
 * Compiles the attribute rules of a resource type: applies the overlay's corrections, fills in RFC 7643 §2.2's defaults,
 * decides where each value is kept and builds the lookups. Pure.
 *
 * @param plain the overlay of the type that this one is the twin of, where it is one
 * @param sourceOf the shared list of values that an attribute refers to
 * @throws Error when the overlay names an attribute or extension that the definition lacks: a mistake in our data
 */
export function compileResourceType(
  definition: ResourceTypeDefinition,
  own: ResourceTypeOverlay,
  plain?: ResourceTypeOverlay,
  sourceOf: (definition: AttributeDefinition) => CanonicalSource | null = () => null,
): ResourceType {
  const overlay = plain === undefined ? own : twinOverlay(definition, own, plain);
  const compiler = new Compiler(overlay, sourceOf);
  const extended: Record<string, readonly AttributeDefinition[]> = { ...definition.extensions };
  for (const [urn, list] of Object.entries(overlay.extensions ?? {}))
    extended[urn] = [...(extended[urn] ?? []), ...list];
  const core = [...definition.attributes, ...(overlay.added ?? [])].map((attribute) =>
    compiler.compile(attribute, null, null),
  );
  const extensions = new Map<string, Extension>();
  for (const [urn, list] of Object.entries(extended)) {
    const attributes = list.map((attribute) => compiler.compile(attribute, urn, null));
    const names = byName(attributes);
    extensions.set(urn.toLowerCase(), { urn, attributes, get: (name) => names.get(name.toLowerCase()) });
  }
  compiler.checkOverlay(definition.name, new Set(Object.keys(extended)));
  const coreNames = byName(core);
  const corePrefix = `${definition.schema.toLowerCase()}:`;
  return {
    name: definition.name,
    storedAs: overlay.twinOf ?? overlay.faceOf?.type ?? definition.name,
    endpoint: definition.endpoint,
    base: definition.base ?? '/admin/v1',
    schema: definition.schema,
    kind: definition.kind,
    operations: new Set(overlay.operations ?? definition.operations),
    forceDelete: definition.forceDelete ?? false,
    attributes: [...core, ...[...extensions.values()].flatMap((extension) => extension.attributes)],
    extensions: [...extensions.values()].map((extension) => extension.urn),
    core: (name) => coreNames.get(name.toLowerCase()),
    extension: (urn) => extensions.get(urn.toLowerCase()),
    resolve: (path) => {
      const folded = path.toLowerCase();
      return compiler.paths.get(folded.startsWith(corePrefix) ? folded.slice(corePrefix.length) : folded);
    },
    overlay,
  };
}

/**
 * The element of a simple multi-valued attribute, as a value filter names it.
 * IDCS: requests say `allowedGrants[value eq "refresh_token"]` although allowedGrants holds plain strings (shapes.md §5).
 */
export function elementOf(attribute: Attribute): Attribute {
  let element = elements.get(attribute);
  if (element === undefined) {
    element = new CompiledAttribute(
      { ...attribute.definition, name: 'value', multiValued: false },
      {
        path: `${attribute.path}.value`,
        extension: attribute.extension,
        parent: attribute,
        storage: attribute.storage,
        edge: null,
        canonicalSource: attribute.canonicalSource,
      },
    );
    elements.set(attribute, element);
  }
  return element;
}

const elements = new WeakMap<Attribute, Attribute>();

interface Extension {
  readonly urn: string;
  readonly attributes: readonly Attribute[];
  get(name: string): Attribute | undefined;
}

/** What a compiled attribute has beyond its definition. */
interface Place {
  readonly path: string;
  readonly extension: string | null;
  readonly parent: Attribute | null;
  readonly storage: Storage;
  readonly edge: EdgeView | null;
  readonly canonicalSource: CanonicalSource | null;
}

class CompiledAttribute implements Attribute {
  readonly name: string;
  readonly path: string;
  readonly extension: string | null;
  readonly parent: Attribute | null;
  readonly type: Attribute['type'];
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly mutability: Attribute['mutability'];
  readonly returned: Attribute['returned'];
  readonly caseExact: boolean;
  readonly uniqueness: Attribute['uniqueness'];
  readonly storage: Storage;
  readonly edge: EdgeView | null;
  readonly compositeKey: readonly string[];
  readonly definition: AttributeDefinition;
  readonly canonicalSource: CanonicalSource | null;
  searchable: boolean;
  subAttributes: readonly Attribute[] = [];
  private names: ReadonlyMap<string, Attribute> = new Map();

  constructor(definition: AttributeDefinition, place: Place) {
    this.name = definition.name;
    this.path = place.path;
    this.extension = place.extension;
    this.parent = place.parent;
    this.type = definition.type;
    this.multiValued = definition.multiValued ?? false;
    this.required = definition.required ?? false;
    this.mutability = definition.mutability ?? 'readWrite';
    this.returned = definition.returned ?? 'default';
    this.caseExact = definition.caseExact ?? false;
    this.uniqueness = definition.uniqueness ?? 'none';
    this.searchable = definition.idcsSearchable ?? false;
    this.storage = place.storage;
    this.edge = place.edge;
    this.canonicalSource = place.canonicalSource;
    this.compositeKey = definition.idcsCompositeKey ?? [];
    this.definition = definition;
  }

  /** Called once, by the compiler: children need their parent first. */
  adopt(children: readonly Attribute[]): void {
    this.subAttributes = children;
    this.names = byName(children);
    // The data often leaves a complex attribute unstated or false and marks its parts: `emails`, `locked` with `locked.on`.
    this.searchable ||= children.some((child) => child.searchable);
  }

  sub(name: string): Attribute | undefined {
    return this.names.get(name.toLowerCase());
  }
}

class Compiler {
  /** Every attribute by its folded path. */
  readonly paths = new Map<string, Attribute>();
  private readonly overlay: ResourceTypeOverlay;
  private readonly computed: ReadonlySet<string>;
  private readonly sourceOf: (definition: AttributeDefinition) => CanonicalSource | null;

  constructor(overlay: ResourceTypeOverlay, sourceOf: (definition: AttributeDefinition) => CanonicalSource | null) {
    this.overlay = overlay;
    this.sourceOf = sourceOf;
    this.computed = new Set(overlay.computed ?? []);
  }

  compile(source: AttributeDefinition, extension: string | null, parent: Attribute | null): Attribute {
    const path = pathOf(source.name, extension, parent);
    const definition = this.correct(source, path);
    const edge = ownMember(this.overlay.edges, path) ?? null;
    const storage = this.storageOf(definition, path, extension, parent, edge);
    const attribute = new CompiledAttribute(definition, {
      path,
      extension,
      parent,
      storage,
      edge,
      canonicalSource: this.sourceOf(definition),
    });
    const parts = [...(definition.subAttributes ?? []), ...(ownMember(this.overlay.addedParts, path) ?? [])];
    attribute.adopt(parts.map((child) => this.compile(child, extension, attribute)));
    this.paths.set(path.toLowerCase(), attribute);
    return attribute;
  }

  /** Every path that the overlay names must exist: a typing mistake there would otherwise change nothing, silently. */
  checkOverlay(name: string, extensions: ReadonlySet<string>): void {
    const { edges, filterEdges, computed, defaults, attributes, columns, keptOnReplace, partOf, unlistedExtensions } =
      this.overlay;
    const { addedParts, requiredWhen = [], exactlyOneOf = [] } = this.overlay;
    const named = [
      ...Object.keys(edges ?? {}),
      ...Object.keys(filterEdges ?? {}),
      ...(computed ?? []),
      ...Object.keys(defaults ?? {}),
      ...Object.keys(attributes ?? {}),
      ...Object.keys(addedParts ?? {}),
      ...Object.values(columns ?? {}),
      ...(keptOnReplace ?? []),
      ...(partOf ?? []),
      ...requiredWhen.flatMap((rule) => [...Object.keys(rule.when), ...rule.attributes]),
      ...exactlyOneOf.flatMap((rule) => rule.attributes),
    ];
    for (const path of named) {
      const attribute = this.paths.get(path.toLowerCase());
      if (attribute?.path !== path) throw new Error(`overlay of ${name}: no attribute ${path}`);
    }
    for (const urn of unlistedExtensions ?? []) {
      if (!extensions.has(urn)) throw new Error(`overlay of ${name}: no extension ${urn}`);
    }
  }

  private correct(source: AttributeDefinition, path: string): AttributeDefinition {
    const correction = ownMember(this.overlay.attributes, path);
    if (correction === undefined) return source;
    const { because: _, ...facts } = correction;
    return { ...source, ...facts } as AttributeDefinition;
  }

  private storageOf(
    definition: AttributeDefinition,
    path: string,
    extension: string | null,
    parent: Attribute | null,
    edge: EdgeView | null,
  ): Storage {
    if (edge !== null) return 'edge';
    if (this.computed.has(path) || definition.name === '$ref') return 'computed';
    if (definition.returned === 'never' || definition.mutability === 'writeOnly') return 'transient';
    if (parent !== null) return parent.storage;
    if (extension !== null) return 'data';
    if (ROW_ATTRIBUTES.has(definition.name)) return 'row';
    return DOMAIN_ATTRIBUTES.has(definition.name) ? 'domain' : 'data';
  }
}

function pathOf(name: string, extension: string | null, parent: Attribute | null): string {
  if (parent !== null) return `${parent.path}.${name}`;
  return extension === null ? name : `${extension}:${name}`;
}

function byName(attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  return new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]));
}

function ownMember<T>(record: { readonly [key: string]: T } | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
