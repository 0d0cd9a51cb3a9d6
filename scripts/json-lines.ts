/**
 * JSON with one line per attribute, endpoint or plain fact, so that a change of one fact is a change of one line.
 * Objects of the first levels are opened; what holds no objects stays on its line.
 */
export function toLines(value: unknown): string {
  return `${format(value, '')}\n`;
}

function format(value: unknown, indent: string): string {
  if (isFlat(value)) return JSON.stringify(value);
  const inner = `${indent} `;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => inner + format(item, inner)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value as object);
  const nested = entries.filter(([, item]) => !isFlat(item));
  const flat = entries.filter(([, item]) => isFlat(item));
  const head = flat.map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`).join(',');
  const tail = nested.map(([key, item]) => `${inner}${JSON.stringify(key)}:${format(item, inner)}`).join(',\n');
  return head === '' ? `{\n${tail}\n${indent}}` : `{${head},\n${tail}\n${indent}}`;
}

/** True for scalars, and for lists and objects of facts that hold no attributes. */
function isFlat(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return !holdsStructure(value, 0);
}

const STRUCTURE = new Set(['attributes', 'extensions', 'subAttributes', 'endpoints', 'routes']);

function holdsStructure(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    return value.some(
      (item) =>
        typeof item === 'object' &&
        item !== null &&
        ('mutability' in item || 'routes' in item || 'method' in item || holdsStructure(item, depth + 1)),
    );
  }
  return Object.entries(value).some(
    ([key, item]) =>
      STRUCTURE.has(key) || (typeof item === 'object' && item !== null && holdsStructure(item, depth + 1)),
  );
}
