import { isProgramAddress } from '../../resources/program-address.ts';
import { PageError } from '../../signin/page-error.ts';
import type { PageFields } from '../../signin/page-route.ts';
import { type Client, findClient } from '../client.ts';
import { readDomainToken } from '../domain-token.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';

/** A request to sign out that was checked (OpenID Connect RP-Initiated Logout 1.0 §2, oauth.md §8). */
export interface LogoutRequest {
  /** Where the browser goes on afterwards, with `state`; null: the request names no place. */
  readonly goOnTo: string | null;
}

/**
 * Reads a request to sign out. Nothing has ended yet when it is refused.
 * @throws PageError 400: no page of ours sends a browser to an address that was not registered
 */
export async function readLogoutRequest(
  services: OAuthServices,
  context: OAuthContext,
  fields: PageFields,
): Promise<LogoutRequest> {
  const hint = fields.get('id_token_hint');
  const client = await clientOf(services, context, {
    hinted: hint === undefined ? null : await clientIdOfHint(services, context, hint),
    named: fields.get('client_id') ?? null,
  });
  const uri = fields.get('post_logout_redirect_uri');
  if (uri === undefined) return { goOnTo: null };
  if (client === null) {
    throw refused('post_logout_redirect_uri needs an id_token_hint, or a client_id, to tell whose address it is.');
  }
  const registered = client.data['postLogoutRedirectUris'];
  if (!Array.isArray(registered) || !registered.includes(uri)) {
    throw refused(
      `The post_logout_redirect_uri is not one of the client ${client.name}: register it, exactly as it is sent, in postLogoutRedirectUris of the App.`,
    );
  }
  // Registered or not: it would run as a page of ours.
  if (isProgramAddress(uri)) throw refused('A browser can not go on to this post_logout_redirect_uri.');
  return { goOnTo: asHeader(withState(uri, fields.get('state') ?? null)) };
}

/** Headers are ASCII; what is registered may have letters of other scripts. */
function asHeader(uri: string): string {
  return uri.replace(/[^\x21-\x7e]+/gu, encodeURIComponent);
}

/**
 * The client that an identity token was issued to. An expired one will do (RP-Initiated Logout §4), one that a rotated key signed too.
 */
async function clientIdOfHint({ keys }: OAuthServices, { domain }: OAuthContext, hint: string): Promise<string> {
  const known = await readDomainToken(keys, domain, hint);
  if (known?.type !== 'IT') throw refused('The id_token_hint is not an ID token of this domain.');
  const { azp } = known.claims;
  if (typeof azp !== 'string') throw refused('The id_token_hint names no client (azp).');
  return azp;
}

async function clientOf(
  { store }: OAuthServices,
  { domain }: OAuthContext,
  { hinted, named }: { readonly hinted: string | null; readonly named: string | null },
): Promise<Client | null> {
  if (hinted !== null && named !== null && hinted !== named) {
    throw refused('The client_id is not the client that the id_token_hint was issued to.');
  }
  const id = hinted ?? named;
  if (id === null) return null;
  const client = await findClient(store, domain, id);
  // A client that was deleted since has no address to go on to, but its users may still sign out.
  if (client === null && named !== null) throw refused('There is no client with this client_id.');
  return client;
}

/** Adds the state as sent to a registered address, which stays as it is, letter by letter. */
function withState(uri: string, state: string | null): string {
  if (state === null) return uri;
  const hash = uri.indexOf('#');
  const [base, fragment] = hash < 0 ? [uri, ''] : [uri.slice(0, hash), uri.slice(hash)];
  const separator = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&';
  return `${base}${separator}state=${encodeURIComponent(state)}${fragment}`;
}

function refused(message: string): PageError {
  return new PageError(400, 'invalid_request', message);
}
