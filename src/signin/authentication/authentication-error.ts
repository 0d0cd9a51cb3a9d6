/*
 * What the Authentication API refuses. IDCS: errors.tsv; where a recorded answer words it differently, as recorded (rulings).
 */

const TEXTS = {
  'AUTH-1001': "Invalid request. The required parameter '{0}' is missing from the request.",
  'AUTH-1002': 'The {0} authentication factor is not supported or enabled.',
  'AUTH-1004': 'Enrollment initiation request failed because: {0}.',
  'AUTH-1006': 'Authentication initiation request failed because {0}.',
  'AUTH-1007': 'Authentication failed.',

  'AUTH-1011': 'No MFA factors are enabled for this domain.',
  'AUTH-1016': "You can't skip enrollment. 2-Step Verification is required.",
  'AUTH-1017': 'Your 2-Step Verification methods are no longer valid. Contact your system administrator.',
  'AUTH-1022': 'You must set up {0} security questions to use the Security Questions feature.',
  'AUTH-1026': 'You have entered the wrong answer.',
  'AUTH-1033': "Payload error. Either the payload in the request is null, or the payload couldn't be parsed.",
  'AUTH-1034': 'You are not authorized to perform this action.',
  'AUTH-1105': 'Invalid passcode.',
  'AUTH-1108': 'Push Notification approval is pending.',
  'AUTH-1109': 'Enrollment in the One-Time Passcode authentication method is pending verification.',
  'AUTH-1115': 'The authentication factor passed in the request is not supported. Supported factors are {0}.',
  'AUTH-1116': 'The op passed in the request is not supported. Supported operations are {0}.',
  'AUTH-1118': 'You provided an invalid appName. Verify that the App display name is correct.',
  'AUTH-1119': "The operation {0} isn't supported by the {1} endpoint. Use the {2} endpoint.",
  'AUTH-1120': 'The requestState provided is either invalid or expired. Please provide a valid requestState.',
  'AUTH-1121': 'You provided an invalid request JSON payload.',
  'AUTH-1122': 'The application is not active.',
  'AUTH-3001': 'You entered an incorrect user name or password.',
  'AUTH-3002': 'Your account is locked. Contact your system administrator.',
  'AUTH-3003': 'Your account is deactivated. Contact your system administrator.',
  'AUTH-3004': 'Your password is expired.',
  'AUTH-3005': 'You must change your password.',
  'AUTH-3008': 'Invalid token. Contact your system administrator.',
  'AUTH-3009': 'Token expired. Contact your system administrator.',
  'AUTH-3021': 'The Identity Provider name is either blank or incorrect in the request.',
  'AUTH-3024': "You aren't authorized to access the app. Contact your system administrator.",
  'AUTH-3025':
    "Your account isn't activated. To activate your account, select the link in the activation email that was sent to your email address.",
  'AUTH-3035': 'You must accept the Terms of Use to access this application.',
  'AUTH-3036': 'Terms of Use Statement for locale {0} is not added.',
} as const;

/** Codes of which this code knows the text; factors bring others, with theirs. */
export type AuthenticationCode = keyof typeof TEXTS;

/** Why a step failed: one `cause` of the answer. */
export interface Cause {
  readonly code: string;
  readonly message: string;
}

/** A cause. @param values for the placeholders `{0}`, `{1}` of its text */
export function cause(code: AuthenticationCode, ...values: readonly string[]): Cause {
  return { code, message: TEXTS[code].replace(/\{(\d)\}/g, (_all, at: string) => values[Number(at)] ?? '') };
}

/** A request that leads nowhere: no step was made, and the state that it came with, if any, is as good as before. */
export class RequestRefused extends Error {
  /** 400, 401 or 422. */
  readonly status: number;
  readonly why: Cause;

  constructor(status: number, why: Cause) {
    super(why.message);
    this.name = 'RequestRefused';
    this.status = status;
    this.why = why;
  }
}

/** IDCS: errors.tsv: 401 is assumed for nearly all codes. */
export function refuse(code: AuthenticationCode, ...values: readonly string[]): RequestRefused {
  return new RequestRefused(401, cause(code, ...values));
}

/** IDCS: errors.tsv, MFAAuthAPIStatusCodes: AUTH-1111 carries the sentence that says what is wrong. */
export function malformed(message: string, status: 400 | 422 = 400): RequestRefused {
  return new RequestRefused(status, { code: 'AUTH-1111', message });
}
