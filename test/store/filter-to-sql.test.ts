import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseFilter } from '../../src/scim/filter.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { matches } from '../../src/scim/match.ts';
import type { ResourceType } from '../../src/scim/schema.ts';
import type { ResourceWrite } from '../../src/store/store.ts';
import { App, find, newDomain, T0, User, useStore, write } from './store-fixture.ts';

const held = useStore();

const POSIX = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:posix:User';
const STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
const MANAGED = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:managedapp:App';

// Few values, so that filters hit; the awkward ones of LIKE, regular expressions, JSON and folding among them.
const TEXTS = [
  '',
  'a',
  'A',
  'Abc',
  'abcd',
  'b%c',
  'b_c',
  'x\\y',
  'a"b',
  'a.c*',
  'É',
  'éa',
  'İ',
  '😀',
  '$',
  '^a(',
  ' a ',
  '\u2028',
];
const text = fc.constantFrom(...TEXTS);
const fragment = fc.constantFrom(...TEXTS, 'ab', 'bc', 'bcd', 'c', '.', '%', '_', '\\', 'é', '"');
const flag = fc.boolean();
const number = fc.constantFrom(-1, 0, 1, 2, 1000);
const date = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z', '2025-12-31T23:59:59.999Z');
const sometimes = { requiredKeys: [] };

const element = fc.record(
  { value: text, type: fc.constantFrom('work', 'home'), primary: flag, verified: flag },
  sometimes,
);
const userData = fc.record(
  {
    displayName: text,
    externalId: text,
    title: text,
    active: flag,
    name: fc.record({ familyName: text, givenName: text, honorificPrefix: text }, sometimes),
    emails: fc.array(element, { maxLength: 3 }),
    tags: fc.array(fc.record({ key: text, value: text }, sometimes), { maxLength: 2 }),
    idcsCreatedBy: fc.record({ value: text }, sometimes),
    [POSIX]: fc.record({ gidNumber: number }, sometimes),
    [STATE]: fc.record({ locked: fc.record({ on: flag }, sometimes) }, sometimes),
  },
  sometimes,
);
const appData = fc.record(
  {
    description: text,
    active: flag,
    allowedGrants: fc.array(text, { maxLength: 3 }),
    isOAuthClient: flag,
    grantedAppRoles: fc.constant([]),
    [MANAGED]: fc.record({ syncConfigLastModified: date }, sometimes),
  },
  sometimes,
);

const STRINGS = {
  User: [
    'userName',
    'displayName',
    'externalId',
    'title',
    'name.familyName',
    'emails.value',
    'emails.type',
    'tags.value',
    'idcsCreatedBy.value',
    'id',
  ],
  App: ['allowedGrants', 'name'],
};
const FLAGS = { User: ['active', 'emails.primary', `${STATE}:locked.on`], App: ['active', 'isOAuthClient'] };
const PRESENT = { User: ['name', 'emails', 'tags', 'meta', `${STATE}:locked`], App: ['allowedGrants'] };
const DATES = {
  User: ['meta.created', 'meta.lastModified'],
  App: [`${MANAGED}:syncConfigLastModified`, 'meta.created'],
};
const NUMBERS = { User: [`${POSIX}:gidNumber`], App: [] as string[] };
/** Value paths: the attribute, and what may stand in its brackets. */
const BRACKETS = {
  User: [
    ['emails', ['value', 'type'], ['primary', 'verified']],
    ['tags', ['key', 'value'], []],
  ],
  App: [['allowedGrants', ['value'], []]],
} as const;

type Kind = 'User' | 'App';
const comparison = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le');
const order = fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le');
const equality = fc.constantFrom('eq', 'ne');

function oneOf(paths: readonly string[]): fc.Arbitrary<string>[] {
  return paths.length === 0 ? [] : [fc.constantFrom(...paths)];
}

function leaves(strings: readonly string[], flags: readonly string[], others: fc.Arbitrary<string>[] = []) {
  const said = [...oneOf(strings), ...oneOf(flags)];
  return fc.oneof(
    ...oneOf(strings).map((path) =>
      fc.tuple(path, comparison, fragment).map(([p, op, v]) => `${p} ${op} ${JSON.stringify(v)}`),
    ),
    ...oneOf(flags).map((path) => fc.tuple(path, equality, flag).map(([p, op, v]) => `${p} ${op} ${v}`)),
    ...said.map((path) => path.map((p) => `${p} pr`)),
    ...said.map((path) => fc.tuple(path, equality).map(([p, op]) => `${p} ${op} null`)),
    ...others,
  );
}

function combined(leaf: fc.Arbitrary<string>, depth: number): fc.Arbitrary<string> {
  if (depth === 0) return leaf;
  const inner = combined(leaf, depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: fc.tuple(inner, fc.constantFrom('and', 'or'), inner).map(([a, op, b]) => `(${a}) ${op} (${b})`),
    },
    { weight: 1, arbitrary: inner.map((one) => `not (${one})`) },
  );
}

function filters(kind: Kind): fc.Arbitrary<string> {
  const others = [
    ...oneOf(DATES[kind]).map((path) => fc.tuple(path, order, date).map(([p, op, v]) => `${p} ${op} "${v}"`)),
    ...oneOf(NUMBERS[kind]).map((path) => fc.tuple(path, order, number).map(([p, op, v]) => `${p} ${op} ${v}`)),
    ...oneOf([...PRESENT[kind], ...DATES[kind], ...NUMBERS[kind]]).map((path) => path.map((p) => `${p} pr`)),
    ...BRACKETS[kind].map(([path, strings, flags]) =>
      combined(leaves(strings, flags), 2).map((inner) => `${path}[${inner}]`),
    ),
  ];
  return combined(leaves(STRINGS[kind], FLAGS[kind], others), 2);
}

/** What `matches` is asked about: the resource as it would be shown. */
function shown({ id, ocid, data, lastModified }: ResourceWrite): JsonObject {
  const iso = (ms: number) => new Date(ms).toISOString();
  return { ...data, id, ocid, meta: { created: iso(T0), lastModified: iso(lastModified) } };
}

const CASES: readonly (readonly [Kind, ResourceType, fc.Arbitrary<JsonObject>])[] = [
  ['User', User, userData as fc.Arbitrary<JsonObject>],
  ['App', App, appData as fc.Arbitrary<JsonObject>],
];

describe.each(CASES)('SQL and matches() agree on %ss', (kind, type, arbitrary) => {
  let domain: number;
  let rows: ResourceWrite[];

  beforeAll(async () => {
    domain = await newDomain(held.store);
    const samples = fc.sample(arbitrary, { numRuns: 60, seed: 7 });
    rows = samples.map((data, index) => {
      const name = `${TEXTS[index % TEXTS.length]}${index}`;
      const named: JsonObject = kind === 'User' ? { userName: name } : { name, displayName: name };
      return write(type, `${kind}${index}`, { ...data, ...named }, { lastModified: T0 + (index % 3) - 1 });
    });
    await held.store.resources.insertMany(domain, rows, T0);
  });

  it('for any filter', async () => {
    await fc.assert(
      fc.asyncProperty(filters(kind), async (filter) => {
        const parsed = parseFilter(filter, type);
        const expected = rows.filter((row) => matches(parsed, shown(row))).map(({ id }) => id);
        const page = await find(held.store, domain, type, filter);
        expect(page.resources.map(({ id }) => id)).toEqual(expected);
        expect(page.total).toBe(expected.length);
      }),
      { numRuns: 400 },
    );
  });
});
