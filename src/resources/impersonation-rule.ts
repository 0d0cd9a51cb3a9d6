/*
 * Rules of IdentityPropagationTrust.impersonationServiceUsers.
 * IDCS: oauth.md §2.11: `<claim> eq <value>`, where * stands for any text, or `<claim> co "<value>"`, where it doesn't.
 */

/** Values of a token's claims, by name: as many as the claim has. */
export type ClaimValues = (name: string) => readonly string[];

/** A rule, parsed. */
export type ImpersonationRule = (claims: ClaimValues) => boolean;

const RULE = /^\s*([^\s"*]+)\s+(eq|co)\s+(?:"([^"]*)"|([^\s"](?:[^"]*[^\s"])?))\s*$/i;

/** Parses a rule; null when it is none. */
export function parseImpersonationRule(text: string): ImpersonationRule | null {
  const [, claim, operator, quoted, bare] = RULE.exec(text) ?? [];
  if (claim === undefined || operator === undefined) return null;
  if (operator.toLowerCase() === 'eq') {
    const pattern = quoted ?? bare ?? '';
    return (claims) => claims(claim).some((value) => fits(value, pattern));
  }
  if (quoted === undefined || quoted === '') return null;
  return (claims) => claims(claim).some((value) => value.includes(quoted));
}

/** Whether a text fits a pattern with * for any text: each part is looked for once, from left to right. */
function fits(text: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const first = parts.shift()!;
  const last = parts.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let rest = text.slice(first.length, text.length - last.length);
  for (const part of parts) {
    const found = rest.indexOf(part);
    if (found < 0) return false;
    rest = rest.slice(found + part.length);
  }
  return true;
}
