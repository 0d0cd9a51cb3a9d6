import { badRequest } from '../scim/errors.ts';

/*
 * Matching rules of dynamic groups: `resource.type = 'fnfunc'`, `All {instance.compartment.id = '…', tag.ops.tier.value = 'gold'}`,
 * nested to any depth (`Any {All {…}, All {…}}`).
 * IDCS: "Writing Matching Rules to Define Dynamic Groups" has the grammar and the variables; programs write ANY and ALL in any
 * case and nest them (terraform-oci-iam, issue 40); an unquoted value does not work (terraform-provider-oci, issue 1113).
 */

/** A parsed rule. */
export type MatchingRule = RuleList | RuleCondition;

/** `Any {…}`, `All {…}`. */
export interface RuleList {
  readonly op: 'any' | 'all';
  readonly rules: readonly MatchingRule[];
}

/** `resource.type = 'fnfunc'`. */
export interface RuleCondition {
  readonly op: '=' | '!=';
  readonly variable: RuleVariable;
  /** null: any value of the tag. */
  readonly value: string | null;
}

/** What a condition looks at. */
export type RuleVariable =
  | { readonly kind: 'instance.id' | 'instance.compartment.id' | 'resource.id' | 'resource.compartment.id' }
  | { readonly kind: 'resource.type' }
  /** Both in lower case: OCI compares the names of tags without case. */
  | { readonly kind: 'tag'; readonly namespace: string; readonly key: string };

/** A resource of OCI as rules see it. */
export interface MatchedResource {
  /** `ocid1.instance.oc1…`: its second part is the type. */
  readonly id: string;
  readonly compartmentId: string;
  /** Defined tags: namespace → key → value. */
  readonly tags?: { readonly [namespace: string]: { readonly [key: string]: string } };
}

/** Longer than any rule of use; keeps a hostile one from the stack. The number is ours. */
const MAX_DEPTH = 50;
const NAMED: ReadonlyMap<string, RuleVariable> = new Map(
  (['instance.id', 'instance.compartment.id', 'resource.id', 'resource.compartment.id', 'resource.type'] as const).map(
    (kind) => [kind, { kind }],
  ),
);

/**
 * Parses a matching rule.
 * @param attribute named in refusals
 * @throws ScimError 400 with the position, from 1
 */
export function parseMatchingRule(text: string, attribute: string): MatchingRule {
  return new Parser(text, attribute).parse();
}

/** Whether a rule holds for a resource. Pure. Conditions on `instance.…` hold of instances only. */
export function matchesRule(rule: MatchingRule, resource: MatchedResource): boolean {
  if (!('rules' in rule)) return holds(rule, resource);
  const holdsHere = (each: MatchingRule) => matchesRule(each, resource);
  return rule.op === 'any' ? rule.rules.some(holdsHere) : rule.rules.every(holdsHere);
}

function holds({ variable, op, value: wanted }: RuleCondition, { id, compartmentId, tags }: MatchedResource): boolean {
  const type = id.split('.')[1]?.toLowerCase() ?? '';
  const compare = (value: string | undefined, expected: string | null = wanted) =>
    (expected === null ? value !== undefined : value === expected) === (op === '=');
  switch (variable.kind) {
    case 'instance.id':
      return type === 'instance' && compare(id);
    case 'instance.compartment.id':
      return type === 'instance' && compare(compartmentId);
    case 'resource.id':
      return compare(id);
    case 'resource.compartment.id':
      return compare(compartmentId);
    case 'resource.type':
      // Programs write `ApiGateway` for ocid1.apigateway (terraform-provider-oci, issue 2397).
      return compare(type, wanted!.toLowerCase());
    case 'tag':
      return compare(memberOf(memberOf(tags, variable.namespace), variable.key));
  }
}

function memberOf<T>(record: { readonly [name: string]: T } | undefined, name: string): T | undefined {
  return Object.entries(record ?? {}).find(([each]) => each.toLowerCase() === name)?.[1];
}

class Parser {
  readonly #text: string;
  readonly #attribute: string;
  #at = 0;

  constructor(text: string, attribute: string) {
    this.#text = text;
    this.#attribute = attribute;
  }

  parse(): MatchingRule {
    const rule = this.#rule(0);
    if (this.#peek() !== '') throw this.#expected('the end');
    return rule;
  }

  #rule(depth: number): MatchingRule {
    if (depth > MAX_DEPTH) throw this.#refuse(`is nested deeper than ${MAX_DEPTH}`);
    const word = this.#word();
    const op = word.toLowerCase();
    if ((op === 'any' || op === 'all') && this.#peek() === '{') return this.#list(op, depth);
    return this.#condition(word);
  }

  #list(op: 'any' | 'all', depth: number): MatchingRule {
    const rules: MatchingRule[] = [];
    do {
      this.#at++;
      rules.push(this.#rule(depth + 1));
    } while (this.#peek() === ',');
    if (this.#peek() !== '}') throw this.#expected('"," or "}"');
    this.#at++;
    return { op, rules };
  }

  #condition(word: string): MatchingRule {
    const variable = this.#variable(word);
    const sign = this.#peek();
    const op = sign === '=' ? '=' : this.#text.startsWith('!=', this.#at) ? '!=' : null;
    if (op === null) {
      if (variable.kind !== 'tag') throw this.#expected('"=" or "!="');
      return { op: '=', variable, value: null };
    }
    this.#at += op.length;
    return { op, variable, value: this.#value() };
  }

  #variable(word: string): RuleVariable {
    const lower = word.toLowerCase();
    const named = NAMED.get(lower);
    if (named !== undefined) return named;
    const tag = /^tag\.([^.]+)\.([^.]+)\.value$/.exec(lower);
    if (tag !== null) return { kind: 'tag', namespace: tag[1]!, key: tag[2]! };
    this.#at -= word.length;
    throw this.#expected(`ANY {, ALL {, ${[...NAMED.keys()].join(', ')} or tag.<namespace>.<key>.value`);
  }

  #value(): string {
    if (this.#peek() !== "'") throw this.#expected('a value in single quotes');
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) throw this.#refuse('has a value without its closing quote');
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return value;
  }

  /** Takes the characters of a variable or keyword; may be none. */
  #word(): string {
    this.#peek();
    const from = this.#at;
    while (this.#at < this.#text.length && !/[\s={},!'"]/.test(this.#text[this.#at]!)) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  /** Skips white space. @returns the next character; '' at the end */
  #peek(): string {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#text[this.#at] ?? '';
  }

  #expected(what: string): Error {
    return this.#refuse(`must have ${what}`);
  }

  #refuse(what: string): Error {
    return badRequest(`${this.#attribute} ${what} at position ${this.#at + 1}.`);
  }
}
