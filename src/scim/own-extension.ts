/**
 * Whether an extension is one of this emulator's own (ResourceTypeOverlay.extensions): a setting that the real service lacks.
 * Discovery does not declare it, so answers have it for those alone who name it.
 */
export function isOwnExtension(urn: string | null): boolean {
  return urn?.startsWith('urn:ietf:params:scim:schemas:idcs-emulator:') === true;
}
