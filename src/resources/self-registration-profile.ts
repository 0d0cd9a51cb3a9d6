import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute } from '../scim/schema.ts';
import type { Behaviour } from './behaviour.ts';
import { releaseDataReferences } from './data-references.ts';

/*
 * SelfRegistrationProfiles: what people who register by themselves fill in, and who may. Unless a source is named, rules are inferred
 * from the names of the attributes.
 */

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
/** What every user has to have: it can't be taken off a form. */
const NEEDED: ReadonlySet<string> = new Set(['userName', 'name.familyName', 'emails', 'emails.value']);
const HOST = /^(?!-)[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})+$/u;

export const selfRegistrationProfileBehaviour: Behaviour = {
  type: 'SelfRegistrationProfile',

  async prepareCreate(_context, { data }) {
    checkProfile(data);
  },

  async prepareUpdate(_context, _before, { data }) {
    checkProfile(data);
  },

  async beforeDelete(context, session, resource, force) {
    await releaseDataReferences(context, session, resource, force);
  },
};

function checkProfile(data: JsonObject): void {
  checkDomains(data);
  if (data['consentTextPresent'] === true && listOf(data['consentText']).length === 0) {
    throw badRequest(
      'Missing required attribute(s): consentText (consentTextPresent is true).',
      'error.common.validation.missingReqAttributes',
    );
  }
  completeAttributes(listOf(data['userAttributes']).filter(isObject));
}

function checkDomains({ allowedEmailDomains, disallowedEmailDomains }: JsonObject): void {
  const allowed = new Set(listOf(allowedEmailDomains).map((each) => String(each).toLowerCase()));
  for (const name of [...allowed, ...listOf(disallowedEmailDomains)]) {
    if (!HOST.test(String(name))) {
      throw badRequest(`SelfRegistrationProfile: ${String(name)} is not the domain of a mail address.`);
    }
  }
  const both = listOf(disallowedEmailDomains).find((each) => allowed.has(String(each).toLowerCase()));
  if (both === undefined) return;
  throw badRequest(
    `SelfRegistrationProfile.disallowedEmailDomains must not have ${String(both)}, which allowedEmailDomains has.`,
  );
}

/**
 * Checks the fields of the form and fills in what follows from them. IDCS: flows.md C6: their names are fully qualified, and their
 * numbers, which make their order, may have gaps.
 */
function completeAttributes(fields: readonly JsonObject[]): void {
  const numbers = new Set<JsonValue>();
  const names = new Set<string>();
  for (const field of fields) {
    const name = String(field['fullyQualifiedAttributeName'] ?? field['value']);
    const attribute = attributeOf(name);
    const full = qualified(attribute, name);
    if (names.has(full)) throw badRequest(`SelfRegistrationProfile.userAttributes names ${full} twice.`);
    const number = field['seqNumber']!;
    if (numbers.has(number)) {
      throw badRequest(`SelfRegistrationProfile.userAttributes has the seqNumber ${String(number)} twice.`);
    }
    names.add(full);
    numbers.add(number);
    field['fullyQualifiedAttributeName'] = full;
    field['deletable'] = !(attribute.extension === null && NEEDED.has(attribute.path));
  }
}

/** @throws ScimError 400 unless it is an attribute of users that somebody who registers could fill in */
function attributeOf(name: string): Attribute {
  // One mail address of several is named by a filter: emails[type eq "work"].value.
  const attribute = resourceType('User').resolve(name.replace(/\[[^\]]*\]/g, ''));
  if (attribute === undefined) {
    throw badRequest(`SelfRegistrationProfile.userAttributes names no attribute of User: ${name}.`);
  }
  if (attribute.mutability === 'readOnly' || attribute.storage === 'row' || attribute.storage === 'domain') {
    throw badRequest(
      `SelfRegistrationProfile.userAttributes: nobody can fill in ${attribute.path}, which is read-only.`,
    );
  }
  return attribute;
}

function qualified(attribute: Attribute, name: string): string {
  if (name.includes('[')) return name.toLowerCase().startsWith('urn:') ? name : `${CORE}:${name}`;
  return attribute.extension === null ? `${CORE}:${attribute.path}` : attribute.path;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
