import type { Domain } from '../domains/domain.ts';
import { EpochCache } from '../domains/epoch-cache.ts';
import { equals } from '../resources/app-parts.ts';
import { conditionTypeOf } from '../resources/condition-group.ts';
import { type ConditionValue, parseConditionValue } from '../resources/condition-value.ts';
import { type IpRange, parseIpRange } from '../resources/ip-range.ts';
import { typeOf } from '../resources/policy.ts';
import { resourceType } from '../schemas/registry.ts';
import { ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { ReferenceKey, ResolvedReference, Store } from '../store/store.ts';
import type { ConditionTest, PolicyRule, PolicyTest, PolicyTree } from './evaluate-policy.ts';
import { policyAttribute } from './policy-facts.ts';

/** Levels of groups that are followed; the rules of ConditionGroup allow 100 groups in all. */
const MOST_LEVELS = 101;
/** `#inIPRange` is the only call of the samples; perimeters are named by id, OCID or name (flows.md B7, main-0367). */
const IN_IP_RANGE = 'inIPRange';
/** `operation eq "IDP Discovery"`: Rule.condition, which ConditionGroups have replaced. */
const OLD_CONDITION = /^\s*(\S+)\s+(eq|ne|co|coany|sw|ew|gt|ge|lt|le|in|nin)\s+(.+?)\s*$/s;

const trees = new EpochCache<PolicyTree | null>(1000);

/**
 * A policy with everything below it: four statements and one more for each level of nested groups, once an epoch. Writes of
 * policies, rules, conditions, groups and perimeters bump the domain's epoch.
 *
 * @param key id or OCID
 * @returns null when there is no such policy
 */
export function policyTree(store: Store, domain: Domain, key: string): Promise<PolicyTree | null> {
  return trees.get(store, domain, `policy:${key}`, () => read(store, domain, key));
}

type Rows = ReadonlyMap<string, ResolvedReference>;
/** Ranges of perimeters, by what conditions call them. */
type Perimeters = ReadonlyMap<string, readonly IpRange[]>;

async function read(store: Store, domain: Domain, key: string): Promise<PolicyTree | null> {
  const policy = await store.resources.read(domain.id, 'Policy', key);
  if (policy === null) return null;
  const entries = elements(policy.data['rules'])
    .map((entry) => ({ id: String(entry['value']), sequence: Number(entry['sequence']) }))
    .sort((one, other) => one.sequence - other.sequence);
  const typeId = typeOf(policy.data);
  const rows = new Map(
    await resolve(store, domain, [
      { type: 'PolicyType', key: typeId },
      ...entries.map(({ id }) => ({ type: 'Rule', key: id })),
    ]),
  );
  const roots = entries.flatMap(({ id }) => {
    const reference = rows.get(`Rule:${id}`)?.data['conditionGroup'];
    return isObject(reference) ? [keyOf(reference)] : [];
  });
  await readTests(store, domain, roots, rows);
  const parts: Parts = { rows, perimeters: await readPerimeters(store, domain, rows), made: new Map() };
  const type = rows.get(`PolicyType:${typeId}`)?.data ?? {};
  const rules = entries.flatMap(({ id, sequence }): PolicyRule[] => {
    const row = rows.get(`Rule:${id}`);
    return row === undefined ? [] : [ruleOf(row, sequence, parts)];
  });
  const [operation] = Array.isArray(type['operationsThatTrigger']) ? type['operationsThatTrigger'] : [];
  return {
    id: policy.id,
    name: String(policy.data['name']),
    active: policy.data['active'] === true,
    type: typeId,
    firstRuleDecides: type['stopEvaluationOnFirstRuleMatch'] === true,
    operation: typeof operation === 'string' ? operation : null,
    rules,
    needsMemberships: [...parts.made.values()].some(
      (test) => test?.kind === 'condition' && test.attribute.needsMemberships,
    ),
  };
}

/** Adds the conditions and groups that are named by `keys`, and those inside, to `rows`; a statement a level. */
async function readTests(
  store: Store,
  domain: Domain,
  keys: readonly ReferenceKey[],
  rows: Map<string, ResolvedReference>,
): Promise<void> {
  let level = keys;
  for (let depth = 0; level.length > 0 && depth < MOST_LEVELS; depth++) {
    const found = await resolve(store, domain, level);
    for (const [key, row] of found) rows.set(key, row);
    level = [...found.values()]
      .filter(({ type }) => type === 'ConditionGroup')
      .flatMap(({ data }) => elements(data['conditions']).map(keyOf))
      .filter(({ type, key }) => !rows.has(`${type}:${key}`));
  }
}

/** The ranges of the perimeters that conditions call, by what they call them; two statements at most. */
async function readPerimeters(store: Store, domain: Domain, rows: Rows): Promise<Perimeters> {
  const named = new Set<string>();
  for (const { type, data } of rows.values()) {
    const value = type === 'Condition' ? conditionValue(data) : null;
    if (value?.kind === 'call' && value.name === IN_IP_RANGE) for (const each of value.parameters) named.add(each);
  }
  const found = new Map<string, readonly IpRange[]>();
  if (named.size === 0) return found;
  const keys = [...named].map((key) => ({ type: 'NetworkPerimeter', key }));
  for (const [key, { data }] of await resolve(store, domain, keys)) {
    found.set(key.slice('NetworkPerimeter:'.length), rangesOf(data));
  }
  const names = [...named].filter((key) => !found.has(key));
  if (names.length === 0) return found;
  const { resources } = await store.resources.search(domain.id, {
    type: resourceType('NetworkPerimeter'),
    filter: { op: 'or', filters: names.map((name) => equals('NetworkPerimeter', 'name', name)) },
    sortBy: null,
    descending: false,
    offset: 0,
    limit: names.length,
  });
  for (const { data } of resources) {
    const name = names.find((each) => each.toLowerCase() === String(data['name']).toLowerCase());
    if (name !== undefined) found.set(name, rangesOf(data));
  }
  return found;
}

function rangesOf({ ipAddresses }: JsonObject): IpRange[] {
  return elements(ipAddresses).map((address) => parseIpRange(String(address['value'])));
}

function ruleOf({ id, data }: ResolvedReference, sequence: number, parts: Parts): PolicyRule {
  const { conditionGroup, condition } = data;
  const old = typeof condition === 'string' ? oldCondition(id, condition) : null;
  return {
    id,
    name: String(data['name']),
    sequence,
    active: data['active'] !== false,
    test: isObject(conditionGroup) ? testOf(conditionGroup, parts) : old,
    returns: elements(data['return']).map(({ name, value }) => ({ name: String(name), value: String(value) })),
  };
}

/** A Rule's own condition counts only where it has no Condition or ConditionGroup (inferred: it is deprecated). */
function oldCondition(id: string, text: string): PolicyTest {
  const [, attributeName, operator, attributeValue] = OLD_CONDITION.exec(text) ?? [];
  if (attributeName === undefined) return { kind: 'missing', id, why: 'Rule.condition is no single comparison' };
  return conditionTest(
    id,
    { name: text, attributeName, operator: operator!, attributeValue: attributeValue! },
    new Map(),
  );
}

/** What a read of a policy puts together. */
interface Parts {
  readonly rows: Rows;
  readonly perimeters: Perimeters;
  /** Tests that are made already: a group that several others have is one. null: it is being made. */
  readonly made: Map<string, PolicyTest | null>;
}

function testOf(reference: JsonObject, parts: Parts): PolicyTest {
  const { type, key } = keyOf(reference);
  const name = `${type}:${key}`;
  const known = parts.made.get(name);
  if (known !== undefined) return known ?? { kind: 'missing', id: key, why: 'the group contains itself' };
  parts.made.set(name, null);
  const test = newTest(type, key, parts);
  parts.made.set(name, test);
  return test;
}

function newTest(type: string, key: string, parts: Parts): PolicyTest {
  const row = parts.rows.get(`${type}:${key}`);
  if (row === undefined) return { kind: 'missing', id: key, why: `there is no such ${type}` };
  if (type === 'Condition') return conditionTest(row.id, row.data, parts.perimeters);
  return {
    kind: 'group',
    id: row.id,
    name: String(row.data['name']),
    operator: row.data['operator'] === 'or' ? 'or' : 'and',
    parts: elements(row.data['conditions']).map((part) => testOf(part, parts)),
  };
}

function conditionTest(id: string, data: JsonObject, perimeters: Perimeters): ConditionTest {
  const [name, attributeName, operator, attributeValue] = ['name', 'attributeName', 'operator', 'attributeValue'].map(
    (each) => String(data[each] ?? ''),
  ) as [string, string, string, string];
  const value = conditionValue(data);
  const attribute = policyAttribute(attributeName);
  const ranges =
    value?.kind === 'call' && value.name === IN_IP_RANGE
      ? value.parameters.flatMap((each) => perimeters.get(each) ?? [])
      : [];
  const wanted = value === null || (value.kind === 'call' && value.name !== IN_IP_RANGE) ? null : { value, ranges };
  // IDCS: AlwaysTrueCondition is `a eq a` (main-0372): a name that nothing has stands for itself when compared with itself.
  const itself = attribute.unknown && value?.kind === 'text' && value.text === attributeName;
  return {
    kind: 'condition',
    id,
    name,
    attributeName,
    operator,
    attributeValue,
    attribute: itself
      ? { ...attribute, unknown: false, find: () => ({ values: [attributeName], list: false, caseExact: true }) }
      : attribute,
    wanted,
  };
}

function conditionValue(data: JsonObject): ConditionValue | null {
  try {
    return parseConditionValue(String(data['operator']), String(data['attributeValue']));
  } catch (error) {
    if (error instanceof ScimError) return null;
    throw error;
  }
}

function keyOf(reference: JsonObject): ReferenceKey {
  return { type: conditionTypeOf(reference), key: String(reference['value']) };
}

async function resolve(store: Store, domain: Domain, keys: readonly ReferenceKey[]): Promise<Rows> {
  return keys.length === 0 ? new Map() : await store.resources.resolve(domain.id, keys);
}

function elements(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
