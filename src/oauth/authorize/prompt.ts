import { OAuthError } from '../token/oauth-error.ts';

/** A value of `prompt` (OpenID Connect Core §3.1.2.1). */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account';

const PROMPTS: ReadonlySet<string> = new Set(['none', 'login', 'consent', 'select_account']);

/**
 * Reads `prompt`.
 * @throws OAuthError invalid_request for an unknown value, and for none beside others
 */
export function readPrompt(text: string | undefined): ReadonlySet<Prompt> {
  const words = (text ?? '').split(' ').filter((word) => word !== '');
  const unknown = words.find((word) => !PROMPTS.has(word));
  if (unknown !== undefined) {
    throw new OAuthError('invalid_request', 'The prompt is not supported. Use none, login, consent or select_account.');
  }
  const prompt = new Set(words as Prompt[]);
  if (prompt.has('none') && prompt.size > 1) {
    throw new OAuthError('invalid_request', 'The prompt none excludes all others.');
  }
  return prompt;
}

/**
 * Reads `max_age`.
 * @returns seconds; null when the request has none
 * @throws OAuthError invalid_request
 */
export function readMaxAge(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new OAuthError('invalid_request', 'The max_age must be a number of seconds, 0 or more.');
}
