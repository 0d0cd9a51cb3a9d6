import { type Client, findClient } from '../client.ts';
import { OAuthError } from '../token/oauth-error.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import type { AuthorizeParameters } from './parameters.ts';
import { checkRedirectUri } from './redirect-uri.ts';
import { defaultResponseMode, type ResponseMode, readResponseMode } from './response-mode.ts';
import { readResponseType } from './response-type.ts';

/** Where and how a client gets its answer, be it good or bad. */
export interface ReplyAddress {
  readonly redirectUri: string;
  readonly mode: ResponseMode;
  /** Sent back as it came. */
  readonly state: string | undefined;
}

/**
 * The client of a request, and where its answer goes. As long as these two are not known to be good, nothing is redirected
 * (RFC 6749 §4.1.2.1).
 * @param ecid the request's name in the log
 * @throws OAuthError for the person at the browser
 */
export async function readReplyAddress(
  services: OAuthServices,
  context: OAuthContext,
  parameters: AuthorizeParameters,
  ecid: string,
): Promise<{ readonly client: Client; readonly address: ReplyAddress }> {
  const client = await clientOf(services, context, parameters);
  const redirectUri = checkRedirectUri(parameters, client, ecid);
  const address = { redirectUri, mode: modeOfErrors(parameters, redirectUri), state: parameters.values.get('state') };
  return { client, address };
}

async function clientOf(
  services: OAuthServices,
  { domain }: OAuthContext,
  { values, repeated }: AuthorizeParameters,
): Promise<Client> {
  const clientId = values.get('client_id');
  if (clientId === undefined) {
    const how = repeated.has('client_id') ? 'sent more than once' : 'missing';
    throw new OAuthError('invalid_request', `The parameter client_id is ${how}.`);
  }
  const client = await findClient(services.store, domain, clientId);
  if (client === null) {
    throw new OAuthError('invalid_client', `There is no OAuth client with the id ${clientId}.`, { status: 400 });
  }
  if (client.active) return client;
  throw new OAuthError('invalid_client', `The client ${clientId} is not active. Activate the application first.`, {
    status: 400,
  });
}

/** The mode in which even a request that can't be understood is answered: as asked where that is clear, else by default. */
function modeOfErrors({ values }: AuthorizeParameters, redirectUri: string): ResponseMode {
  try {
    const type = readResponseType(values.get('response_type') ?? 'code');
    try {
      return readResponseMode(values.get('response_mode'), type, redirectUri);
    } catch {
      return defaultResponseMode(type);
    }
  } catch {
    return 'query';
  }
}
