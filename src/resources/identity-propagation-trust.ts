import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { missingRequired } from '../scim/validation-errors.ts';
import type { Behaviour } from './behaviour.ts';
import { requireCertificate } from './certificate-text.ts';
import { parseImpersonationRule } from './impersonation-rule.ts';

/**
 * IdentityPropagationTrust: another issuer whose tokens the token exchange turns into UPSTs (oauth.md §2.11).
 * Nothing of it is cached: the exchange reads it anew each time.
 */
export const identityPropagationTrustBehaviour: Behaviour = {
  type: 'IdentityPropagationTrust',

  async prepareCreate(_context, draft) {
    checkTrust(draft.data);
  },

  async prepareUpdate(_context, _before, draft) {
    checkTrust(draft.data);
  },
};

function checkTrust(data: JsonObject): void {
  // IDCS: Terraform tests: a trust without oauthClients is refused.
  if (list(data['oauthClients']).length === 0) throw missingRequired(['oauthClients']);
  const certificate = data['publicCertificate'];
  if (certificate !== undefined) requireCertificate('IdentityPropagationTrust.publicCertificate', certificate);
  const endpoint = data['publicKeyEndpoint'];
  if (endpoint !== undefined) checkEndpoint(endpoint);
  checkKeys(data);
  checkImpersonation(data);
  const skew = data['clockSkewSeconds'];
  if (typeof skew === 'number' && (skew < 0 || skew > 3600)) {
    throw badRequest('IdentityPropagationTrust.clockSkewSeconds must be from 0 to 3600.');
  }
  if (data['clientClaimName'] !== undefined && list(data['clientClaimValues']).length === 0) {
    throw badRequest('IdentityPropagationTrust.clientClaimValues must say what values clientClaimName may have.');
  }
}

/** What tokens are verified with. What the other types need stands in the overlay. */
function checkKeys(data: JsonObject): void {
  const { type } = data;
  if (type === 'JWT' && data['publicCertificate'] === undefined && data['publicKeyEndpoint'] === undefined) {
    throw badRequest('IdentityPropagationTrust of the type JWT needs publicCertificate or publicKeyEndpoint.');
  }
}

function checkEndpoint(endpoint: JsonValue): void {
  let url: URL | null = null;
  try {
    url = new URL(String(endpoint));
  } catch {
    // Refused below.
  }
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (isSafe && url?.username === '') return;
  // That http is allowed on this machine is ours, for tests.
  throw badRequest('IdentityPropagationTrust.publicKeyEndpoint must be an https URL, or an http URL of this machine.');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function checkImpersonation(data: JsonObject): void {
  for (const entry of list(data['impersonationServiceUsers'])) {
    const rule = isObject(entry) ? entry['rule'] : undefined;
    if (typeof rule === 'string' && parseImpersonationRule(rule) !== null) continue;
    throw badRequest(
      `IdentityPropagationTrust.impersonationServiceUsers.rule must be <claim> eq <value> or <claim> co "<value>": ${String(rule)}.`,
    );
  }
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
