import { badRequest } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import { childrenOf, parseXml, type XmlElement } from '../../xml.ts';
import { readCertificate } from '../certificate-text.ts';

/*
 * SAML 2.0 metadata of a partner (saml-metadata-2.0-os): what the attributes of an IdentityProvider, a ServiceProvider or a SAML App
 * are filled in from. The document itself is kept as it came.
 */

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-';
/** Characters of a document; those of real partners have about ten thousand. */
const LONGEST = 500_000;
/** The attributes that hold addresses. */
const ADDRESSES = ['idpSsoUrl', 'assertionConsumerUrl', 'logoutRequestUrl', 'logoutResponseUrl'];

/**
 * Reads the metadata of a partner.
 *
 * @param path for messages: `IdentityProvider.metadata`
 * @param role what the partner is: its other descriptors are not looked at
 * @returns attributes by the names that all three resource types share; what the document lacks is missing
 * @throws ScimError 400
 */
export async function readSamlMetadata(path: string, text: string, role: 'IDP' | 'SP'): Promise<JsonObject> {
  const fail = (why: string) => badRequest(`${path} ${why}.`);
  if (text.length > LONGEST) throw fail(`is longer than ${LONGEST} characters`);
  const root = await parseXml(text);
  if (root === null) throw fail('must be well-formed XML, without a DOCTYPE');
  if (root.name !== 'EntityDescriptor' || root.namespace !== METADATA) {
    throw fail('must be an EntityDescriptor of SAML 2.0 metadata');
  }
  const entityId = root.attributes.get('entityID')?.trim() ?? '';
  if (entityId === '') throw fail('has no entityID');
  const descriptor = childrenOf(root, `${role}SSODescriptor`)[0];
  if (descriptor === undefined) throw fail(`has no ${role}SSODescriptor`);
  const facts: JsonObject = { partnerProviderId: entityId };
  if (role === 'IDP') Object.assign(facts, signOn(descriptor));
  else Object.assign(facts, consumer(descriptor));
  Object.assign(facts, logout(descriptor), certificates(descriptor));
  if (role === 'IDP' && facts['idpSsoUrl'] === undefined) {
    throw fail('has no SingleSignOnService with the binding HTTP-Redirect or HTTP-POST');
  }
  if (role === 'SP' && facts['assertionConsumerUrl'] === undefined) {
    throw fail('has no AssertionConsumerService with the binding HTTP-POST');
  }
  for (const name of ADDRESSES) {
    const address = facts[name];
    if (address !== undefined && !/^https?:\/\//i.test(String(address)))
      throw fail('has an address that is no http URL');
  }
  for (const name of ['signingCertificate', 'encryptionCertificate']) {
    const certificate = facts[name];
    if (certificate !== undefined && readCertificate(String(certificate)) === null) {
      throw fail('has an X509Certificate that cannot be read');
    }
  }
  return facts;
}

function signOn(descriptor: XmlElement): JsonObject {
  const service = preferred(childrenOf(descriptor, 'SingleSignOnService'));
  if (service === null) return {};
  return { idpSsoUrl: service.location, authnRequestBinding: service.binding };
}

/** SAML metadata §2.4.4: the default consumer, else the first. */
function consumer(descriptor: XmlElement): JsonObject {
  const services = childrenOf(descriptor, 'AssertionConsumerService').filter(
    ({ attributes }) => attributes.get('Binding') === `${BINDING}POST`,
  );
  const chosen = services.find(({ attributes }) => attributes.get('isDefault') === 'true') ?? services[0];
  return chosen === undefined ? {} : { assertionConsumerUrl: chosen.attributes.get('Location') ?? '' };
}

function logout(descriptor: XmlElement): JsonObject {
  const service = preferred(childrenOf(descriptor, 'SingleLogoutService'));
  if (service === null) return {};
  return {
    logoutRequestUrl: service.location,
    logoutResponseUrl: service.responseLocation,
    logoutBinding: service.binding,
  };
}

/** Of several bindings the redirect, which is the usual one for requests. */
function preferred(services: readonly XmlElement[]) {
  for (const binding of ['Redirect', 'POST']) {
    const service = services.find(({ attributes }) => attributes.get('Binding') === BINDING + binding);
    const location = service?.attributes.get('Location');
    if (service === undefined || location === undefined) continue;
    return {
      location,
      responseLocation: service.attributes.get('ResponseLocation') ?? location,
      binding: binding === 'POST' ? 'Post' : 'Redirect',
    };
  }
  return null;
}

/** The first certificate of each use; a KeyDescriptor without `use` is for both. */
function certificates(descriptor: XmlElement): JsonObject {
  const facts: JsonObject = {};
  for (const use of ['signing', 'encryption']) {
    const keys = childrenOf(descriptor, 'KeyDescriptor').filter(
      ({ attributes }) => (attributes.get('use') ?? use) === use,
    );
    const certificate = keys.flatMap(descendants).find(({ name }) => name === 'X509Certificate');
    if (certificate !== undefined) facts[`${use}Certificate`] = certificate.text.replace(/\s/g, '');
  }
  return facts;
}

function descendants(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(descendants)];
}
