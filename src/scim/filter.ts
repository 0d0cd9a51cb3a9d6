import { type Filter as Parsed, parse } from 'scim2-parse-filter';
import { elementOf } from './compile.ts';
import { badRequest } from './errors.ts';
import type { Comparison, Filter, ValueFilter } from './filter-ast.ts';
import { type Piece, type ScannedFilter, scanFilter } from './filter-scan.ts';
import { comparisonValue } from './filter-value.ts';
import type { Attribute, ResourceType } from './schema.ts';

const CACHED_FILTERS = 256;
const CACHED_LENGTH = 512;
const caches = new WeakMap<ResourceType, Map<string, Filter>>();

/**
 * Parses a search filter (RFC 7644 §3.4.2.2) and binds it to a resource type.
 *
 * IDCS: names are matched in any case, values may be bare words, `app eq "<id>"` means `app.value eq "<id>"`
 * (scim.md §4, shapes.md §3), and `emails[type eq "work"].value co "x"` speaks of one element.
 *
 * @throws ScimError 400 for a malformed filter, an unknown or unsearchable attribute, or a value of the wrong type
 */
export function parseFilter(text: string, type: ResourceType): Filter {
  if (text.length > CACHED_LENGTH) return parseUncached(text, type);
  let cache = caches.get(type);
  if (cache === undefined) {
    cache = new Map();
    caches.set(type, cache);
  }
  let filter = cache.get(text);
  if (filter === undefined) {
    filter = parseUncached(text, type);
    if (cache.size >= CACHED_FILTERS) cache.delete(cache.keys().next().value as string);
    cache.set(text, filter);
  }
  return filter;
}

/**
 * Parses the filter inside the brackets of a PATCH path or of `attributes=members[...]`. Its attributes are sub-attributes of
 * `attribute`; whether they may be searched for does not matter, as the elements are at hand.
 *
 * @throws ScimError 400 as parseFilter
 */
export function parseValueFilter(text: string, attribute: Attribute): ValueFilter {
  const scanned = scanFilter(text);
  const filter = new Binder(scanned, null, attribute).bind(parseScanned(scanned), attribute);
  return Object.assign(filter, { within: attribute });
}

function parseUncached(text: string, type: ResourceType): Filter {
  const scanned = scanFilter(text);
  return new Binder(scanned, type, null).bind(parseScanned(scanned), null);
}

function parseScanned(scanned: ScannedFilter): Parsed {
  try {
    return parse(scanned.text);
  } catch (cause) {
    // The scanner lets only well-formed filters through; this is for what neither of us thought of.
    throw Object.assign(badRequest('The filter is not valid.'), { cause });
  }
}

/** Puts attributes and values back into the library's tree. */
class Binder {
  private readonly scanned: ScannedFilter;
  /** The type that is searched; null for a value filter. */
  private readonly type: ResourceType | null;
  /** The attribute of a value filter; null for a search. */
  private readonly within: Attribute | null;

  constructor(scanned: ScannedFilter, type: ResourceType | null, within: Attribute | null) {
    this.scanned = scanned;
    this.type = type;
    this.within = within;
  }

  /** @param scope the attribute whose brackets we are in; null outside of any */
  bind(parsed: Parsed, scope: Attribute | null): Filter | ValueFilter {
    const filter = this.bindPart(parsed, scope);
    return this.within !== null && scope === this.within ? Object.assign(filter, { within: this.within }) : filter;
  }

  private bindPart(parsed: Parsed, scope: Attribute | null): Filter {
    switch (parsed.op) {
      case 'and':
      case 'or':
        return { op: parsed.op, filters: parsed.filters.map((filter) => this.bind(filter, scope)) };
      case 'not':
        return { op: 'not', filter: this.bind(parsed.filter, scope) };
      case '[]':
        return this.bindValuePath(this.attribute(parsed.attrPath, scope), parsed.valFilter);
      case 'pr':
        return { op: 'pr', attribute: this.searchable(this.attribute(parsed.attrPath, scope)) };
      default:
        return this.bindComparison(parsed.op, this.attribute(parsed.attrPath, scope), parsed.compValue);
    }
  }

  private bindValuePath(attribute: Attribute, inner: Parsed): Filter {
    if (attribute.type !== 'complex' && !attribute.multiValued) {
      throw badRequest(`The filter puts brackets after ${attribute.path}, which has no elements.`);
    }
    const filter = this.bind(inner, attribute);
    // A single value is its own only element, and its sub-attributes carry their whole path.
    if (!attribute.multiValued) return filter;
    // `allowedGrants[value eq "x"]` says no more than `allowedGrants eq "x"`; of "no element" forms that is not true.
    if (attribute.type !== 'complex' && isAboutOneElement(filter)) return { ...filter, attribute };
    return { op: 'valuePath', attribute, filter };
  }

  private bindComparison(op: Comparison, named: Attribute, placeholder: unknown): Filter {
    const attribute = named.type === 'complex' ? valuePartOf(named) : named;
    const literal = this.scanned.literals[Number(String(placeholder).slice(1))];
    if (literal === undefined) throw badRequest('The filter is not valid.');
    return { op, attribute: this.searchable(attribute), value: comparisonValue(attribute, op, literal) };
  }

  private attribute(placeholder: string, scope: Attribute | null): Attribute {
    const piece = this.scanned.attributes[Number(placeholder.slice(1))];
    if (piece === undefined) throw badRequest('The filter is not valid.');
    if (scope !== null) return subAttribute(scope, piece);
    return this.type?.resolve(piece.text) ?? unknownAttribute(piece, this.type?.name ?? '');
  }

  private searchable(attribute: Attribute): Attribute {
    if (this.within === null && !attribute.searchable) {
      throw badRequest(`The filter names ${attribute.path}, which cannot be searched.`);
    }
    return attribute;
  }
}

type Leaf = Extract<Filter, { op: Comparison | 'pr' }>;

function isAboutOneElement(filter: Filter): filter is Leaf {
  if (filter.op === 'pr') return true;
  return 'value' in filter && filter.op !== 'ne' && filter.value !== null;
}

function valuePartOf(attribute: Attribute): Attribute {
  const value = attribute.sub('value');
  if (value === undefined) throw badRequest(`The filter compares ${attribute.path}: name one of its sub-attributes.`);
  return value;
}

function subAttribute(scope: Attribute, piece: Piece): Attribute {
  if (scope.type !== 'complex' && piece.text.toLowerCase() === 'value') return elementOf(scope);
  let attribute: Attribute | undefined = scope;
  for (const name of piece.text.split('.')) attribute = attribute?.sub(name);
  return attribute ?? unknownAttribute(piece, scope.path);
}

function unknownAttribute(piece: Piece, owner: string): never {
  const name = piece.text.length > 120 ? `${piece.text.slice(0, 120)}...` : piece.text;
  throw badRequest(`The filter names ${name} at position ${piece.position}: ${owner} has no such attribute.`);
}
