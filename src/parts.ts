import type { FastifyInstance } from 'fastify';
import type { ClientConfig } from 'pg';
import { buildApp } from './app.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Config, ConfigError } from './config.ts';
import { type BirthServices, createBirthServices, createDomain, ensureDefaultDomain } from './domains/birth.ts';
import type { Domain } from './domains/domain.ts';
import { adminPasswordViolations } from './domains/first-principals.ts';
import { bringContentUpToDate } from './domains/missing-content.ts';
import { DomainRegistry } from './domains/registry.ts';
import { deleteDomain, resetDomain } from './domains/reset.ts';
import { applySeeds } from './domains/seeds/apply.ts';
import { givenCredentials, ownCredentials, type TlsCredentials } from './http/tls-certificate.ts';
import { randomIds, seededIds } from './ids.ts';
import { Inbox } from './inbox/inbox.ts';
import { smtpRelay } from './inbox/smtp-relay.ts';
import type { Log } from './log.ts';
import { KeyRing } from './oauth/keys/key-ring.ts';
import { KeyRotation } from './oauth/keys/key-rotation.ts';
import { createPasswordHasher } from './resources/argon2-hasher.ts';
import { resolveInstallationKey } from './resources/installation-key.ts';
import { createSecretBox } from './resources/secret-box.ts';
import type { DomainLife } from './server.ts';
import { openStore } from './store/postgres-store.ts';
import type { Store } from './store/store.ts';

/** How often expired tokens are removed, in milliseconds. */
const PURGE_INTERVAL_MS = 60_000;

/** The parts of one emulator on an open store, and the steps of its start that `startServer` puts in order. */
export interface Parts {
  readonly store: Store;
  readonly registry: DomainRegistry;
  readonly inbox: Inbox;
  readonly clock: Clock;
  readonly domains: DomainLife;
  /** Finds or makes the default domain, with the first principals. */
  prepareDefaultDomain(): Promise<void>;
  app(): Promise<FastifyInstance>;
  /** The HTTPS certificate: given, or of our own making. */
  tlsCredentials(): Promise<TlsCredentials>;
  /** Tells discovery the port for client certificates, and requests there the address that the domain has elsewhere. */
  mtlsOpened(port: number, mainUrl: string): void;
  /** Applies IDCS_SEED; health says "ok" from then on. */
  applySeeds(): Promise<void>;
  /** What can wait until the first request is served: keys made ahead, purges. */
  startBackground(): void;
  close(): Promise<void>;
}

/**
 * Opens the store and makes everything that stands on it.
 * @throws ConfigError for first principals that the password policy refuses
 */
export async function makeParts(
  config: Config,
  connection: ClientConfig,
  { log, version }: { log: Log; version: string },
): Promise<Parts> {
  const principals = principalsOf(config);
  const store = await openStore({ connection, log, isPrivate: config.databaseUrl === null });
  try {
    return await assemble(config, store, principals, { log, version });
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function assemble(
  config: Config,
  store: Store,
  principals: BirthServices['principals'],
  { log, version }: { log: Log; version: string },
): Promise<Parts> {
  const clock = systemClock;
  const ids = config.idSeed === null ? randomIds : seededIds(config.idSeed);
  const { key } = await resolveInstallationKey(store.installation, config.secretKey?.toString('base64') ?? null);
  const secrets = createSecretBox(key);
  const passwords = createPasswordHasher();
  const registry: DomainRegistry = new DomainRegistry({
    domains: store.domains,
    defaultName: config.domainName,
    clock,
    prepare: (domain) => bringContentUpToDate(birth, domain),
  });
  const keyRing = { store, secrets, clock, log, developmentKeys: config.idSeed !== null };
  const keys = new KeyRing(keyRing);
  const relay = config.smtpUrl === null ? null : smtpRelay(config.smtpUrl);
  const inbox = new Inbox({
    store,
    ids,
    clockOf: (domain) => registry.clockOf(domain),
    log,
    ...(relay === null ? {} : { relay }),
  });
  const birth = createBirthServices({
    store,
    ids,
    passwords,
    secrets,
    clock,
    log,
    principals,
    defaultDomain: config.domainName,
    seeds: config.seeds,
    ...(config.issuer === 'domain' ? {} : { settings: { issuer: config.issuer } }),
  });
  let defaultDomain: Domain | null = null;
  let seeded = false;
  let tls: TlsCredentials | null = null;
  let mtlsPort: number | null = null;
  let mainUrl: string | null = null;
  let purging: NodeJS.Timeout | undefined;
  return {
    store,
    registry,
    inbox,
    clock,
    domains: {
      create: (name, seeds) => createDomain(birth, { name, seeds }),
      reset: (name) => resetDomain(birth, name),
      delete: (name) => deleteDomain(birth, name),
    },
    prepareDefaultDomain: async () => {
      defaultDomain = await ensureDefaultDomain(birth);
    },
    app: () =>
      buildApp({
        config,
        version,
        store,
        registry,
        birth,
        keys,
        keyRotation: new KeyRotation(keyRing, keys),
        inbox,
        passwords,
        secrets,
        ids,
        log,
        caPem: () => tls?.ca ?? null,
        mtlsPort: () => mtlsPort,
        mainUrl: () => mainUrl,
        ready: () => seeded,
      }),
    tlsCredentials: async () => {
      tls =
        config.tlsCert !== null && config.tlsKey !== null
          ? givenCredentials(config.tlsCert, config.tlsKey)
          : await ownCredentials(store, secrets, config.host);
      return tls;
    },
    mtlsOpened: (port, url) => {
      mtlsPort = port;
      mainUrl = url;
    },
    applySeeds: async () => {
      const domain = await registry.resolve(config.domainName);
      if (domain) await applySeeds(birth, domain, config.seeds);
      seeded = true;
    },
    startBackground: () => {
      if (defaultDomain) void keys.warm(defaultDomain);
      void birth.purge.run();
      purging = setInterval(() => void purgeExpired(store, clock, log), PURGE_INTERVAL_MS);
      purging.unref();
    },
    close: async () => {
      clearInterval(purging);
      await birth.purge.stop();
      await relay?.close();
      await keys.close();
      await store.close();
    },
  };
}

function principalsOf(config: Config): BirthServices['principals'] {
  const { adminUserName, adminPassword, clientId, clientSecret } = config;
  // The configuration fills both in or refuses to start.
  const principals = { adminUserName, adminPassword: adminPassword!, clientId, clientSecret: clientSecret! };
  const refused = adminPasswordViolations(principals);
  if (refused.length > 0) throw new ConfigError(`IDCS_ADMIN_PASSWORD: ${refused.join(' ')}`);
  return principals;
}

/** Removes expired tokens, old audit events and what is left of broken uploads, of all domains; each domain's own clock decides. */
async function purgeExpired(store: Store, clock: Clock, log: Log): Promise<void> {
  try {
    await store.tokens.purge(clock.now());
    await store.audit.purge(clock.now());
    await store.files.purge();
  } catch (error) {
    log.warn({ err: error }, 'could not remove what has expired');
  }
}
