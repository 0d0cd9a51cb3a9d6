import type { X509Certificate } from 'node:crypto';
import type { Domain } from '../../domains/domain.ts';
import { readCertificate } from '../../resources/certificate-text.ts';
import { thumbprint } from '../../resources/oauth-certificate.ts';
import { isObject } from '../../scim/json.ts';
import type { Store } from '../../store/store.ts';
import type { Client } from '../client.ts';

/**
 * The certificate of a client that an assertion's header points to; null when it has none of that name.
 *
 * IDCS: App.certificates refers by alias to an OAuthClientCertificate; the App may also carry the certificate itself
 * (`x509Base64Certificate`). oauth.md §2.6: `kid` is the alias, `x5t` the SHA-1 thumbprint, base64url.
 */
export async function clientCertificate(
  store: Store,
  domain: Domain,
  client: Client,
  header: { readonly kid?: string | undefined; readonly x5t?: string | undefined },
): Promise<X509Certificate | null> {
  const entries = client.data['certificates'];
  for (const entry of Array.isArray(entries) ? entries : []) {
    if (!isObject(entry) || typeof entry['certAlias'] !== 'string') continue;
    if (header.kid !== undefined && header.kid !== entry['certAlias'] && header.kid !== entry['kid']) continue;
    const text = entry['x509Base64Certificate'] ?? (await imported(store, domain, entry['certAlias']));
    const certificate = typeof text === 'string' ? readCertificate(text) : null;
    if (certificate === null) continue;
    if (header.x5t === undefined || thumbprint(certificate, 'sha1') === header.x5t.replace(/=+$/, ''))
      return certificate;
  }
  return null;
}

async function imported(store: Store, domain: Domain, alias: string): Promise<unknown> {
  const row = await store.resources.readByName(domain.id, 'OAuthClientCertificate', alias);
  return row?.data['x509Base64Certificate'];
}
