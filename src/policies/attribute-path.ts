import { CUSTOM_USER_URN } from '../resources/discovery/custom-attributes.ts';
import { resourceType } from '../schemas/registry.ts';
import { parseValueFilter } from '../scim/filter.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { matches } from '../scim/match.ts';
import type { Attribute } from '../scim/schema.ts';

/*
 * What a Condition looks at in a user: `userName`, `name.givenName`, `groups[*].value`, `emails[primary=true].value`,
 * `urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User:appRoles[*].adminRole`.
 * IDCS: flows.md B7 and B8, main-0365. Names are not checked (shapes.md §12): what a user doesn't have has no value.
 */

/** A value of an attribute. */
export type Scalar = string | number | boolean;

/** The values that an attribute has. */
export interface Found {
  readonly values: readonly Scalar[];
  /** The path goes through a list: the values are elements. */
  readonly list: boolean;
  /** Upper and lower case differ. */
  readonly caseExact: boolean;
}

/** Finds an attribute in a user: the row's data, with `id`, `ocid`, `groups` and `appRoles` where they are needed. Pure. */
export interface AttributePath {
  /** It is about groups or AppRoles, which stand beside the row. */
  readonly needsMemberships: boolean;
  find(user: JsonObject): Found;
}

/** One step of a path: a name, then which of its elements. */
interface Step {
  readonly name: string;
  /** null: all of them, as `*`. */
  readonly select: ((element: JsonValue, index: number) => boolean) | null;
}

const NOTHING: Found = { values: [], list: false, caseExact: false };
const STEP = /^([\w$-]+)(?:\[([^\]]*)\])?$/;

/** Reads a path of a user's attributes. A path that is none finds nothing. */
export function attributePath(path: string): AttributePath {
  const type = resourceType('User');
  const urn = [...type.extensions, CUSTOM_USER_URN].find(
    (one) => path.toLowerCase().startsWith(one.toLowerCase()) && /[.:]/.test(path[one.length] ?? ''),
  );
  const texts = splitSteps(urn === undefined ? path : path.slice(urn.length + 1));
  const names = texts.map((text) => STEP.exec(text)?.[1] ?? '');
  const canonical = (urn === undefined ? '' : `${urn}:`) + names.join('.');
  const attribute = type.resolve(canonical);
  const root = type.resolve((urn === undefined ? '' : `${urn}:`) + names[0]!);
  if (root?.returned === 'never' || attribute?.returned === 'never')
    return { needsMemberships: false, find: () => NOTHING };
  const steps = texts.map((text) => stepOf(text, root));
  const caseExact = attribute?.caseExact === true;
  return {
    needsMemberships: root !== undefined && MEMBERSHIPS.has(root.name),
    find(user) {
      const start = urn === undefined ? user : own(user, urn);
      if (start === undefined || steps.includes(null)) return NOTHING;
      let list = false;
      let found: JsonValue[] = [start];
      for (const step of steps as readonly Step[]) {
        found = found.flatMap((value) => {
          const below = isObject(value) ? own(value, step.name) : undefined;
          if (below === undefined) return [];
          if (!Array.isArray(below)) return [below];
          list = true;
          return step.select === null ? below : below.filter(step.select);
        });
      }
      return { values: found.filter(isScalar), list, caseExact };
    },
  };
}

const MEMBERSHIPS: ReadonlySet<string> = new Set(['groups', 'appRoles']);

/** The parts between dots; a dot inside brackets is none. */
function splitSteps(path: string): string[] {
  const steps: string[] = [''];
  let depth = 0;
  for (const character of path) {
    if (character === '[') depth++;
    else if (character === ']') depth--;
    if (character === '.' && depth === 0) steps.push('');
    else steps[steps.length - 1] += character;
  }
  return steps;
}

/** null: no step of a path, which finds nothing. */
function stepOf(text: string, root: Attribute | undefined): Step | null {
  const [, name, inside] = STEP.exec(text) ?? [];
  if (name === undefined) return null;
  if (inside === undefined || inside === '*') return { name, select: null };
  if (/^\d{1,4}$/.test(inside)) return { name, select: (_element, index) => index === Number(inside) };
  if (root === undefined || root.name.toLowerCase() !== name.toLowerCase()) return null;
  try {
    // IDCS: main-0365 writes `emails[primary=true]`.
    const filter = parseValueFilter(inside.replace(/^\s*([\w$]+)\s*={1,2}\s*/, '$1 eq '), root);
    return { name, select: (element) => matches(filter, element) };
  } catch {
    return null;
  }
}

/** An own member by its name in any case. */
function own(object: JsonObject, name: string): JsonValue | undefined {
  if (Object.hasOwn(object, name)) return object[name];
  const lower = name.toLowerCase();
  const known = Object.keys(object).find((key) => key.toLowerCase() === lower);
  return known === undefined ? undefined : object[known];
}

function isScalar(value: JsonValue): value is Scalar {
  return value !== null && typeof value !== 'object';
}
