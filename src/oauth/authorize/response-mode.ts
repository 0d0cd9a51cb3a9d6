import { OAuthError } from '../token/oauth-error.ts';
import { isFrontChannel, type ResponseType } from './response-type.ts';

/** How an answer reaches the client. */
export type ResponseMode = 'query' | 'fragment' | 'form_post';

/** The mode when none is asked for: IDCS: oauth.md §3, the table of response types. */
export function defaultResponseMode(type: ResponseType): ResponseMode {
  return isFrontChannel(type) ? 'fragment' : 'query';
}

/**
 * Reads `response_mode`.
 * IDCS: oauth.md §3: not documented there; as in OAuth 2.0 Multiple Response Types §2.1 and Form Post Response Mode.
 * @throws OAuthError invalid_request for an unknown mode, for query with tokens, and for a form that would be posted to a private scheme
 */
export function readResponseMode(text: string | undefined, type: ResponseType, redirectUri: string): ResponseMode {
  if (text === undefined) return defaultResponseMode(type);
  if (text !== 'query' && text !== 'fragment' && text !== 'form_post') {
    throw new OAuthError('invalid_request', 'The response_mode is not supported. Use query, fragment or form_post.');
  }
  if (text === 'query' && isFrontChannel(type)) {
    throw new OAuthError(
      'invalid_request',
      'The response_mode query would put tokens into server logs. Use fragment or form_post with this response_type.',
    );
  }
  if (text === 'form_post' && !/^https?:/i.test(redirectUri)) {
    throw new OAuthError('invalid_request', 'The response_mode form_post needs a redirect URI with http or https.');
  }
  return text;
}
