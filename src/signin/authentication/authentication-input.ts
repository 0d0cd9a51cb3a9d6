import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { cause, malformed, RequestRefused } from './authentication-error.ts';

/** IDCS: errors.tsv, MFAAuthAPIStatusCodes; the factors of newer answers after them. */
const FACTORS = [
  'USERNAME_PASSWORD',
  'PUSH',
  'TOTP',
  'EMAIL',
  'SMS',
  'BYPASSCODE',
  'SECURITY_QUESTIONS',
  'PHONE_CALL',
  'FIDO_AUTHENTICATOR',
  'KMSI',
  'IDP',
];
/** IDCS: shapes.md §8: the values of nextOp and of op. */
export const OPERATIONS = [
  'credSubmit',
  'enrollment',
  'resendCode',
  'getBackupFactors',
  'createToken',
  'createSession',
  'acceptTOU',
  'chooseIDP',
];
/** Inferred: longer is nothing that a user has or a client was given. */
const LONGEST_TEXT = 4096;

/** What a client sends to go on. */
export interface AuthenticationInput {
  /** Null: none was sent, which is told after the state was read. */
  readonly op: string | null;
  readonly authFactor: string | null;
  readonly credentials: JsonObject;
  readonly requestState: string | null;
  readonly appName: string | null;
  /** The user wants this device to be trusted. */
  readonly trustedDevice: boolean;
  readonly trustedDeviceDisplayName: string | null;
  /** What an earlier sign-in on this device was given. */
  readonly trustToken: string | null;
  readonly keepMeSignedIn: boolean;
  readonly kmsiDeviceDisplayName: string | null;
  readonly kmsiToken: string | null;
  /** The client sends passcodes to users itself: encrypted for the certificate with this thumbprint (x5t). */
  readonly externalClient: { readonly x5t: string } | null;
}

/** What a request sends that leaves out everything. */
export const NOTHING_SENT: AuthenticationInput = {
  op: null,
  authFactor: null,
  credentials: {},
  requestState: null,
  appName: null,
  trustedDevice: false,
  trustedDeviceDisplayName: null,
  trustToken: null,
  keepMeSignedIn: false,
  kmsiDeviceDisplayName: null,
  kmsiToken: null,
  externalClient: null,
};

/**
 * Reads the body of a POST.
 * @throws RequestRefused 400 that names the attribute
 */
export function readInput(body: unknown): AuthenticationInput {
  if (body === undefined || body === null) throw new RequestRefused(400, cause('AUTH-1033'));
  if (!isObject(body as JsonValue)) throw new RequestRefused(400, cause('AUTH-1121'));
  const sent = body as JsonObject;
  checkTexts(sent, '');
  const op = textOf(sent, 'op');
  if (op !== null && !OPERATIONS.includes(op)) throw notOneOf(op, 'op', OPERATIONS);
  const authFactor = textOf(sent, 'authFactor');
  if (authFactor !== null && !FACTORS.includes(authFactor)) throw notOneOf(authFactor, 'authFactor', FACTORS);
  const credentials = sent['credentials'] ?? {};
  if (!isObject(credentials)) throw malformed('The attribute credentials must be an object.');
  const external = flagOf(sent, 'userFlowControlledByExternalClient');
  const x5t = textOf(sent, 'x5t');
  if (external && x5t === null) throw new RequestRefused(400, cause('AUTH-1001', 'x5t'));
  return {
    op,
    authFactor,
    credentials,
    requestState: textOf(sent, 'requestState'),
    appName: textOf(sent, 'appName'),
    trustedDevice: flagOf(sent, 'trustedDevice'),
    trustedDeviceDisplayName: textOf(sent, 'trustedDeviceDisplayName'),
    trustToken: textOf(sent, 'trustToken'),
    keepMeSignedIn: flagOf(sent, 'keepMeSignedIn'),
    kmsiDeviceDisplayName: textOf(sent, 'kmsiDeviceDisplayName'),
    kmsiToken: textOf(sent, 'kmsiToken'),
    externalClient: external ? { x5t: x5t! } : null,
  };
}

/** A credential that is a text; null when it was left out. @throws RequestRefused 400 when it is something else */
export function textOf(from: JsonObject, name: string): string | null {
  const value = from[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw malformed(`The attribute ${name} must be a string.`);
  return value === '' ? null : value;
}

/** A switch; IDCS: the on-demand API sends some as texts (flows.md E2). @throws RequestRefused 400 for anything else */
export function flagOf(from: JsonObject, name: string): boolean {
  const value = from[name];
  if (value === undefined || value === null || value === false || value === 'false') return false;
  if (value === true || value === 'true') return true;
  throw malformed(`The attribute ${name} must be true or false.`);
}

function notOneOf(value: string, name: string, allowed: readonly string[]): RequestRefused {
  return malformed(`Invalid value [${value}] for attribute ${name}. One of [${allowed.join(',')}] was expected.`);
}

/** The store can't hold a NUL, and nobody types one. */
function checkTexts(value: JsonValue | undefined, path: string): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw malformed(`The attribute ${path} has a NUL character in it.`);
    // Of a requestState that is too long, AUTH-1120 says what is wrong.
    if (value.length > LONGEST_TEXT && path !== 'requestState')
      throw malformed(`The attribute ${path} is longer than ${LONGEST_TEXT} characters.`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, child] of Object.entries(value))
      checkTexts(child as JsonValue, path === '' ? name : `${path}.${name}`);
  }
}
