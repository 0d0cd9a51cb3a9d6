/** Error codes of RFC 6749 §5.2 that the token endpoint answers with. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope';

/**
 * An error of the token endpoint: `{"error","error_description"}`. The description is for the integrator: it says what to
 * change, and never whether a user exists.
 */
export class OAuthError extends Error {
  readonly status: number;
  readonly code: OAuthErrorCode;
  /** The client tried HTTP Basic: the answer must name that scheme (RFC 6749 §5.2). */
  readonly challenge: boolean;

  constructor(code: OAuthErrorCode, description: string, options: { status?: number; challenge?: boolean } = {}) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
    this.status = options.status ?? (code === 'invalid_client' ? 401 : 400);
    this.challenge = options.challenge ?? false;
  }
}

/** 501: the service has it and this emulator doesn't yet. */
export function notBuiltYet(code: OAuthErrorCode, what: string): OAuthError {
  return new OAuthError(code, `${what} is not implemented by this emulator yet.`, { status: 501 });
}
