import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';

/**
 * The never-returned state of a User row: its password and what sign-in counts. All times are milliseconds since the
 * epoch, null when it never happened. `…passwordState:User` and the request-only parts of `…userState:User` are views of it.
 */
export interface UserSecret {
  /** PHC string; null: the user has no password (a federated or service user, or not activated yet). */
  readonly password: string | null;
  /** PHC strings of the passwords that may not be used again, newest first, the current one included. */
  readonly history: readonly string[];
  readonly setAt: number | null;
  /** The next sign-in must choose a new password. */
  readonly mustChange: boolean;
  readonly cantChange: boolean;
  readonly cantExpire: boolean;
  /** Wrong passwords in a row. */
  readonly loginAttempts: number;
  readonly lastSuccessfulLogin: number | null;
  readonly previousSuccessfulLogin: number | null;
  readonly lastFailedLogin: number | null;
  readonly lastSuccessfulValidation: number | null;
  readonly lastFailedValidation: number | null;
  /** Ids of the Apps that the user marked in My Apps; null: none ever. */
  readonly favoriteApps: readonly string[] | null;
  /** PHC strings of the answers to security questions, by question. */
  readonly securityAnswers: { readonly [questionId: string]: string };
}

const EMPTY: UserSecret = {
  password: null,
  history: [],
  setAt: null,
  mustChange: false,
  cantChange: false,
  cantExpire: false,
  loginAttempts: 0,
  lastSuccessfulLogin: null,
  previousSuccessfulLogin: null,
  lastFailedLogin: null,
  lastSuccessfulValidation: null,
  lastFailedValidation: null,
  securityAnswers: {},
  favoriteApps: null,
};

/** Reads a row's secret column; a user without one has no password and has never signed in. */
export function readUserSecret(secret: JsonObject | null): UserSecret {
  if (secret === null) return EMPTY;
  return {
    password: typeof secret['password'] === 'string' ? secret['password'] : null,
    history: texts(secret['history']),
    setAt: time(secret['setAt']),
    mustChange: secret['mustChange'] === true,
    cantChange: secret['cantChange'] === true,
    cantExpire: secret['cantExpire'] === true,
    loginAttempts: time(secret['loginAttempts']) ?? 0,
    lastSuccessfulLogin: time(secret['lastSuccessfulLogin']),
    previousSuccessfulLogin: time(secret['previousSuccessfulLogin']),
    lastFailedLogin: time(secret['lastFailedLogin']),
    lastSuccessfulValidation: time(secret['lastSuccessfulValidation']),
    lastFailedValidation: time(secret['lastFailedValidation']),
    securityAnswers: answers(secret['securityAnswers']),
    favoriteApps: Array.isArray(secret['favoriteApps']) ? texts(secret['favoriteApps']) : null,
  };
}

/** The secret column's form: what is null or false is left out. */
export function writeUserSecret(secret: UserSecret): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(secret)) {
    if (value === null || value === false || (name === 'securityAnswers' && Object.keys(value).length === 0)) continue;
    kept[name] = Array.isArray(value) ? [...value] : (value as JsonValue);
  }
  return kept;
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}

function time(value: JsonValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function answers(value: JsonValue | undefined): { readonly [name: string]: string } {
  return isObject(value) ? (value as { readonly [name: string]: string }) : {};
}
