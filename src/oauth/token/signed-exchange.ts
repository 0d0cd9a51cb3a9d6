import { BUILT_IN_APP_ID } from '../../resources/built-in-app.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { type Client, findClient } from '../client.ts';
import { answerAuthorization } from './authorization-answer.ts';
import { OAuthError } from './oauth-error.ts';
import { requestScope } from './requested-scope.ts';
import { asksForDomain } from './scope-parameter.ts';
import { newSubject } from './subject.ts';
import { type OAuthContext, type OAuthServices, required, type TokenForm } from './token-request.ts';

/**
 * The exchange of a signed request for an access token of a resource application.
 * IDCS: oauth.md §2.10: `scope` is one of a resource application; `client_id` comes with `offline_access`. That a request without it
 * gets a token of the built-in application is inferred: a token has a client.
 * @param user who signed the request
 */
export async function exchangeSignature(
  services: OAuthServices,
  context: OAuthContext,
  user: StoredResource,
  form: TokenForm,
): Promise<JsonObject> {
  const client = await clientOf(services, context, form.get('client_id'));
  const asked = await requestScope(services, context, client, required(form, 'scope'));
  if (asked.targets.length === 0 || asksForDomain(asked) || asked.openId.length > 0) {
    throw new OAuthError('invalid_scope', 'The scope of this exchange must be one of a resource application.');
  }
  // Inferred: the service's word for it is not documented.
  const subject = await newSubject(services, context, user, { amr: ['API_KEY'] });
  return await answerAuthorization(services, context, client, asked, subject);
}

async function clientOf(services: OAuthServices, context: OAuthContext, clientId: string | undefined): Promise<Client> {
  const { store } = services;
  const { domain } = context;
  if (clientId !== undefined) {
    const client = await findClient(store, domain, clientId);
    if (client?.active === true) return client;
    throw new OAuthError('invalid_client', 'The parameter client_id names no active client.');
  }
  const app = await store.resources.read(domain.id, 'App', BUILT_IN_APP_ID);
  if (app === null) throw new OAuthError('invalid_request', 'The parameter client_id is missing.');
  return {
    id: app.id,
    ocid: app.ocid,
    name: String(app.data['name'] ?? app.id),
    displayName: String(app.data['displayName']),
    active: true,
    type: 'trusted',
    allowedGrants: new Set(),
    allowedOperations: new Set(),
    allowedScopes: new Set(),
    roles: [],
    secretHash: null,
    // The user alone decides: every resource application of the domain may be asked for.
    data: { trustScope: 'Account' },
  };
}
