import { createHash, type X509Certificate } from 'node:crypto';
import type { JsonObject } from '../scim/json.ts';
import { refuseUsedAlias, takeOutAlias } from './app-certificates.ts';
import type { Behaviour } from './behaviour.ts';
import { requireCertificate } from './certificate-text.ts';

/*
 * Certificates that assertions are verified with: those of clients, which an App names by alias (App.certificates), and those
 * of trusted partners, which count for the whole domain.
 */

/** OAuthClientCertificate: the keys of clients that sign assertions. */
export const oauthClientCertificateBehaviour: Behaviour = {
  ...certificateBehaviour('OAuthClientCertificate'),

  async beforeDelete(context, session, resource, force) {
    if (force) await takeOutAlias(context, session, resource);
    else await refuseUsedAlias(context, session, resource);
  },
};

/** OAuthPartnerCertificate: the keys of partners whose user assertions the domain believes. */
export const oauthPartnerCertificateBehaviour: Behaviour = certificateBehaviour('OAuthPartnerCertificate');

function certificateBehaviour(type: string): Behaviour {
  return {
    type,

    async prepareCreate(_context, draft) {
      const text = draft.data['x509Base64Certificate'];
      Object.assign(draft.data, certificateFacts(requireCertificate(`${type}.x509Base64Certificate`, text)));
    },

    // IDCS: rulings: a GET after the DELETE answers an empty object. That any id without a row does is inferred.
    absent: {},
  };
}

/**
 * What a certificate resource says of its certificate.
 * IDCS: oauth.md §2.6: `x5t` is the SHA-1 thumbprint in base64url; that the thumbprint attributes have this form is inferred.
 */
function certificateFacts(certificate: X509Certificate): JsonObject {
  return {
    sha1Thumbprint: thumbprint(certificate, 'sha1'),
    sha256Thumbprint: thumbprint(certificate, 'sha256'),
    certStartDate: new Date(certificate.validFrom).toISOString(),
    certEndDate: new Date(certificate.validTo).toISOString(),
  };
}

/** A digest of the certificate's DER, base64url without padding, as JOSE headers have it. */
export function thumbprint(certificate: X509Certificate, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(certificate.raw).digest('base64url');
}
