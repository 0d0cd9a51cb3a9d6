import { createHash } from 'node:crypto';
import type { CertificateAuthority } from './certificate.ts';
import { type KeyPair, keyPairOf } from './key-pair.ts';

/**
 * A key pair of the set in the source code: the same tenant gets the same key in every run, and the same next ones. There are few:
 * after as many rotations the first comes again, under another kid.
 * @param rotation 0 for a domain's first key
 */
export async function developmentPair(tenant: string, rotation: number): Promise<KeyPair> {
  const { DEVELOPMENT_KEYS } = await import('./development-keys.ts');
  const first = createHash('sha256').update(tenant).digest().readUInt32BE(0);
  return keyPairOf(DEVELOPMENT_KEYS[(first + rotation) % DEVELOPMENT_KEYS.length]!);
}

/** The certificate authority of the same runs. */
export async function developmentAuthority(): Promise<CertificateAuthority> {
  const { DEVELOPMENT_AUTHORITY } = await import('./development-keys.ts');
  return DEVELOPMENT_AUTHORITY;
}
