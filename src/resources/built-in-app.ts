/*
 * The App that every domain is born with: the service itself. Its AppRoles are the administrator roles and what clients
 * need for self-service.
 */

/** IDCS: scim.md §5, a shipped constant. */
export const BUILT_IN_APP_ID = 'IDCSAppId';
/** App.name of the built-in App. */
export const BUILT_IN_APP_NAME = 'IDCSApp';
/** App.displayName of the built-in App. */
export const BUILT_IN_APP_DISPLAY = 'IDCS Application';
