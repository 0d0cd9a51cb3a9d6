import { OAuthError } from '../token/oauth-error.ts';

/** What an authorization answers with (OAuth 2.0 Multiple Response Type Encoding Practices). */
export interface ResponseType {
  readonly code: boolean;
  readonly token: boolean;
  readonly idToken: boolean;
}

const WORDS: ReadonlySet<string> = new Set(['code', 'token', 'id_token']);

/**
 * Reads `response_type`: its words in any order, each once.
 * @throws OAuthError unsupported_response_type
 */
export function readResponseType(text: string): ResponseType {
  const words = text.split(' ').filter((word) => word !== '');
  const known = new Set(words);
  if (words.length === 0 || known.size !== words.length || words.some((word) => !WORDS.has(word))) {
    throw new OAuthError(
      'unsupported_response_type',
      'The response_type is not supported. Use code, token, id_token or several of them, separated by a space.',
    );
  }
  return { code: known.has('code'), token: known.has('token'), idToken: known.has('id_token') };
}

/** Whether an answer has to go where servers and logs don't see it: it carries a token, or comes beside one. */
export function isFrontChannel(type: ResponseType): boolean {
  return type.token || type.idToken;
}
