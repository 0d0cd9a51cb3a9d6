import type { JsonObject } from '../../scim/json.ts';
import type { Client } from '../client.ts';
import { answerAuthorization } from './authorization-answer.ts';
import { answerClient } from './client-answer.ts';
import { OAuthError } from './oauth-error.ts';
import { requestScope } from './requested-scope.ts';
import type { Subject } from './subject.ts';
import { type OAuthContext, type OAuthServices, required, type TokenForm } from './token-request.ts';

/** Whom an assertion speaks for. */
export interface AssertedSubject {
  /** null: the client itself. */
  readonly subject: Subject | null;
  /** Seconds that the token lives unless the request or the resource application wants less; null: as long as others. */
  readonly lifetime: number | null;
  /** The `gtp` claim of the access token. */
  readonly gtp: string;
}

/**
 * The answer to an assertion grant (RFC 7521 §4.1): the scope first, so that a request that can't succeed doesn't use the
 * assertion up.
 * IDCS: oauth.md §2: the client proves itself too; `offline_access` gives a refresh token where the client may have one.
 * @param verify verifies the assertion, and uses it up
 * @throws OAuthError
 */
export async function answerToAssertion(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  form: TokenForm,
  verify: (assertion: string) => Promise<AssertedSubject>,
): Promise<JsonObject> {
  if (client.type === 'public') {
    throw new OAuthError('unauthorized_client', 'A public client can not use assertions; use a confidential one.');
  }
  const assertion = required(form, 'assertion');
  const asked = await requestScope(services, context, client, required(form, 'scope'));
  const { subject, gtp, lifetime } = await verify(assertion);
  if (subject === null) return await answerClient(services, context, client, asked, { gtp });
  const limited = { ...asked, expiry: shorter(asked.expiry, lifetime) };
  return await answerAuthorization(services, context, client, limited, subject, { gtp });
}

function shorter(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
