import { createHash, generateKeyPair, type KeyObject, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { badRequest } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { Behaviour } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';

/*
 * CertificateSigningRequest: asks for a certificate of a customer's own for SAML (flows.md F6). The key stays here, sealed, and
 * waits for the certificate that an authority makes for it.
 */

const generate = promisify(generateKeyPair);

/** Kind of the rows of store.tokens that keep the keys, by the SHA-256 of the public half. */
const KIND = 'csr-key';
/** Milliseconds that a key waits for its certificate: ours, two years. */
const WAITS = 2 * 365 * 24 * 3600_000;
const MOST_NAMES = 100;
/** What a subject alternative name may hold: it is an IA5String. */
const NAME = /^[\x21-\x7e]{1,255}$/;
const LONGEST_SUBJECT = 1000;

/** CertificateSigningRequest: an action, nothing is stored under its name. */
export const certificateSigningRequestBehaviour: Behaviour = {
  type: 'CertificateSigningRequest',
  actions: {
    async create(context, { data }) {
      const subject = subjectOf(data);
      const names = namesOf(data);
      const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 });
      const csr = await signedRequest({ privateKey, publicKey }, subject, names, data);
      await keepKey(context, privateKey, publicKey);
      return { status: 201, locationKey: null, data: { csr } };
    },
  },
};

/**
 * The private key that a request was made with, sealed; null when the domain made none for this public key.
 * It stays: a certificate can be renewed for the same request.
 */
export async function sealedKeyFor({ store, domain }: RequestContext, publicKey: KeyObject): Promise<string | null> {
  const row = await store.tokens.find(domain.id, KIND, hashOf(publicKey));
  const sealed = row?.data['privateKey'];
  return typeof sealed === 'string' ? sealed : null;
}

async function keepKey(context: RequestContext, privateKey: KeyObject, publicKey: KeyObject): Promise<void> {
  const created = context.clock.now();
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  await context.store.tokens.insert(context.domain.id, {
    hash: hashOf(publicKey),
    kind: KIND,
    created,
    expires: created + WAITS,
    data: { privateKey: context.secrets.seal(pem) },
  });
}

function hashOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** IDCS: the documented example writes the state as `S`, which is `ST` elsewhere. */
function subjectOf(data: JsonObject): string {
  const given = String(data['certSubjectName']);
  const parts = given.split(/(?<!\\),/);
  const isName = parts.every((part) => /^\s*[A-Za-z0-9.]+\s*=\s*\S/.test(part));
  if (given.length > LONGEST_SUBJECT || !isName || !parts.some((part) => /^\s*CN\s*=/i.test(part))) {
    throw badRequest(
      'CertificateSigningRequest.certSubjectName must be a distinguished name with a common name, like CN=www.example.com,O=Example,C=US.',
    );
  }
  return given.replace(/(^|,)(\s*)S\s*=/gi, '$1$2ST=');
}

function namesOf(data: JsonObject): readonly string[] {
  const names = data['certSubjectAltName'];
  if (!Array.isArray(names)) return [];
  if (names.length > MOST_NAMES || names.some((name) => typeof name !== 'string' || !NAME.test(name))) {
    throw badRequest(
      `CertificateSigningRequest.certSubjectAltName takes up to ${MOST_NAMES} names of ASCII characters without blanks.`,
    );
  }
  return names as string[];
}

async function signedRequest(
  pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  subject: string,
  names: readonly string[],
  data: JsonObject,
): Promise<string> {
  // Loaded here: it takes 0.15 s, and few runs make a request.
  await import('reflect-metadata');
  const {
    KeyUsageFlags,
    KeyUsagesExtension,
    Name,
    Pkcs10CertificateRequestGenerator,
    SubjectAlternativeNameExtension,
  } = await import('@peculiar/x509');
  const hash = `SHA-${String(data['signatureAlgorithm']).slice(3, 6)}`;
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash };
  const { subtle } = webcrypto;
  const pkcs8 = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
  const extensions = [];
  // IDCS: the certificates that the page prints have all their names as dNSName, addresses too.
  if (names.length > 0) {
    extensions.push(new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value }))));
  }
  // Which usages it asks for is inferred: SAML keys sign and decrypt.
  const usages = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment;
  if (data['includeKeyUsage'] === true) extensions.push(new KeyUsagesExtension(usages, true));
  const made = await Pkcs10CertificateRequestGenerator.create({
    name: readName(() => new Name(subject)).toString(),
    keys: {
      privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
      publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
    },
    signingAlgorithm: algorithm,
    extensions,
  });
  return made.toString('pem');
}

function readName<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw badRequest('CertificateSigningRequest.certSubjectName is not a distinguished name that can be read.');
  }
}
