import { parseImpersonationRule } from '../../resources/impersonation-rule.ts';
import { readPublicKey } from '../../resources/public-key-text.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Client } from '../client.ts';
import { refusedAssertion } from './assertion-claims.ts';
import { usable, userOfAssertion } from './assertion-subject.ts';
import { notBuiltYet, OAuthError } from './oauth-error.ts';
import { type ForeignToken, type TrustCheck, verifyForeignJwt, verifyForeignSaml } from './propagation-trust.ts';
import { type OAuthContext, type OAuthServices, required, type TokenForm } from './token-request.ts';
import { signUpst } from './upst.ts';

/**
 * The exchange of another issuer's token for a UPST.
 * IDCS: oauth.md §2.11: the client is one of the trust's oauthClients; the answer is `{"token"}`, not `access_token`.
 * @param client null: a user signed the request, which does in place of a listed client
 * @throws OAuthError
 */
export async function exchangeForUpst(
  services: OAuthServices,
  context: OAuthContext,
  client: Client | null,
  form: TokenForm,
): Promise<JsonObject> {
  const text = required(form, 'subject_token');
  const type = required(form, 'subject_token_type');
  const publicKey = readPublicKey(required(form, 'public_key'));
  if (publicKey === null) {
    throw new OAuthError(
      'invalid_request',
      'The parameter public_key must be an RSA public key of 2048 bits or more: PEM, or its DER in base64.',
    );
  }
  const check: TrustCheck = (trust) => {
    if (client !== null) refuseOthers(trust, client);
  };
  const token = await verify(services, context, type, text, check);
  const { principal, impersonated } = await principalOf(services, context, token);
  return {
    token: await signUpst(services, context, { principal, publicKey, impersonated, propagated: propagated(token) }),
  };
}

async function verify(
  services: OAuthServices,
  context: OAuthContext,
  type: string,
  text: string,
  check: TrustCheck,
): Promise<ForeignToken> {
  if (type === 'jwt') return await verifyForeignJwt(services, context, text, check);
  if (type === 'saml') return await verifyForeignSaml(services, context, text, check);
  // Their tokens are verified by a Kerberos keytab in a vault, or by a call to AWS: neither is in reach of an emulator.
  if (type === 'spnego' || type === 'aws-credential') {
    throw notBuiltYet('invalid_request', `The subject_token_type ${type}`);
  }
  throw new OAuthError(
    'invalid_request',
    'The parameter subject_token_type must be jwt, saml, spnego or aws-credential.',
  );
}

/** IDCS: oauthClients are client ids; ids of Apps are taken too (inferred: the examples don't tell which they show). */
function refuseOthers({ oauthClients }: JsonObject, client: Client): void {
  const listed = Array.isArray(oauthClients) ? oauthClients : [];
  if ([client.name, client.id].some((id) => listed.includes(id))) return;
  throw new OAuthError('unauthorized_client', 'Add the client to the oauthClients of the IdentityPropagationTrust.');
}

interface Principal {
  readonly principal: StoredResource;
  readonly impersonated: string | null;
}

async function principalOf(services: OAuthServices, context: OAuthContext, token: ForeignToken): Promise<Principal> {
  const { trust, claims } = token;
  const name = trust['subjectClaimName'];
  const subject = typeof name === 'string' && name !== '' ? claims(name)[0] : (token.subject ?? undefined);
  if (subject === undefined || subject === '') throw refusedAssertion(`it has no claim ${String(name ?? 'sub')}`);
  if (trust['allowImpersonation'] === true) {
    return { principal: await serviceUser(services, context, token), impersonated: subject };
  }
  const attribute = trust['subjectMappingAttribute'];
  const mapped = typeof attribute === 'string' && attribute !== '' ? attribute : null;
  const type = trust['subjectType'] ?? 'User';
  if (type === 'App') return { principal: await appOf(services, context, subject, mapped), impersonated: null };
  if (type !== 'User') throw refusedAssertion('the subjectType of its trust must be User or App here');
  return { principal: await userOfAssertion(services, context, subject, mapped), impersonated: null };
}

/** IDCS: the first rule that fits names the user; when none does, the request fails. */
async function serviceUser(
  { store }: OAuthServices,
  { domain, clock }: OAuthContext,
  { trust, claims }: ForeignToken,
): Promise<StoredResource> {
  const entries = trust['impersonationServiceUsers'];
  for (const entry of Array.isArray(entries) ? entries : []) {
    if (!isObject(entry) || parseImpersonationRule(String(entry['rule']))?.(claims) !== true) continue;
    const user = await store.resources.read(domain.id, 'User', String(entry['value']));
    return await usable({ store, domain, clock }, user);
  }
  throw refusedAssertion('no rule of the trust’s impersonationServiceUsers fits its claims');
}

/** An App by its client id, or by its id or OCID where the trust maps to those. */
async function appOf(
  { store }: OAuthServices,
  { domain }: OAuthContext,
  subject: string,
  attribute: string | null,
): Promise<StoredResource> {
  const byId = attribute === 'id' || attribute === 'ocid';
  const app = byId
    ? await store.resources.read(domain.id, 'App', subject)
    : await store.resources.readByName(domain.id, 'App', subject);
  if (app?.data['active'] === true) return app;
  throw refusedAssertion('its subject is no active application of the domain');
}

/** IDCS: claimPropagations names claims that go on into the UPST. */
function propagated({ trust, claims }: ForeignToken): JsonObject {
  const names = trust['claimPropagations'];
  const found = (Array.isArray(names) ? names.map(String) : []).flatMap((name) => {
    const values = claims(name);
    return values.length === 0 ? [] : [[name, values.length === 1 ? values[0]! : [...values]] as const];
  });
  return Object.fromEntries(found);
}
