import { createHash, randomBytes } from 'node:crypto';
import type { InstallationRows } from '../store/store.ts';

const KEY_ROW = 'secret-key';
const CHECK_ROW = 'secret-key-check';

/** The installation's 32-byte key, and where it came from. */
export interface InstallationKey {
  readonly key: Buffer;
  /** `configured`: IDCS_SECRET_KEY. `stored`: made once and kept with the data, where whoever reads the store reads it too. */
  readonly origin: 'configured' | 'stored';
}

/** IDCS_SECRET_KEY was changed, set or taken away since the data was first written. */
export class WrongInstallationKey extends Error {
  constructor() {
    super(
      'IDCS_SECRET_KEY is not what it was when this store was first used: its secrets cannot be read without that key.',
    );
    this.name = 'WrongInstallationKey';
  }
}

/**
 * Finds the key that encrypts what must be shown again. Two processes that start at once agree on one.
 * @param configured the value of IDCS_SECRET_KEY: 32 bytes in base64; null when unset
 * @throws WrongInstallationKey when the store was first used with another key
 * @throws RangeError when the configured value is not 32 bytes
 */
export async function resolveInstallationKey(
  rows: InstallationRows,
  configured: string | null,
): Promise<InstallationKey> {
  const key =
    configured === null
      ? Buffer.from(await rows.putIfAbsent(KEY_ROW, randomBytes(32).toString('base64')), 'base64')
      : Buffer.from(configured, 'base64');
  if (key.length !== 32) throw new RangeError(`The secret key must be 32 bytes in base64, not ${key.length}.`);
  // A digest of the key, so that a lost or changed key is found at start and not at the first secret.
  const check = createHash('sha256').update('idcs-emulator secret key').update(key).digest('hex');
  if ((await rows.putIfAbsent(CHECK_ROW, check)) !== check) throw new WrongInstallationKey();
  return { key, origin: configured === null ? 'stored' : 'configured' };
}
