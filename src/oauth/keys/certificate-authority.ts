import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { SecretBox } from '../../resources/request-context.ts';
import type { InstallationRows } from '../../store/store.ts';
import { type CertificateAuthority, newAuthority } from './certificate.ts';

const generate = promisify(generateKeyPair);
const ROW = 'signing-certificate-authority';

/**
 * The installation's certificate authority: read, or made at its first use. P-256, because that takes a millisecond where
 * RSA takes two hundred. Two processes that make one at once agree on the first that was written.
 */
export async function installationAuthority(rows: InstallationRows, secrets: SecretBox): Promise<CertificateAuthority> {
  const kept = await rows.get(ROW);
  if (kept !== null) return open(kept, secrets);
  const { privateKey } = await generate('ec', { namedCurve: 'P-256' });
  const made = await newAuthority(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  const written = JSON.stringify({ privateKey: secrets.seal(made.privatePem), certificate: made.certificate });
  return open(await rows.putIfAbsent(ROW, written), secrets);
}

function open(text: string, secrets: SecretBox): CertificateAuthority {
  const row = JSON.parse(text) as { privateKey: string; certificate: string };
  return { privatePem: secrets.open(row.privateKey), certificate: row.certificate };
}
