import { SUPERUSER } from '../schemas/permissions.ts';
import type { JsonObject } from '../scim/json.ts';
import { uniqueNameOf } from './app-role.ts';
import { DEFAULT_PASSWORD_POLICY_ID } from './applicable-password-policy.ts';
import { BUILT_IN_APP_DISPLAY, BUILT_IN_APP_ID, BUILT_IN_APP_NAME } from './built-in-app.ts';
import { OAUTH_SETTINGS_URN } from './settings-urns.ts';

/*
 * What every domain is born with, as data: the built-in App with its AppRoles, the default password policy and the
 * settings. Birth (src/domains) adds ids where there is no constant, OCIDs, authors and times, and writes the rows.
 */

/** A resource that ships. `id` null: it has no constant one. */
export interface ShippedResource {
  readonly type: string;
  readonly id: string | null;
  readonly data: JsonObject;
}

/** IDCS: shapes.md §4, shipped objects refuse some operations; which of them refuse `delete` is inferred. */
const NOT_DELETED = ['delete'];

/** The App that is the service itself. IDCS: scim.md §5 and main-0030 (appId, appName). */
export function defaultApp(): ShippedResource {
  const data: JsonObject = {
    name: BUILT_IN_APP_NAME,
    displayName: BUILT_IN_APP_DISPLAY,
    description: 'The identity domain itself: its AppRoles give access to its APIs.',
    active: true,
    isOPCService: true,
    isUnmanagedApp: true,
    infrastructure: true,
    loginMechanism: 'OIDC',
    basedOnTemplate: { value: 'CustomWebAppTemplateId', wellKnownId: 'CustomWebAppTemplateId' },
    attrRenderingMetadata: [{ name: 'aliasApps', visible: false }],
    idcsPreventedOperations: NOT_DELETED,
  };
  for (const name of NOT_SET) data[name] = false;
  return { type: 'App', id: BUILT_IN_APP_ID, data };
}

const NOT_SET: readonly string[] = [
  'isAliasApp',
  'isLoginTarget',
  'showInMyApps',
  'isMobileTarget',
  'isOAuthClient',
  'isOAuthResource',
  'isManagedApp',
  'isSamlServiceProvider',
  'isWebTierPolicy',
  'isKerberosRealm',
  'migrated',
  'allowOffline',
  'allowAccessControl',
  'allUrlSchemesAllowed',
];

/** Who may hold a role of the built-in App. IDCS: approles.json, grantable_to and the text on POSIX Viewer. */
type Holders = 'all' | 'clients' | 'nobody';

const ROLES: readonly (readonly [name: string, holders: Holders, description: string])[] = [
  [SUPERUSER, 'all', 'May do everything in the domain, and assign administrator roles.'],
  ['Security Administrator', 'all', 'Settings, password policies, second factors, identity providers, bridges.'],
  ['Application Administrator', 'all', 'Creates, changes and deletes applications, and gives access to them.'],
  ['User Administrator', 'all', 'Users, groups and memberships.'],
  ['User Manager', 'all', 'Changes, activates, unlocks and removes users.'],
  ['Help Desk Administrator', 'all', 'Sees users, unlocks them, resets passwords and factors.'],
  ['Audit Administrator', 'all', 'Runs reports.'],
  ['Global Viewer', 'all', 'Sees everything and changes nothing.'],
  ['Authenticator Client', 'clients', 'Authenticates users through the authentication APIs.'],
  ['Change Password', 'clients', 'Lets users change their passwords.'],
  ['Cloud Gate', 'clients', 'A Cloud Gate in front of web applications.'],
  ['DB Administrator', 'clients', 'Reads users and groups for databases.'],
  ['Forgot Password', 'clients', 'Starts the recovery of a forgotten password.'],
  ['Kerberos Administrator', 'clients', 'Kerberos realms and their users.'],
  ['Me', 'clients', "Self-service: a user's own profile, credentials and requests."],
  ['MFA Client', 'clients', 'Enrols and verifies second factors for users.'],
  // IDCS: "must not be assigned to users or groups" (approles.json, POSIX Viewer).
  ['POSIX Viewer', 'clients', 'Reads the POSIX attributes of users and groups.'],
  ['Reset Password', 'clients', 'Completes the reset of a password.'],
  ['Self Registration', 'clients', 'Registers new users.'],
  ['Signin', 'clients', 'Signs users in through the authentication API.'],
  ['Verify Email', 'clients', 'Verifies email addresses.'],
  // IDCS: implicit in every token of a client and of a user; nobody is granted them (approles.json, implicit_role).
  ['Authenticated Client', 'nobody', 'Every client that has a token.'],
  ['Authenticated', 'nobody', 'Every user who has a token.'],
];

/** The AppRoles of the built-in App. IDCS: uniqueName `IDCSAppId_<name>`, adminRole true on all of them (scim.md §5). */
export function defaultAppRoles(): ShippedResource[] {
  return ROLES.map(([displayName, holders, description]) => ({
    type: 'AppRole',
    id: null,
    data: {
      displayName,
      uniqueName: uniqueNameOf(BUILT_IN_APP_ID, displayName),
      description,
      adminRole: true,
      public: false,
      limitedToOneOrMoreGroups: false,
      availableToUsers: holders === 'all',
      availableToGroups: holders === 'all',
      availableToClients: holders !== 'nobody',
      app: { value: BUILT_IN_APP_ID, display: BUILT_IN_APP_DISPLAY, name: BUILT_IN_APP_NAME },
      idcsPreventedOperations: NOT_DELETED,
    },
  }));
}

/** The policy that counts where no group brings another (rulings: default password policy). */
export function defaultPasswordPolicy(): ShippedResource {
  return {
    type: 'PasswordPolicy',
    id: DEFAULT_PASSWORD_POLICY_ID,
    data: {
      name: 'PasswordPolicy',
      description: 'Default password policy',
      passwordStrength: 'Custom',
      minLength: 12,
      maxLength: 100,
      minUpperCase: 1,
      minLowerCase: 1,
      minNumerals: 1,
      minSpecialChars: 1,
      firstNameDisallowed: true,
      lastNameDisallowed: true,
      userNameDisallowed: true,
      maxIncorrectAttempts: 5,
      lockoutDuration: 30,
      numPasswordsInHistory: 4,
      passwordExpiresAfter: 120,
      passwordExpireWarning: 7,
      idcsPreventedOperations: NOT_DELETED,
    },
  };
}

/**
 * The domain's settings. Documented defaults: reAuthWhenChangingMyAuthenticationFactors, auditEventRetentionPeriod,
 * serviceAdminCannotListOtherUsers, and the issuer (rulings). The others are our choice: off, English, UTC.
 * @param given overrides from the configuration, `{ issuer: … }`
 */
export function defaultSettings(given: JsonObject = {}): ShippedResource {
  return {
    type: 'Settings',
    id: 'Settings',
    data: {
      issuer: 'https://identity.oraclecloud.com/',
      signingCertPublicAccess: false,
      subMappingAttr: 'userName',
      accountAlwaysTrustScope: false,
      csrAccess: 'readOnly',
      locale: 'en',
      preferredLanguage: 'en',
      timezone: 'UTC',
      customBranding: false,
      isHostedPage: false,
      enableTermsOfUse: false,
      reAuthWhenChangingMyAuthenticationFactors: true,
      reAuthFactor: ['password'],
      auditEventRetentionPeriod: 30,
      diagnosticLevel: 0,
      diagnosticRecordForSearchIdentifiesReturnedResources: false,
      serviceAdminCannotListOtherUsers: false,
      cloudGateCorsSettings: { cloudGateCorsEnabled: false, cloudGateCorsAllowNullOrigin: false },
      [OAUTH_SETTINGS_URN]: { refreshTokenRotation: false },
      ...given,
    },
  };
}

/** How long sessions last (IDCS: oauth.md §7.3: 480 minutes). */
export function defaultSsoSettings(): ShippedResource {
  return { type: 'SsoSettings', id: 'SsoSettings', data: { sessionDuration: 480 } };
}

/**
 * The domain's own user names and passwords as an identity provider.
 * IDCS: rulings: its name in tokens is UserNamePassword; that the id is the same, and that it can't be deleted, is inferred.
 */
export function localIdentityProvider(): ShippedResource {
  return {
    type: 'IdentityProvider',
    id: LOCAL_IDENTITY_PROVIDER,
    data: {
      partnerName: LOCAL_IDENTITY_PROVIDER,
      description: 'User names and passwords of the identity domain.',
      type: 'LOCAL',
      enabled: true,
      shownOnLoginPage: true,
      idcsPreventedOperations: NOT_DELETED,
    },
  };
}

const LOCAL_IDENTITY_PROVIDER = 'UserNamePassword';
