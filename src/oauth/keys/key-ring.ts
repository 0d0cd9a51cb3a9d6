import { createHash, type KeyObject } from 'node:crypto';
import { BoundedCache } from '../../bounded-cache.ts';
import type { Clock } from '../../clock.ts';
import type { Domain } from '../../domains/domain.ts';
import type { Log, SecretBox } from '../../resources/request-context.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { SigningKeyRow, Store } from '../../store/store.ts';
import { type CertificateAuthority, certifiedJwk } from './certificate.ts';
import { installationAuthority } from './certificate-authority.ts';
import { developmentAuthority, developmentPair } from './development-pair.ts';
import { newKeyPair } from './key-pair.ts';
import { type DomainKeys, openKeys, type Signer } from './signing-key.ts';

/** IDCS: oauth.md §5.3: the constant kid of a domain's key. Rotation adds SIGNING_KEY_2 and so on. */
export const FIRST_KID = 'SIGNING_KEY';
const POOL_SIZE = 4;
const CACHED_DOMAINS = 1000;

export interface KeyRingOptions {
  readonly store: Store;
  readonly secrets: SecretBox;
  /** The machine's clock: a key's age doesn't follow a domain's clock. */
  readonly clock: Clock;
  readonly log: Log;
  /** Take keys from the shipped set instead of making new ones (`IDCS_ID_SEED`). Insecure: everybody has them. */
  readonly developmentKeys: boolean;
}

/**
 * The signing keys of all domains. A domain gets its first key when it first needs one, from a pool made ahead where that
 * has any left; opened keys are cached until the domain's epoch changes.
 */
export class KeyRing {
  readonly #options: KeyRingOptions;
  readonly #cache = new BoundedCache<number, { epoch: number; keys: Promise<DomainKeys> }>(CACHED_DOMAINS);
  #authority: Promise<CertificateAuthority> | null = null;
  #refilling: Promise<void> | null = null;
  #warming: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** The key that signs the domain's tokens. */
  async signer(domain: Domain): Promise<Signer> {
    return (await this.#keys(domain)).signer;
  }

  /** The public keys that the domain's tokens may be signed with, by kid. */
  async verifiers(domain: Domain): Promise<ReadonlyMap<string, KeyObject>> {
    return (await this.#keys(domain)).verifiers;
  }

  /** The domain's JSON Web Key Set. */
  async jwks(domain: Domain): Promise<JsonObject> {
    return (await this.#keys(domain)).jwks;
  }

  /**
   * Makes ready, in the background after the start, what first tokens would wait for: the domain's key, then the pool.
   * Errors are logged, never thrown.
   */
  warm(domain: Domain): Promise<void> {
    this.#warming = this.#warm(domain);
    return this.#warming;
  }

  async #warm(domain: Domain): Promise<void> {
    try {
      await this.#keys(domain);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'could not open the signing keys of a domain ahead');
    }
    await this.refill();
  }

  /**
   * Fills the pool of keys made ahead; meant to run in the background after the start and after each key taken.
   * Errors are logged, never thrown: an empty pool only makes the next domain's first token slower.
   */
  refill(size: number = POOL_SIZE): Promise<void> {
    if (this.#options.developmentKeys || this.#closed) return Promise.resolve();
    this.#refilling ??= this.#fillPool(size).finally(() => {
      this.#refilling = null;
    });
    return this.#refilling;
  }

  /** Stops filling the pool and waits for the keys that are being made or opened. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#warming;
    await this.#refilling;
  }

  async #fillPool(size: number): Promise<void> {
    const { store, secrets, clock, log } = this.#options;
    try {
      for (let have = await store.keys.poolSize(); have < size && !this.#closed; have++) {
        const pair = await newKeyPair();
        await store.keys.insert(null, {
          kid: createHash('sha256').update(String(pair.publicJwk['n'])).digest('hex').slice(0, 32),
          privateKey: secrets.seal(pair.privatePem),
          publicJwk: pair.publicJwk,
          created: clock.now(),
          active: true,
        });
      }
    } catch (error) {
      log.warn({ err: error }, 'could not make signing keys ahead');
    }
  }

  #keys(domain: Domain): Promise<DomainKeys> {
    const cached = this.#cache.get(domain.id);
    if (cached !== undefined && cached.epoch === domain.epoch) return cached.keys;
    const keys = this.#load(domain);
    this.#cache.set(domain.id, { epoch: domain.epoch, keys });
    keys.catch(() => this.#cache.delete(domain.id));
    return keys;
  }

  async #load(domain: Domain): Promise<DomainKeys> {
    const { store, secrets } = this.#options;
    let rows = await store.keys.list(domain.id);
    if (rows.length === 0) rows = await this.#firstKey(domain);
    if (rows.some((row) => row.publicJwk['x5c'] === undefined)) rows = await this.#certify(domain, rows);
    return openKeys(rows, secrets);
  }

  /** Gives the domain its first key. Another process may do so at the same time: whose row stands, wins. */
  async #firstKey(domain: Domain): Promise<readonly SigningKeyRow[]> {
    const { store } = this.#options;
    try {
      await this.#insertFirstKey(domain);
    } catch (error) {
      const rows = await store.keys.list(domain.id);
      if (rows.length === 0) throw error;
      return rows;
    }
    return await store.keys.list(domain.id);
  }

  async #insertFirstKey(domain: Domain): Promise<void> {
    const { store, secrets, clock, developmentKeys } = this.#options;
    const created = clock.now();
    if (!developmentKeys && (await store.keys.takeFromPool(domain.id, FIRST_KID, created)) !== null) {
      void this.refill();
      return;
    }
    const pair = developmentKeys ? await developmentPair(domain.tenant, 0) : await newKeyPair();
    await store.keys.insert(domain.id, {
      kid: FIRST_KID,
      privateKey: secrets.seal(pair.privatePem),
      publicJwk: pair.publicJwk,
      created,
      active: true,
    });
  }

  async #certify(domain: Domain, rows: readonly SigningKeyRow[]): Promise<readonly SigningKeyRow[]> {
    const { store } = this.#options;
    const authority = await this.#certificateAuthority();
    for (const row of rows) {
      if (row.publicJwk['x5c'] !== undefined) continue;
      await store.keys.certify(
        domain.id,
        row.kid,
        await certifiedJwk(row.publicJwk, row.kid, domain.tenant, authority),
      );
    }
    return await store.keys.list(domain.id);
  }

  #certificateAuthority(): Promise<CertificateAuthority> {
    if (this.#authority === null) {
      const { store, secrets, developmentKeys } = this.#options;
      this.#authority = developmentKeys ? developmentAuthority() : installationAuthority(store.installation, secrets);
      this.#authority.catch(() => {
        this.#authority = null;
      });
    }
    return this.#authority;
  }
}
