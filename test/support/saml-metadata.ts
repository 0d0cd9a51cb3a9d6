/*
 * SAML metadata as partners publish it.
 */

const HEAD = 'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"';
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-';
const PROTOCOL = 'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"';

/** @param certificate DER in Base64 @param host of all its addresses */
export function identityProviderMetadata(certificate: string, host = 'idp.example'): string {
  return [
    `<?xml version="1.0"?><md:EntityDescriptor ${HEAD} entityID="https://${host}/saml"><md:IDPSSODescriptor ${PROTOCOL}>`,
    keyDescriptor(certificate),
    `<md:SingleLogoutService Binding="${BINDING}Redirect" Location="https://${host}/slo" ResponseLocation="https://${host}/slo-done"/>`,
    `<md:SingleSignOnService Binding="${BINDING}POST" Location="https://${host}/sso-post"/>`,
    `<md:SingleSignOnService Binding="${BINDING}Redirect" Location="https://${host}/sso"/>`,
    '</md:IDPSSODescriptor></md:EntityDescriptor>',
  ].join('');
}

/** @param certificate DER in Base64 @param host of all its addresses */
export function serviceProviderMetadata(certificate: string, host = 'sp.example'): string {
  return [
    `<md:EntityDescriptor ${HEAD} entityID="https://${host}/saml"><md:SPSSODescriptor ${PROTOCOL}>`,
    keyDescriptor(certificate),
    `<md:SingleLogoutService Binding="${BINDING}POST" Location="https://${host}/slo"/>`,
    `<md:AssertionConsumerService Binding="${BINDING}POST" Location="https://${host}/other" index="0"/>`,
    `<md:AssertionConsumerService Binding="${BINDING}POST" Location="https://${host}/acs" index="1" isDefault="true"/>`,
    '</md:SPSSODescriptor></md:EntityDescriptor>',
  ].join('');
}

function keyDescriptor(certificate: string): string {
  const lines = certificate.match(/.{1,64}/g)!.join('\n');
  return `<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${lines}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;
}
