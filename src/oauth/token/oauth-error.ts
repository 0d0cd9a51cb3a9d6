/**
 * Error codes that the OAuth endpoints answer with: RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6, RFC 8628 §3.5,
 * RFC 8693 §2.2.2, RFC 7009 §2.2.1.
 */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'login_required'
  | 'consent_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'invalid_target'
  | 'unsupported_token_type'
  | 'invalid_redirect_uri'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope';

/** Characters of a description: some name what was sent, and it may go into a Location header. */
const LONGEST_DESCRIPTION = 1000;

/**
 * An error of an OAuth endpoint: `{"error","error_description"}`. The description is for the integrator: it says what to
 * change, and never whether a user exists.
 */
export class OAuthError extends Error {
  readonly status: number;
  readonly code: OAuthErrorCode;
  /** The client tried HTTP Basic: the answer must name that scheme (RFC 6749 §5.2). */
  readonly challenge: boolean;

  constructor(code: OAuthErrorCode, description: string, options: { status?: number; challenge?: boolean } = {}) {
    super(description.length > LONGEST_DESCRIPTION ? `${description.slice(0, LONGEST_DESCRIPTION)} ...` : description);
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
