import type { Scalar } from './attribute-path.ts';
import { conditionHolds, type Wanted } from './condition-test.ts';
import type { PolicyAttribute, PolicyFacts } from './policy-facts.ts';

/** A policy as it is evaluated. */
export interface PolicyTree {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  /** Id of its PolicyType. */
  readonly type: string;
  /** The first rule that holds decides (PolicyType.stopEvaluationOnFirstRuleMatch); else all that hold count. */
  readonly firstRuleDecides: boolean;
  /** What policies of its type are asked for: `SignOn`, `IDP Discovery`. */
  readonly operation: string | null;
  /** In the order of their sequence. */
  readonly rules: readonly PolicyRule[];
  /** Some condition is about groups or AppRoles. */
  readonly needsMemberships: boolean;
}

/** A rule of a policy. */
export interface PolicyRule {
  readonly id: string;
  readonly name: string;
  readonly sequence: number;
  readonly active: boolean;
  /** null: it has no condition, and always holds. */
  readonly test: PolicyTest | null;
  readonly returns: readonly { readonly name: string; readonly value: string }[];
}

/** What must hold: a comparison, or several. */
export type PolicyTest = ConditionTest | GroupTest | MissingTest;

/** A comparison. */
export interface ConditionTest {
  readonly kind: 'condition';
  readonly id: string;
  readonly name: string;
  readonly attributeName: string;
  readonly operator: string;
  readonly attributeValue: string;
  readonly attribute: PolicyAttribute;
  /** null: the value is none; the comparison never holds. */
  readonly wanted: Wanted | null;
}

/** Several tests. One without parts never holds. */
export interface GroupTest {
  readonly kind: 'group';
  readonly id: string;
  readonly name: string;
  readonly operator: 'and' | 'or';
  readonly parts: readonly PolicyTest[];
}

/** What is named and not there (deleted by force), or can't be understood. Never holds. */
export interface MissingTest {
  readonly kind: 'missing';
  readonly id: string;
  readonly why: string;
}

/** `NONE`: no rule says anything. */
export type Effect = 'ALLOW' | 'DENY' | 'NONE';

/** What a policy says. */
export interface Decision {
  readonly effect: Effect;
  readonly policy: { readonly id: string; readonly name: string } | null;
  /** The rule that decided; of several the first. */
  readonly rule: { readonly id: string; readonly name: string } | null;
  /** What the rule returns, by name: `authenticationFactor`, `reAuthenticate` ... The effect is among them. */
  readonly obligations: Readonly<Record<string, string>>;
  /** Why the policy says nothing, where that is not for want of a rule. */
  readonly note?: string;
  /** Rule by rule, as far as it went. */
  readonly trace: readonly RuleTrace[];
}

/** How one rule came out. */
export interface RuleTrace {
  readonly rule: string;
  readonly name: string;
  readonly sequence: number;
  readonly holds: boolean;
  /** Why it was not looked at. */
  readonly skipped?: string;
  readonly test?: TestTrace;
}

/** How one comparison or group came out. */
export interface TestTrace {
  readonly id: string;
  readonly holds: boolean;
  readonly name?: string;
  readonly operator?: string;
  readonly attributeName?: string;
  readonly attributeValue?: string;
  /** The values that the attribute has, at most a hundred. */
  readonly found?: readonly Scalar[];
  readonly note?: string;
  readonly parts?: readonly TestTrace[];
}

const MOST_SHOWN = 100;

/**
 * What a policy says about a request. Pure.
 *
 * IDCS: rules are tried in the order of their sequence, the first that holds decides, where the type says so (main-0389). A rule
 * without an effect allows, one of DenyAuthz denies; types that return something else have the effect NONE. A sign-on policy of which
 * no rule holds denies. These three are inferred.
 */
export function evaluatePolicy(tree: PolicyTree, asked: PolicyFacts): Decision {
  const facts: PolicyFacts = { ...asked, operation: asked.operation ?? tree.operation };
  const trace: RuleTrace[] = [];
  const held: PolicyRule[] = [];
  const known = new Map<PolicyTest, TestTrace>();
  for (const rule of tree.rules) {
    const { id, name, sequence } = rule;
    if (!rule.active) {
      trace.push({ rule: id, name, sequence, holds: false, skipped: 'the rule is not active' });
      continue;
    }
    const test = rule.test === null ? null : run(rule.test, facts, known);
    const holds = test === null || test.holds;
    trace.push({ rule: id, name, sequence, holds, ...(test === null ? {} : { test }) });
    if (!holds) continue;
    held.push(rule);
    if (tree.firstRuleDecides) break;
  }
  const [rule] = held;
  const policy = { id: tree.id, name: tree.name };
  if (rule === undefined) {
    return { effect: tree.type === 'SignOn' ? 'DENY' : 'NONE', policy, rule: null, obligations: {}, trace };
  }
  const obligations = join(held);
  const decided = { id: rule.id, name: rule.name };
  return { effect: effectOf(tree.type, obligations), policy, rule: decided, obligations, trace };
}

function effectOf(type: string, { effect }: Readonly<Record<string, string>>): Effect {
  if (effect === 'ALLOW' || effect === 'DENY') return effect;
  if (type === 'DenyAuthz') return 'DENY';
  return type === 'SignOn' || type === 'AllowAuthz' ? 'ALLOW' : 'NONE';
}

/** What several rules return: the first one's word, and lists of all of them together. */
function join(rules: readonly PolicyRule[]): Readonly<Record<string, string>> {
  const joined: Record<string, string> = Object.create(null);
  for (const { name, value } of rules.flatMap(({ returns }) => returns)) {
    const known = joined[name];
    if (known === undefined) joined[name] = value;
    else {
      const [before, more] = [listIn(known), listIn(value)];
      if (before !== null && more !== null) joined[name] = JSON.stringify([...new Set([...before, ...more])]);
    }
  }
  return { ...joined };
}

function listIn(text: string): unknown[] | null {
  if (!text.trimStart().startsWith('[')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** A test that several groups or rules have is made once, and told in full where it comes first. */
function run(test: PolicyTest, facts: PolicyFacts, known: Map<PolicyTest, TestTrace>): TestTrace {
  const before = known.get(test);
  if (before !== undefined) {
    const { parts, ...rest } = before;
    return parts === undefined ? rest : { ...rest, note: 'its parts are told above' };
  }
  const made = runAnew(test, facts, known);
  known.set(test, made);
  return made;
}

function runAnew(test: PolicyTest, facts: PolicyFacts, known: Map<PolicyTest, TestTrace>): TestTrace {
  switch (test.kind) {
    case 'missing':
      return { id: test.id, holds: false, note: test.why };
    case 'group': {
      const { id, name, operator } = test;
      const parts = test.parts.map((part) => run(part, facts, known));
      const holds = operator === 'and' ? parts.every((part) => part.holds) : parts.some((part) => part.holds);
      return { id, holds: holds && parts.length > 0, name, operator, parts };
    }
    case 'condition':
      return compare(test, facts);
  }
}

function compare(test: ConditionTest, facts: PolicyFacts): TestTrace {
  const { id, name, attributeName, operator, attributeValue, attribute, wanted } = test;
  const found = attribute.find(facts);
  const holds = wanted !== null && conditionHolds(operator, found, wanted, attribute.isAddress);
  const note = attribute.unknown
    ? 'nothing here has an attribute of that name'
    : wanted === null
      ? 'attributeValue can not be read'
      : undefined;
  return {
    id,
    holds,
    name,
    attributeName,
    operator,
    attributeValue,
    found: found.values.slice(0, MOST_SHOWN),
    ...(note === undefined ? {} : { note }),
  };
}
