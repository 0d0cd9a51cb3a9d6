import type { JsonObject } from '../../scim/json.ts';
import type { Client } from '../client.ts';
import type { OAuthContext, OAuthServices, TokenForm } from './token-request.ts';

/** Answers a token request of one grant; its client is authenticated and may use the grant. */
export type GrantHandler = (
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  form: TokenForm,
) => Promise<JsonObject>;
