import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { newId } from '../../ids.ts';
import { badRequest, notFound } from '../../scim/errors.ts';
import { isObject } from '../../scim/json.ts';
import { authenticateCaller } from '../caller.ts';
import { READ_VERBS, sendVerbs } from '../discovery.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import { type MetadataKey, signedMetadata } from './metadata-document.ts';

const PATH = '/fed/v1/metadata';

/**
 * Mounts GET /fed/v1/metadata: the SAML metadata of the domain, as identity provider and as service provider, signed with the
 * domain's key, or with a certificate of the customer's own (`samlPartnerCertificateId`, flows.md F6).
 * IDCS: the setting that opens the signing certificate opens the metadata too (console, "Access signing certificate").
 */
export function registerSamlMetadata(app: FastifyInstance, services: OAuthServices): void {
  app.get(PATH, async (request, reply) => {
    const context = services.contextOf(request);
    const open = services.strictIssuer || context.domain.settings['signingCertPublicAccess'] === true;
    if (!open) await authenticateCaller(services, context, request);
    const id = certificateId(request);
    const key = id === null ? await domainKey(services, context) : await partnerKey(services, context, id);
    const xml = await signedMetadata({
      id: `id-${newId(services.ids)}`,
      baseUrl: context.baseUrl,
      now: context.clock.now(),
      key,
    });
    return reply.type('text/xml;charset=utf-8').header('cache-control', 'no-store').send(xml);
  });
  app.options(PATH, (_request, reply) => sendVerbs(reply, READ_VERBS));
}

function certificateId(request: FastifyRequest): string | null {
  const id = (request.query as Record<string, unknown>)['samlPartnerCertificateId'];
  if (id === undefined || id === '') return null;
  if (typeof id !== 'string') throw badRequest('samlPartnerCertificateId must be given once.');
  return id;
}

async function domainKey(services: OAuthServices, { domain }: OAuthContext): Promise<MetadataKey> {
  const { kid, privateKey } = await services.keys.signer(domain);
  const { keys } = await services.keys.jwks(domain);
  const jwk = (Array.isArray(keys) ? keys : []).filter(isObject).find((each) => each['kid'] === kid);
  const chain = jwk?.['x5c'];
  const leaf = Array.isArray(chain) ? String(chain[0]) : '';
  return { privateKey: privateKey(), certificate: certificateOf(leaf), showsKeyInfo: true };
}

async function partnerKey(
  { store, secrets }: OAuthServices,
  { domain }: OAuthContext,
  id: string,
): Promise<MetadataKey> {
  const row = await store.resources.readWithSecret(domain.id, 'SamlPartnerCertificate', id);
  if (row === null) throw notFound('SamlPartnerCertificate', id);
  const sealed = row.secret?.['privateKey'];
  if (typeof sealed !== 'string') {
    throw badRequest(
      `The key of SamlPartnerCertificate '${String(row.data['certificateAlias'])}' is not here: its certificate was not made for a CertificateSigningRequest of this domain.`,
    );
  }
  const privateKey: KeyObject = createPrivateKey(secrets.open(sealed));
  // IDCS: the documented answer has no KeyInfo in the signature here.
  return { privateKey, certificate: certificateOf(String(row.data['base64Certificate'])), showsKeyInfo: false };
}

function certificateOf(base64: string): X509Certificate {
  return new X509Certificate(Buffer.from(base64, 'base64'));
}
