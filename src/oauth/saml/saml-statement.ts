import { childrenOf, type XmlElement } from '../../xml.ts';
import { refusedSaml } from './saml-assertion.ts';

/*
 * What a verified assertion says, checked by the rules of RFC 7522 §3. Times are milliseconds since the Unix epoch.
 */

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/** What a good assertion says. */
export interface SamlStatement {
  readonly id: string;
  readonly issuer: string;
  /** Subject/NameID. */
  readonly nameId: string;
  /** Values of its attributes, by Name. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  /** When it ends: it need not be remembered longer. */
  readonly expires: number;
  /** When the user signed in at the issuer; null: not said. */
  readonly authenticated: number | null;
  /** When the session at the issuer ends; null: not said. */
  readonly sessionExpires: number | null;
}

/** What an assertion has to fit. */
export interface SamlRules {
  /** What its AudienceRestriction may name. */
  readonly audiences: readonly string[];
  /** What the Recipient of its subject confirmation may be. */
  readonly recipients: readonly string[];
  readonly now: number;
  /** Milliseconds that the issuer's clock may differ. */
  readonly skew: number;
}

/**
 * Reads a verified assertion.
 * @throws OAuthError invalid_grant that names the rule it breaks
 */
export function readStatement(assertion: XmlElement, rules: SamlRules): SamlStatement {
  const issuer = textIn(assertion, 'Issuer');
  const id = assertion.attributes.get('ID');
  if (issuer === null || id === undefined || id === '') return fail('it needs an ID and an Issuer');
  const subject = one(assertion, 'Subject');
  const nameId = textIn(subject, 'NameID');
  if (nameId === null) return fail('its Subject has no NameID');
  const conditionsEnd = checkConditions(one(assertion, 'Conditions'), rules);
  const confirmedUntil = confirmation(subject, rules, conditionsEnd);
  const authn = childrenOf(assertion, 'AuthnStatement')[0];
  return {
    id,
    issuer,
    nameId,
    attributes: attributesOf(assertion),
    expires: Math.min(conditionsEnd ?? Number.POSITIVE_INFINITY, confirmedUntil),
    authenticated: authn === undefined ? null : time(authn, 'AuthnInstant'),
    sessionExpires: authn === undefined ? null : time(authn, 'SessionNotOnOrAfter'),
  };
}

/** @returns when the conditions end; null: they don't */
function checkConditions(conditions: XmlElement, { audiences, now, skew }: SamlRules): number | null {
  const end = checkTimes(conditions, now, skew, 'Conditions');
  const restrictions = childrenOf(conditions, 'AudienceRestriction');
  if (restrictions.length === 0) fail('its Conditions have no AudienceRestriction');
  for (const restriction of restrictions) {
    const named = childrenOf(restriction, 'Audience').map(({ text }) => text.trim());
    if (!named.some((audience) => audiences.includes(audience)))
      fail(`its Audience must be one of ${audiences.join(', ')}`);
  }
  // SAML core §2.5.1: an assertion with a condition that is not understood is not valid.
  const known = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']);
  const unknown = conditions.children.find(({ name }) => !known.has(name));
  if (unknown !== undefined) fail(`its Conditions have a ${unknown.name}, which is not known`);
  return end;
}

/** RFC 7522 §3, 5: one confirmation by bearer that is for here and has not ended. @returns its end */
function confirmation(subject: XmlElement, rules: SamlRules, conditionsEnd: number | null): number {
  let fault = 'its Subject has no SubjectConfirmation by bearer';
  for (const { attributes, children, namespace } of childrenOf(subject, 'SubjectConfirmation')) {
    if (attributes.get('Method') !== BEARER) continue;
    const data = children.find((child) => child.name === 'SubjectConfirmationData' && child.namespace === namespace);
    if (data === undefined || !rules.recipients.includes(data.attributes.get('Recipient') ?? '')) {
      fault = `the Recipient of its SubjectConfirmationData must be one of ${rules.recipients.join(', ')}`;
      continue;
    }
    const end = checkTimes(data, rules.now, rules.skew, 'SubjectConfirmationData') ?? conditionsEnd;
    if (end !== null) return end;
    fault = 'neither its Conditions nor its SubjectConfirmationData have NotOnOrAfter';
  }
  return fail(fault);
}

function checkTimes(element: XmlElement, now: number, skew: number, what: string): number | null {
  const start = time(element, 'NotBefore');
  const end = time(element, 'NotOnOrAfter');
  if (start !== null && start - skew > now) fail(`the NotBefore of its ${what} is in the future`);
  if (end !== null && end + skew <= now) fail(`it has expired (NotOnOrAfter of its ${what})`);
  return end;
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

function time({ attributes }: XmlElement, name: string): number | null {
  const text = attributes.get(name)?.trim();
  if (text === undefined) return null;
  const ms = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? fail(`its ${name} is not a time with a time zone`) : ms;
}

function attributesOf(assertion: XmlElement): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const statement of childrenOf(assertion, 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, 'Attribute')) {
      const name = attribute.attributes.get('Name') ?? '';
      const known = values.get(name) ?? [];
      values.set(name, [...known, ...childrenOf(attribute, 'AttributeValue').map(({ text }) => text.trim())]);
    }
  }
  return values;
}

function one(parent: XmlElement, name: string): XmlElement {
  const found = childrenOf(parent, name);
  return found.length === 1 ? found[0]! : fail(`it must have exactly one ${name}`);
}

function textIn(element: XmlElement, name: string): string | null {
  const found = childrenOf(element, name);
  const text = found[0]?.text.trim() ?? '';
  return found.length === 1 && text !== '' ? text : null;
}

function fail(why: string): never {
  throw refusedSaml(why);
}
