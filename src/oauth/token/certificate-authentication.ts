import type { X509Certificate } from 'node:crypto';
import { thumbprint } from '../../resources/oauth-certificate.ts';
import type { Store } from '../../store/store.ts';
import type { Client } from '../client.ts';
import { clientCertificate } from './client-certificates.ts';
import { OAuthError } from './oauth-error.ts';
import type { OAuthContext } from './token-request.ts';

/**
 * Whether a certificate, whose private key the other end of the connection holds, is one of the client's.
 * IDCS: oauth.md §2.8: it must match the one imported on the App (RFC 8705 §2.2: so no CA need vouch for it).
 * @throws OAuthError invalid_client when it is the client's, but not valid at the time of the domain's clock
 */
export async function isCertificateOf(
  store: Store,
  { domain, clock }: OAuthContext,
  client: Client,
  certificate: X509Certificate,
): Promise<boolean> {
  const found = await clientCertificate(store, domain, client, { x5t: thumbprint(certificate, 'sha1') });
  if (found === null || !found.raw.equals(certificate.raw)) return false;
  const now = clock.now();
  if (now >= Date.parse(certificate.validFrom) && now <= Date.parse(certificate.validTo)) return true;
  throw new OAuthError(
    'invalid_client',
    `The client certificate is valid from ${certificate.validFrom} to ${certificate.validTo}, and the domain's clock shows ` +
      `${new Date(now).toUTCString()}. Import a new certificate on the application.`,
  );
}
