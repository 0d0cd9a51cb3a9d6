import type { ScimError } from './errors.ts';
import { badRequest } from './errors.ts';

const MAX_LENGTH = 8192;
const MAX_DEPTH = 50;
const COMPARISONS = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']);
const BARE_WORD = /^[A-Za-z0-9._:-]+$/;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A piece of the filter that was taken out, with where it stood. */
export interface Piece {
  readonly text: string;
  /** From 1. */
  readonly position: number;
}

/** A comparison value. */
export interface Literal extends Piece {
  /** False for a bare word: true, null, 42, an unquoted id. */
  readonly quoted: boolean;
}

/** A filter whose attributes and values are numbers now: `a0 eq "@0" and a1[(a2 eq "@1")]`. */
export interface ScannedFilter {
  readonly text: string;
  readonly attributes: readonly Piece[];
  readonly literals: readonly Literal[];
}

/**
 * Checks a filter's grammar in one linear pass and lifts attributes and values out, so that the parsing library sees only
 * operators, brackets and placeholders. Alone it hangs on an unterminated string, misreads escapes, negative numbers and
 * `$ref`, and accepts what is no filter (stack.md §H).
 *
 * @throws ScimError 400 with the position; the text is not echoed
 */
export function scanFilter(text: string): ScannedFilter {
  return new Scanner(text).scan();
}

type State = 'term' | 'operator' | 'value' | 'after';
const EXPECTED: { readonly [state in State]: string } = {
  term: 'an attribute, "not (" or "("',
  operator: 'an operator (eq ne co sw ew gt ge lt le pr) or "["',
  value: 'a value',
  after: '"and", "or" or the end',
};

class Scanner {
  private readonly source: string;
  private position = 0;
  private state: State = 'term';
  /** Open brackets, innermost last. */
  private readonly open: ('(' | '[')[] = [];
  /** True between `]` and the end of the comparison of its `.sub`. */
  private inSuffix = false;
  private readonly out: string[] = [];
  private readonly attributes: Piece[] = [];
  private readonly literals: Literal[] = [];

  constructor(source: string) {
    this.source = source;
  }

  scan(): ScannedFilter {
    if (this.source.length > MAX_LENGTH) throw badRequest(`The filter is longer than ${MAX_LENGTH} characters.`);
    for (;;) {
      const spaced = this.skipSpace();
      if (this.position >= this.source.length) break;
      this.step(spaced);
    }
    if (this.state !== 'after') throw this.unexpected();
    if (this.open.length > 0) throw this.fail(`"${this.open.at(-1) === '(' ? ')' : ']'}" is missing`);
    return { text: this.out.join(''), attributes: this.attributes, literals: this.literals };
  }

  private step(spaced: boolean): void {
    if (this.state === 'term') this.term();
    else if (this.state === 'operator') this.operator();
    else if (this.state === 'after') this.after(spaced);
    // `eq"x"` and `eq(` are not filters.
    else if (spaced) this.value();
    else throw this.unexpected();
  }

  private term(): void {
    if (this.source[this.position] === '(') {
      this.enter('(', '(');
      return;
    }
    const start = this.position;
    const word = this.word();
    if (word === '') throw this.unexpected();
    if (word.toLowerCase() === 'not' && this.peekPastSpace() === '(') {
      this.out.push('not ');
      return;
    }
    this.attribute(word, start);
  }

  private operator(): void {
    if (this.source[this.position] === '[' && !this.inSuffix) {
      // The inner parentheses keep the element's filter together when a `.sub` comparison joins it.
      this.enter('[', '[(');
      return;
    }
    const start = this.position;
    const word = this.word().toLowerCase();
    if (word === 'pr') {
      this.out.push(' pr');
      this.endComparison();
    } else if (COMPARISONS.has(word)) {
      this.out.push(` ${word} `);
      this.state = 'value';
    } else {
      this.position = start;
      throw this.unexpected();
    }
  }

  private value(): void {
    const start = this.position;
    const quoted = this.source[start] === '"';
    const text = quoted ? this.string() : this.bare();
    const next = this.source[this.position];
    if (next !== undefined && !isSpace(next) && next !== ')' && next !== ']') throw this.unexpected();
    this.out.push(`"@${this.literals.length}"`);
    this.literals.push({ text, quoted, position: start + 1 });
    this.endComparison();
  }

  private after(spaced: boolean): void {
    const next = this.source[this.position];
    if (next === ')' || next === ']') {
      this.leave(next);
      return;
    }
    const start = this.position;
    const word = this.word().toLowerCase();
    if (!spaced && start > 0 && !')]'.includes(this.source[start - 1] ?? '')) throw this.fail('a blank is missing');
    if (word !== 'and' && word !== 'or') {
      this.position = start;
      throw this.unexpected();
    }
    this.out.push(` ${word} `);
    this.state = 'term';
  }

  private enter(bracket: '(' | '[', written: string): void {
    if (this.open.length >= MAX_DEPTH) throw this.fail(`brackets are nested deeper than ${MAX_DEPTH}`);
    this.open.push(bracket);
    this.out.push(written);
    this.position += 1;
    this.state = 'term';
  }

  private leave(bracket: ')' | ']'): void {
    if (this.open.at(-1) !== (bracket === ')' ? '(' : '[')) throw this.fail(`"${bracket}" closes nothing`);
    this.open.pop();
    this.position += 1;
    this.out.push(')');
    if (bracket === ')') return;
    if (this.source[this.position] !== '.') {
      this.out.push(']');
      return;
    }
    // `emails[type eq "work"].value co "x"` is about one element: the comparison joins the filter inside the brackets.
    this.position += 1;
    const start = this.position;
    const word = this.word();
    if (word === '') throw this.fail('a sub-attribute is expected');
    this.out.push(' and ');
    this.inSuffix = true;
    this.attribute(word, start);
  }

  private attribute(text: string, start: number): void {
    this.out.push(`a${this.attributes.length}`);
    this.attributes.push({ text, position: start + 1 });
    this.state = 'operator';
  }

  private endComparison(): void {
    if (this.inSuffix) {
      this.out.push(']');
      this.inSuffix = false;
    }
    this.state = 'after';
  }

  /** A run of the characters that attribute paths and operators are made of. */
  private word(): string {
    const start = this.position;
    while (this.position < this.source.length && isWordCharacter(this.source.charCodeAt(this.position)))
      this.position += 1;
    return this.source.slice(start, this.position);
  }

  /** A JSON string; RFC 7644 §3.4.2.2 takes its values from JSON. */
  private string(): string {
    const start = this.position;
    for (this.position += 1; this.position < this.source.length; this.position += 1) {
      const character = this.source[this.position];
      if (character === '\\') this.position += 1;
      else if (character === '"') {
        this.position += 1;
        const text = readJsonString(this.source.slice(start, this.position));
        if (text !== null) return text;
        this.position = start;
        throw this.fail('the string is not valid JSON');
      }
    }
    this.position = start;
    throw this.fail('the string has no end');
  }

  /** IDCS: unquoted values are accepted: `approles.value eq <id>` (scim.md §4). */
  private bare(): string {
    const start = this.position;
    while (this.position < this.source.length && !isDelimiter(this.source[this.position] as string)) this.position += 1;
    const text = this.source.slice(start, this.position);
    if (BARE_WORD.test(text) || NUMBER.test(text)) return text;
    this.position = start;
    throw this.fail('an unquoted value may hold letters, digits and ._:- only');
  }

  private skipSpace(): boolean {
    const start = this.position;
    while (this.position < this.source.length && isSpace(this.source[this.position] as string)) this.position += 1;
    return this.position > start;
  }

  private peekPastSpace(): string | undefined {
    let at = this.position;
    while (at < this.source.length && isSpace(this.source[at] as string)) at += 1;
    return this.source[at];
  }

  private unexpected(): ScimError {
    return this.fail(`${EXPECTED[this.state]} is expected`);
  }

  private fail(reason: string): ScimError {
    return badRequest(`The filter is not valid at position ${this.position + 1}: ${reason}.`);
  }
}

function readJsonString(text: string): string | null {
  try {
    return JSON.parse(text) as string;
  } catch {
    return null;
  }
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}

function isDelimiter(character: string): boolean {
  return isSpace(character) || '()[]"'.includes(character);
}

/** Letters, digits and `$ - . : _`. */
function isWordCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 58) ||
    code === 36 ||
    code === 45 ||
    code === 46 ||
    code === 95
  );
}
