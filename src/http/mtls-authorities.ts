import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from '../config.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads the CAs of client certificates (IDCS_MTLS_CLIENT_CA).
 * @returns PEM, one certificate each
 * @throws ConfigError when the file can't be read or has anything but certificates
 */
export function clientAuthorities(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`IDCS_MTLS_CLIENT_CA=${file}: can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const blocks = text.match(BLOCK) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (error) {
    throw new ConfigError(`IDCS_MTLS_CLIENT_CA=${file}: ${(error as Error).message}; allowed is a PEM file`);
  }
  if (blocks.length > 0) return blocks;
  throw new ConfigError(`IDCS_MTLS_CLIENT_CA=${file}: has no certificate; allowed is a PEM file`);
}
