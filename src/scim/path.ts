import { badRequest, type ScimError } from './errors.ts';
import { parseValueFilter } from './filter.ts';
import type { ValueFilter } from './filter-ast.ts';
import type { AttributePage } from './projection.ts';
import type { Attribute, ResourceType } from './schema.ts';

const MAX_LENGTH = 8192;
const NAME = /^[A-Za-z0-9$][A-Za-z0-9_$.:-]*$/;
const PAGE_PART = /^\s*(startIndex|count)\s*=\s*(-?\d{1,9})\s*$/i;
/** Page size when only startIndex is given, and the most that is given: the same as in lists (scim.md §3). */
const DEFAULT_COUNT = 50;
const MAX_COUNT = 1000;

/** What an attribute path of a PATCH operation or of the `attributes` parameter points to. */
export interface AttributePath {
  /** A schema URN that stands alone, canonical: an extension's, or the core schema's (`type.schema`). Then all else is null. */
  readonly extension: string | null;
  /** The top-level attribute. */
  readonly attribute: Attribute | null;
  /** `emails[type eq "work"]`: which elements. */
  readonly filter: ValueFilter | null;
  /** `members[startIndex=1&count=10]`. */
  readonly page: AttributePage | null;
  /** What follows the dot: `name.familyName`, `emails[type eq "work"].value`; below two dots the innermost attribute. */
  readonly sub: Attribute | null;
}

/**
 * Parses an attribute path: plain, dotted, qualified with the core or an extension's URN, with a value filter or a page in
 * brackets, a schema URN alone; in any case.
 *
 * @throws ScimError 400 that names the attribute or the position
 */
export function parsePath(text: string, type: ResourceType): AttributePath {
  if (text.length > MAX_LENGTH) throw badRequest(`The attribute path is longer than ${MAX_LENGTH} characters.`);
  const path = text.trim();
  const open = path.indexOf('[');
  if (open < 0) return plainPath(path, type);
  const close = closingBracket(path, open);
  const attribute = resolveName(path.slice(0, open), type);
  // IDCS: brackets also follow a single complex value: `entitlement[attributeName eq "appRoles"].attributeValue` (a recorded request).
  if ((!attribute.multiValued && attribute.type !== 'complex') || attribute.parent !== null) {
    throw badRequest(`The path puts brackets after ${attribute.path}, which has no elements.`);
  }
  const inside = path.slice(open + 1, close);
  const page = pageOf(inside);
  return {
    extension: null,
    attribute,
    filter: page === null ? parseValueFilter(inside, attribute) : null,
    page,
    sub: suffix(path, close + 1, attribute),
  };
}

function plainPath(path: string, type: ResourceType): AttributePath {
  const nothing = { filter: null, page: null };
  const resolved = type.resolve(path);
  if (resolved === undefined) {
    const extension = path.toLowerCase() === type.schema.toLowerCase() ? type.schema : type.extension(path)?.urn;
    if (extension === undefined) return unknownAttribute(path, type.name);
    return { ...nothing, extension, attribute: null, sub: null };
  }
  let top = resolved;
  while (top.parent !== null) top = top.parent;
  return { ...nothing, extension: null, attribute: top, sub: top === resolved ? null : resolved };
}

function resolveName(name: string, type: ResourceType): Attribute {
  return type.resolve(name) ?? unknownAttribute(name, type.name);
}

/** Position of the `]` that ends the brackets, strings skipped: one linear pass. */
function closingBracket(path: string, open: number): number {
  let inString = false;
  let depth = 0;
  for (let at = open; at < path.length; at += 1) {
    const character = path[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '[') depth += 1;
    else if (character === ']') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  throw badRequest(`The attribute path is not valid: the bracket at position ${open + 1} is not closed.`);
}

/** The sub-attribute after the brackets. */
function suffix(path: string, start: number, attribute: Attribute): Attribute | null {
  if (start === path.length) return null;
  const name = path.slice(start + 1);
  if (path[start] !== '.' || !NAME.test(name)) {
    throw badRequest(`The attribute path is not valid at position ${start + 1}: "." and a sub-attribute are expected.`);
  }
  let sub: Attribute | undefined = attribute;
  for (const part of name.split('.')) sub = sub?.sub(part);
  return sub ?? unknownAttribute(name, attribute.path);
}

function pageOf(inside: string): AttributePage | null {
  const parts = inside.split('&').map((part) => PAGE_PART.exec(part));
  if (parts[0] === null) return null;
  if (parts.length > 2) throw badPage();
  let startIndex = 1;
  let count = DEFAULT_COUNT;
  for (const part of parts) {
    if (part === null) throw badPage();
    if (part[1]?.toLowerCase() === 'count') count = Number(part[2]);
    else startIndex = Number(part[2]);
  }
  return { offset: Math.max(startIndex, 1) - 1, limit: count < 0 ? DEFAULT_COUNT : Math.min(count, MAX_COUNT) };
}

function badPage(): ScimError {
  return badRequest('The page in brackets is not valid: startIndex=<number>&count=<number> is expected.');
}

function unknownAttribute(name: string, owner: string): never {
  if (name === '') throw badRequest('The attribute path is not valid: an attribute name is expected at position 1.');
  // Only what looks like a name is echoed.
  const strange = name.search(/[^A-Za-z0-9_$.:-]/);
  if (strange >= 0) {
    throw badRequest(
      `The attribute path is not valid at position ${strange + 1}: no attribute name has this character.`,
    );
  }
  throw badRequest(`${name.length > 120 ? `${name.slice(0, 120)}...` : name} is not an attribute of ${owner}.`);
}
