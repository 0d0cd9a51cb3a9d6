import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { Draft } from './behaviour.ts';
import { generatedPassword, secretDigest } from './credential-text.ts';
import type { RequestContext } from './request-context.ts';
import { userCredential } from './user-credential.ts';

/** IDCS: OCI's documentation, "Working With OAuth 2.0 Client Credentials". */
const MOST_SCOPES = 10;

/**
 * OAuth2ClientCredential: a user's secret for the scopes of one or more services. It is kept, not honoured: what the token endpoint
 * takes as its client id is not documented for identity domains.
 */
export const oauth2ClientCredentialBehaviour = userCredential({
  type: 'OAuth2ClientCredential',
  // Inferred from the limit of scopes: the documentation has a number for each kind of domain, which we don't know.
  most: 10,
  capability: 'canUseOAuth2ClientCredentials',
  make(context, draft) {
    checkScopes(draft.data);
    newSecret(context, draft, {});
  },
  change(context, draft, secret) {
    checkScopes(draft.data);
    if (draft.transient.get('isResetSecret') === true) newSecret(context, draft, secret);
  },
});

function newSecret({ ids }: RequestContext, draft: Draft, kept: JsonObject): void {
  const secret = generatedPassword(ids);
  draft.once = { secret };
  draft.secret = { ...kept, secretHash: secretDigest(secret) };
}

function checkScopes({ scopes }: JsonObject): void {
  if (!Array.isArray(scopes) || scopes.length <= MOST_SCOPES) return;
  throw badRequest(`OAuth2ClientCredential.scopes can have ${MOST_SCOPES} values, not ${scopes.length}.`);
}
