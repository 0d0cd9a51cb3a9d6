import { createHash, type KeyObject } from 'node:crypto';
import { badRequest } from '../scim/errors.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { readPublicKey } from './public-key-text.ts';
import { credentialsOf, userCredential } from './user-credential.ts';

/** ApiKey: a user's public key, whose private half signs OCI requests. IDCS: errors.tsv: three a user. */
export const apiKeyBehaviour = userCredential({
  type: 'ApiKey',
  most: 3,
  capability: 'canUseApiKeys',
  distinct: 'fingerprint',
  make(_context, { data }) {
    data['fingerprint'] = fingerprint(requireKey(data['key']));
  },
});

/** A user's key by its fingerprint; null when there is none. */
export async function findApiKey(
  session: Pick<StoreSession, 'resources'>,
  domainId: number,
  userId: string,
  print: string,
): Promise<StoredResource | null> {
  const keys = await credentialsOf(session, domainId, 'ApiKey', userId);
  return keys.find(({ data }) => data['fingerprint'] === print) ?? null;
}

/** OCI's fingerprint: MD5 of the key's DER as pairs of hex digits with colons. */
function fingerprint(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return createHash('md5').update(der).digest('hex').match(/../g)!.join(':');
}

function requireKey(value: unknown): KeyObject {
  const text = String(value);
  if (!/^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----[^-]+-----END (?:RSA )?PUBLIC KEY-----/.test(text)) {
    // IDCS: errors.tsv, for a key in OpenSSH's form.
    throw badRequest('Invalid public key header or footer.', 'error.identity.user.invalidHeaderFooter');
  }
  return readPublicKey(text) ?? refuseKey();
}

function refuseKey(): never {
  throw badRequest('ApiKey.key must be an RSA public key of 2048 bits or more in PEM form.');
}
