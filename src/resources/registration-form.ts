import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute } from '../scim/schema.ts';
import type { Accepted } from '../scim/sent-values.ts';
import { missingRequired } from '../scim/validation-errors.ts';
import { SELF_REGISTRATION_URN, USER_URN } from './user-urns.ts';

/*
 * What somebody who registers fills in, by a SelfRegistrationProfile. Unless a source is named, rules are inferred from the names of
 * the profile's attributes.
 */

/** What every account needs, whatever the profile lists. */
const NEEDED = ['name.familyName', 'emails'];
/** What comes along with the form: the password, and what the browser says. */
const ALONGSIDE = ['password', 'locale', 'preferredLanguage', 'timezone', 'schemas'];
const FROM_CLIENT = [
  `${SELF_REGISTRATION_URN}:selfRegistrationProfile`,
  `${SELF_REGISTRATION_URN}:consentGranted`,
  `${USER_URN}:userFlowControlledByExternalClient`,
];

/** The fields of a profile's form. */
export interface RegistrationFields {
  /** The listed attributes, in the order of their numbers; those that every account needs come first when they are not listed. */
  readonly attributes: readonly Attribute[];
  /** Whether a top-level attribute may be given at all. */
  mayGive(path: string): boolean;
  /** Whether a part of an attribute may. */
  mayGivePart(path: string): boolean;
}

export function registrationFields({ userAttributes }: JsonObject): RegistrationFields {
  const listed = (Array.isArray(userAttributes) ? userAttributes : [])
    .filter(isObject)
    .sort((a, b) => Number(a['seqNumber']) - Number(b['seqNumber']))
    .flatMap((field) => attributeOf(String(field['fullyQualifiedAttributeName'] ?? field['value'])) ?? []);
  const has = (path: string) => listed.some((attribute) => attribute.path === path || rootOf(attribute).path === path);
  const needed = NEEDED.filter((path) => !has(path)).map((path) => attributeOf(path)!);
  const attributes = [...needed, ...listed];
  const paths = new Set(attributes.flatMap((attribute) => [attribute.path, rootOf(attribute).path]));
  for (const path of [...ALONGSIDE, ...FROM_CLIENT, 'userName']) paths.add(path);
  const whole = new Set(attributes.map(({ path }) => path));
  return {
    attributes,
    mayGive: (path) => paths.has(path),
    mayGivePart: (path) => whole.has(path) || whole.has(path.slice(0, path.lastIndexOf('.'))),
  };
}

/**
 * Holds a registration to its profile.
 * @throws ScimError 400 naming the attribute
 */
export function checkRegistration(profile: JsonObject, { data, given, transient }: Accepted): void {
  const fields = registrationFields(profile);
  for (const path of given) {
    if (!fields.mayGive(path)) throw notAsked(path);
    const value = data[path];
    // Parts of `name` are fields of their own; an address is one as a whole.
    if (value === undefined || !isObject(value)) continue;
    for (const part of Object.keys(value))
      if (!fields.mayGivePart(`${path}.${part}`)) throw notAsked(`${path}.${part}`);
  }
  if (typeof transient.get('password') !== 'string') throw missingRequired(['password']);
  const extension = data[SELF_REGISTRATION_URN];
  const consent = isObject(extension) && extension['consentGranted'] === true;
  if (profile['consentTextPresent'] === true && !consent) {
    throw badRequest(
      `Missing required attribute(s): ${SELF_REGISTRATION_URN}:consentGranted (it must be true).`,
      'error.common.validation.missingReqAttributes',
    );
  }
  checkDomains(profile, data['emails']);
}

function checkDomains(
  { allowedEmailDomains, disallowedEmailDomains }: JsonObject,
  emails: JsonValue | undefined,
): void {
  const [allowed, refused] = [hosts(allowedEmailDomains), hosts(disallowedEmailDomains)];
  for (const email of (Array.isArray(emails) ? emails : []).filter(isObject)) {
    const address = String(email['value']);
    const host = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    if ((allowed.length > 0 && !allowed.includes(host)) || refused.includes(host)) {
      throw badRequest(`emails.value: addresses at ${host.slice(0, 100)} can not be used to register.`);
    }
  }
}

function hosts(value: JsonValue | undefined): readonly string[] {
  return (Array.isArray(value) ? value : []).map((host) => String(host).toLowerCase());
}

function notAsked(path: string) {
  return badRequest(`The attribute ${path} is not among the userAttributes of the SelfRegistrationProfile.`);
}

/** One mail address of several is named by a filter: emails[type eq "work"].value. */
function attributeOf(name: string): Attribute | undefined {
  return resourceType('User').resolve(name.replace(/\[[^\]]*\]/g, ''));
}

function rootOf(attribute: Attribute): Attribute {
  return attribute.parent === null ? attribute : rootOf(attribute.parent);
}
