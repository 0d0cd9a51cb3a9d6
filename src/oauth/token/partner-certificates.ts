import type { X509Certificate } from 'node:crypto';
import type { Domain } from '../../domains/domain.ts';
import { readCertificate } from '../../resources/certificate-text.ts';
import { thumbprint } from '../../resources/oauth-certificate.ts';
import { resourceType } from '../../schemas/registry.ts';
import type { Store, StoredResource } from '../../store/store.ts';

/**
 * The trusted partner certificate (OAuthPartnerCertificate) that an assertion's header points to; null when there is none.
 * IDCS: oauth.md §2.6: `kid` is the alias, `x5t` the SHA-1 thumbprint, base64url.
 */
export async function partnerCertificate(
  store: Store,
  domain: Domain,
  { kid, x5t }: { readonly kid?: string | undefined; readonly x5t?: string | undefined },
): Promise<X509Certificate | null> {
  const wanted = x5t?.replace(/=+$/, '');
  for (const row of await candidates(store, domain, kid, wanted)) {
    const certificate = certificateOf(row);
    if (certificate === null) continue;
    if (wanted === undefined || thumbprint(certificate, 'sha1') === wanted) return certificate;
  }
  return null;
}

async function candidates(
  store: Store,
  domain: Domain,
  kid: string | undefined,
  x5t: string | undefined,
): Promise<readonly StoredResource[]> {
  if (kid !== undefined) {
    const row = await store.resources.readByName(domain.id, 'OAuthPartnerCertificate', kid);
    return row === null ? [] : [row];
  }
  if (x5t === undefined || x5t.includes('\0')) return [];
  const type = resourceType('OAuthPartnerCertificate');
  const filter = { op: 'eq' as const, attribute: type.resolve('sha1Thumbprint')!, value: x5t };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 1 };
  return (await store.resources.search(domain.id, query)).resources;
}

/** The certificate in a row. */
export function certificateOf({ data }: StoredResource): X509Certificate | null {
  const text = data['x509Base64Certificate'];
  return typeof text === 'string' ? readCertificate(text) : null;
}
