import { badRequest } from '../scim/errors.ts';
import type { JsonValue } from '../scim/json.ts';

/** Containers inside containers that a body may have; real ones have fewer than ten. */
const MAX_DEPTH = 50;

/**
 * Reads a JSON body. Beyond what JSON.parse does, it refuses what would be lost or dangerous: a key given twice in one object,
 * a `__proto__` key, very deep nesting.
 * @throws ScimError 400 that names the position (from 1, in characters)
 */
export function parseJson(text: string): JsonValue {
  checkStructure(text);
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const where = position === undefined ? '' : ` at position ${Number(position) + 1}`;
    throw badRequest(`The request body is not valid JSON${where}.`, 'error.common.validation.invalidJson');
  }
}

/**
 * One pass over the text: depth, duplicate keys, `__proto__`. It trusts nothing about the grammar; text that isn't JSON is
 * left for JSON.parse to refuse.
 */
function checkStructure(text: string): void {
  // One entry for each open container: the keys seen so far, or null for an array.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) addKey(keys, text.slice(at, end + 1), at);
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
      if (open.length >= MAX_DEPTH) {
        throw badRequest(`The request body is nested deeper than ${MAX_DEPTH} levels at position ${at + 1}.`);
      }
      open.push(code === 0x7b ? new Set() : null);
    } else if (code === 0x7d || code === 0x5d) {
      open.pop();
    }
  }
}

/** Index of the closing quote of the string that opens at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  for (let at = end + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d) continue;
    return code === 0x3a;
  }
  return false;
}

function addKey(keys: Set<string>, literal: string, at: number): void {
  let name: string;
  try {
    name = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  } catch {
    return;
  }
  if (name === '__proto__') throw badRequest(`The attribute __proto__ at position ${at + 1} is not allowed.`);
  if (keys.has(name)) throw badRequest(`The attribute ${name} is given twice, the second time at position ${at + 1}.`);
  keys.add(name);
}
