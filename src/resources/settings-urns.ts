/** This emulator's own part of a domain's Settings: the real schema has no such settings (src/schemas/overlays/Settings.json). */
export const OAUTH_SETTINGS_URN = 'urn:ietf:params:scim:schemas:idcs-emulator:extension:oauth:Settings';
