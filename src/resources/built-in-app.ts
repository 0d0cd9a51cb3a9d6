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

/** The role that may do everything, and the only one that may give administrator roles away (approles.json, summaries). */
export const DOMAIN_ADMINISTRATOR = 'Identity Domain Administrator';

/** AppRoles of the built-in App that make their holder an administrator. */
export const ADMINISTRATOR_ROLES: ReadonlySet<string> = new Set([
  DOMAIN_ADMINISTRATOR,
  'Security Administrator',
  'Application Administrator',
  'User Administrator',
  'User Manager',
  'Help Desk Administrator',
  'Audit Administrator',
]);
