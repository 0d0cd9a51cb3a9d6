import { createHash, type X509Certificate } from 'node:crypto';
import { newId } from '../../ids.ts';
import { resourceType } from '../../schemas/registry.ts';
import type { Filter } from '../../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import { copyOf } from '../../scim/resource-data.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import { equals } from '../app-parts.ts';
import type { Behaviour } from '../behaviour.ts';
import { requireCertificate } from '../certificate-text.ts';
import { MOST_NAMED, referenced } from '../data-references.ts';
import { authorOf } from '../pipeline/author.ts';
import { danglingReference } from '../pipeline/dangling-reference.ts';
import type { RequestContext } from '../request-context.ts';
import { sealedKeyFor } from './certificate-signing-request.ts';

/*
 * SamlPartnerCertificate: a certificate of a customer's own that the domain uses for SAML in the place of its signing
 * certificate (flows.md F6), and the two attributes by which partners (IdentityProviders, SAML Apps) choose one.
 */

/** The extension of a SAML App. */
export const SAML_APP_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:samlServiceProvider:App';

/** Where a partner names its certificate. */
const HOLDERS = [
  { type: 'IdentityProvider', urn: null },
  { type: 'App', urn: SAML_APP_URN },
] as const;

/** SamlPartnerCertificate. */
export const samlPartnerCertificateBehaviour: Behaviour = {
  type: 'SamlPartnerCertificate',

  async prepareCreate(context, draft) {
    const text = draft.data['x509Base64Certificate'];
    const certificate = requireCertificate('SamlPartnerCertificate.x509Base64Certificate', text);
    Object.assign(draft.data, certificateFacts(certificate));
    const privateKey = await sealedKeyFor(context, certificate.publicKey);
    // Without a request of this domain there is no key: it can be kept and shown, and signs nothing.
    draft.secret = privateKey === null ? null : { privateKey };
  },

  async beforeDelete(context, session, resource, force) {
    for (const holder of HOLDERS) {
      for (;;) {
        const rows = await using(context, session, holder, resource.id);
        if (rows.length === 0) break;
        if (!force) throw referenced(resource, holder.type, rows.map(nameOf));
        for (const row of rows) await takeOut(context, session, holder, row);
      }
    }
  },
};

/**
 * Checks the `samlPartnerCertificateId` of a partner; an OCID becomes the id.
 *
 * @param type IdentityProvider or App, for the message
 * @param holder the object with the two attributes: the resource itself, or an App's SAML extension
 * @throws ScimError 400
 */
export async function resolvePartnerCertificate(
  context: RequestContext,
  type: 'IdentityProvider' | 'App',
  holder: JsonObject,
): Promise<void> {
  const key = holder['samlPartnerCertificateId'];
  if (key === undefined) return;
  const row = await context.store.resources.read(context.domain.id, 'SamlPartnerCertificate', String(key));
  if (row === null) {
    throw danglingReference(resourceType(type), 'samlPartnerCertificateId', 'SamlPartnerCertificate', String(key));
  }
  holder['samlPartnerCertificateId'] = row.id;
}

/** IDCS: the documented list has thumbprints in hexadecimal and times without milliseconds. */
function certificateFacts(certificate: X509Certificate): JsonObject {
  return {
    sha1Thumbprint: thumbprint(certificate, 'sha1'),
    sha256Thumbprint: thumbprint(certificate, 'sha256'),
    sha384Thumbprint: thumbprint(certificate, 'sha384'),
    certStartDate: second(certificate.validFrom),
    certEndDate: second(certificate.validTo),
    base64Certificate: certificate.raw.toString('base64'),
  };
}

function thumbprint(certificate: X509Certificate, algorithm: string): string {
  return createHash(algorithm).update(certificate.raw).digest('hex');
}

function second(time: string): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

type Holder = (typeof HOLDERS)[number];

async function using(
  context: RequestContext,
  session: StoreSession,
  { type, urn }: Holder,
  id: string,
): Promise<readonly StoredResource[]> {
  const path = urn === null ? 'samlPartnerCertificateId' : `${urn}:samlPartnerCertificateId`;
  const filter: Filter = equals(type, path, id);
  const query = { type: resourceType(type), filter, sortBy: null, descending: false, offset: 0, limit: MOST_NAMED + 1 };
  return (await session.resources.search(context.domain.id, query)).resources;
}

async function takeOut(
  context: RequestContext,
  session: StoreSession,
  { type, urn }: Holder,
  row: StoredResource,
): Promise<void> {
  const data = copyOf(row.data);
  const holder = urn === null ? data : data[urn];
  if (!isObject(holder)) return;
  delete holder['samlPartnerCertificateId'];
  holder['useSamlPartnerCertificate'] = false;
  const write = {
    type: resourceType(type),
    id: row.id,
    ocid: row.ocid,
    version: newId(context.ids),
    lastModified: context.clock.now(),
    data: { ...data, idcsLastModifiedBy: authorOf(context) },
  };
  await session.resources.update(context.domain.id, write, null);
}

function nameOf({ id, data }: StoredResource): string {
  return String(data['partnerName'] ?? data['displayName'] ?? id);
}
