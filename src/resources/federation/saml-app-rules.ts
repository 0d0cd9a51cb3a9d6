import { badRequest } from '../../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { missingRequired } from '../../scim/validation-errors.ts';
import { isProgramAddress } from '../program-address.ts';
import { SAML_APP_URN } from './saml-partner-certificate.ts';

/*
 * What a SAML App must say of itself. IDCS: flows.md B4, the page on creating SAML applications, under the names of the schema.
 */

/** The page's entityId is partnerProviderId here. What metadata says counts too; it says nothing of nameIdFormat. */
const REQUIRED = ['partnerProviderId', 'assertionConsumerUrl', 'nameIdFormat'];
const FOR_LOGOUT = ['logoutBinding', 'logoutRequestUrl', 'logoutResponseUrl'];
const ADDRESSES = ['assertionConsumerUrl', 'logoutRequestUrl', 'logoutResponseUrl', 'hokAcsUrl'];

/** What an assertion can tell of a user, as the page lists it. */
const USER_ATTRIBUTES: ReadonlySet<string> = new Set(
  [
    ...['userName', 'title', 'name.givenName', 'name.middleName', 'name.familyName'],
    ...['emails.primary.value', 'emails[work].value'],
    ...['home', 'mobile', 'work'].map((type) => `phoneNumbers[${type}].value`),
    ...['streetAddress', 'locality', 'postalCode', 'region', 'country'].map((part) => `addresses[work].${part}`),
  ].map((name) => name.toLowerCase()),
);

/**
 * @param saml the extension, with what its metadata says
 * @param before as stored; null: there was none. What stands already is not asked again.
 * @param isNeeded whether the App's template is that of SAML applications
 * @throws ScimError 400 naming the attribute
 */
export function checkSamlApp(saml: JsonObject, before: JsonObject | null, isNeeded: boolean): void {
  const lacks = (name: string, was: JsonObject | null) =>
    !hasValue(saml[name]) && (was === null || hasValue(was[name]));
  const missing = isNeeded ? REQUIRED.filter((name) => lacks(name, before) && !isSaidOtherwise(name, saml)) : [];
  if (saml['logoutEnabled'] === true) {
    const was = before?.['logoutEnabled'] === true ? before : null;
    missing.push(...FOR_LOGOUT.filter((name) => lacks(name, was)));
  }
  if (missing.length > 0) throw missingRequired(missing.map((name) => `${SAML_APP_URN}:${name}`));
  for (const name of ADDRESSES) {
    const address = saml[name];
    if (typeof address === 'string' && address !== before?.[name]) checkAddress(name, address);
  }
  checkUserAttributes(saml['userAssertionAttributes'], before?.['userAssertionAttributes']);
}

function isSaidOtherwise(name: string, saml: JsonObject): boolean {
  if (name === 'partnerProviderId') return hasValue(saml['partnerProviderPattern']);
  return name === 'nameIdFormat' && hasValue(saml['metadata']);
}

function hasValue(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value !== '';
}

function checkAddress(name: string, address: string): void {
  if (/^https?:\/\/[^/?#\s]+\S*$/i.test(address) && !isProgramAddress(address)) return;
  throw badRequest(`App.${SAML_APP_URN}:${name} must be an absolute http or https URL: ${address}.`);
}

function checkUserAttributes(value: JsonValue | undefined, before: JsonValue | undefined): void {
  const stood = new Set(elements(before).map((element) => element['userStoreAttributeName']));
  for (const { userStoreAttributeName: name } of elements(value)) {
    if (typeof name !== 'string' || stood.has(name)) continue;
    // The page writes `emails[work].value`; SCIM's own filter in its place means the same.
    const plain = name.toLowerCase().replace(/\[type eq "(\w+)"\]/, '[$1]');
    if (USER_ATTRIBUTES.has(plain)) continue;
    throw badRequest(
      `App.${SAML_APP_URN}:userAssertionAttributes.userStoreAttributeName can't be ${name}: an assertion tells a user's userName, name, title, mail, phone numbers or work address.`,
    );
  }
}

function elements(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
