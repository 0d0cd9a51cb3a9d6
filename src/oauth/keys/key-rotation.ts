import type { Domain } from '../../domains/domain.ts';
import { DomainGone } from '../../domains/move-clock.ts';
import type { SigningKeyRow, StoreSession } from '../../store/store.ts';
import { developmentPair } from './development-pair.ts';
import { newKeyPair } from './key-pair.ts';
import { FIRST_KID, type KeyRing, type KeyRingOptions } from './key-ring.ts';

/** A signing key as the control plane shows it. */
export interface KeyFacts {
  readonly kid: string;
  /** Milliseconds since the Unix epoch, by the machine's clock. */
  readonly created: number;
  /** It signs the domain's tokens; the others verify only. */
  readonly signing: boolean;
}

/** The key that signs can't be retired: the domain would have none. */
export class SigningKeyKept extends Error {
  constructor(kid: string) {
    super(`${kid} signs the domain's tokens: make a new key first (POST /_emulator/keys)`);
    this.name = 'SigningKeyKept';
  }
}

/**
 * Changes a domain's set of signing keys. The epoch moves with every change, so that all processes sign with the new key, and
 * refuse a retired one, from their next request on.
 */
export class KeyRotation {
  readonly #options: KeyRingOptions;
  readonly #ring: KeyRing;

  constructor(options: KeyRingOptions, ring: KeyRing) {
    this.#options = options;
    this.#ring = ring;
  }

  /** The domain's keys, newest first; a domain that never used its key gets it now. */
  async list(domain: Domain): Promise<readonly KeyFacts[]> {
    await this.#ring.signer(domain);
    return factsOf(await this.#options.store.keys.list(domain.id));
  }

  /**
   * Makes a new key that signs from now on. The others stay published and verify.
   * @throws DomainGone when the domain was reset or deleted meanwhile
   */
  async rotate(domain: Domain): Promise<KeyFacts> {
    const { secrets, clock, developmentKeys } = this.#options;
    await this.#ring.signer(domain);
    const made = developmentKeys ? null : await newKeyPair();
    return await this.#change(domain, async (session) => {
      const rows = await session.keys.list(domain.id);
      const rotation = Math.max(0, ...rows.map((row) => rotationOf(row.kid))) + 1;
      const pair = made ?? (await developmentPair(domain.tenant, rotation));
      const key: SigningKeyRow = {
        kid: `${FIRST_KID}_${rotation + 1}`,
        privateKey: secrets.seal(pair.privatePem),
        publicJwk: pair.publicJwk,
        // Later than every other one, whatever the machines' clocks say: the newest signs.
        created: Math.max(clock.now(), ...rows.map((row) => row.created + 1)),
        active: true,
      };
      await session.keys.insert(domain.id, key);
      return { kid: key.kid, created: key.created, signing: true };
    });
  }

  /**
   * Takes a key out of the set: its tokens are not good any more.
   * @returns false when there is none of that kid
   * @throws SigningKeyKept, DomainGone
   */
  async retire(domain: Domain, kid: string): Promise<boolean> {
    return await this.#change(domain, async (session) => {
      const found = factsOf(await session.keys.list(domain.id)).find((key) => key.kid === kid);
      if (found?.signing) throw new SigningKeyKept(kid);
      return found !== undefined && (await session.keys.delete(domain.id, kid));
    });
  }

  /** One change of a domain's keys at a time: moving the epoch takes the lock of the domain's row. */
  async #change<T>(domain: Domain, work: (session: StoreSession) => Promise<T>): Promise<T> {
    return await this.#options.store.transaction(async (session) => {
      await session.domains.bumpEpoch(domain.id);
      if ((await session.domains.findByName(domain.name))?.id !== domain.id) throw new DomainGone(domain.name);
      return await work(session);
    });
  }
}

/** @param rows newest first: the first active one signs */
function factsOf(rows: readonly SigningKeyRow[]): readonly KeyFacts[] {
  const signing = rows.find((row) => row.active) ?? rows[0];
  return rows.map((row) => ({ kid: row.kid, created: row.created, signing: row === signing }));
}

/** 0 for the first key, then 1, 2 ...: what its kid says. */
function rotationOf(kid: string): number {
  const number = kid.startsWith(`${FIRST_KID}_`) ? Number(kid.slice(FIRST_KID.length + 1)) : 1;
  return Number.isSafeInteger(number) ? number - 1 : 0;
}
