import type { ClockSetting } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import type { JsonObject } from '../scim/json.ts';
import type { ResourceType } from '../scim/schema.ts';
import type { EdgeRows, RuledEdges } from './stored-edges.ts';
import type { AuditRows, ResourceRows, StoredResource } from './stored-resources.ts';

export type * from './stored-edges.ts';
export type * from './stored-resources.ts';

/*
 * What the rest of the emulator asks of the store. One implementation, over PostgreSQL (postgres-store.ts).
 * All times are milliseconds since the Unix epoch. All strings that name a type are ResourceType names.
 */

/** An RSA key pair of a domain as kept. */
export interface SigningKeyRow {
  readonly kid: string;
  /** PKCS #8 PEM, encrypted with IDCS_SECRET_KEY (see oauth/keys). */
  readonly privateKey: string;
  /** Public JWK with x5c, x5t, x5t#S256. */
  readonly publicJwk: JsonObject;
  readonly created: number;
  /** Newest active key signs; the others verify. */
  readonly active: boolean;
}

/** Signing keys: those of domains, and a pool of keys made ahead (domainId null). */
export interface SigningKeyRows {
  list(domainId: number): Promise<readonly SigningKeyRow[]>;
  insert(domainId: number | null, key: SigningKeyRow): Promise<void>;
  /** Takes a key from the pool for a domain, or null when the pool is empty. */
  takeFromPool(domainId: number, kid: string, created: number): Promise<SigningKeyRow | null>;
  /**
   * Adds the certificate to a key taken from the pool: sets its public JWK unless that has an `x5c` already, so that of two
   * processes that certify one key the first wins and both read the same.
   */
  certify(domainId: number, kid: string, publicJwk: JsonObject): Promise<void>;
  /** Removes a domain's key. @returns false when it was not there */
  delete(domainId: number, kid: string): Promise<boolean>;
  poolSize(): Promise<number>;
}

/** An AppRole that somebody holds: what tokens and rights need to know of it. */
export interface HeldRole {
  readonly displayName: string;
  /** Id of the App that the role belongs to (`IDCSAppId` for those that give rights over the domain). */
  readonly appId: string;
}

/** The groups and AppRoles of a user, as userinfo and identity tokens show them. */
export interface Memberships {
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  /** AppRoles of any App, held directly or through groups. */
  readonly appRoles: readonly {
    readonly id: string;
    readonly name: string;
    readonly appId: string;
    readonly appName: string | null;
    readonly adminRole: boolean;
  }[];
}

/** The subjects of tokens with their AppRoles, each in one statement: the token endpoint's hot path. */
export interface PrincipalRows {
  /** An App by its `name` (any case) with its secret state and the AppRoles granted to it. */
  client(
    domainId: number,
    name: string,
  ): Promise<{
    readonly app: StoredResource & { secret: JsonObject | null };
    readonly roles: readonly HeldRole[];
  } | null>;
  /** AppRoles that a user holds: granted to the user, to a group of the user's, or to one of `groupIds` (groups of everybody). */
  userRoles(domainId: number, userId: string, groupIds: readonly string[]): Promise<readonly HeldRole[]>;
  /** The groups that list a user, and the AppRoles as in `userRoles`, in order of name. */
  memberships(domainId: number, userId: string, groupIds: readonly string[]): Promise<Memberships>;
  /** Whether a Grant gives an App, or one of its AppRoles, to a user: the user's own, a group's, or one of `groupIds`. */
  hasGrant(domainId: number, appId: string, userId: string, groupIds: readonly string[]): Promise<boolean>;
}

/** Refresh tokens and other one-purpose tokens, by the SHA-256 of their value. */
export interface TokenRow {
  readonly hash: string;
  readonly kind: string;
  readonly created: number;
  readonly expires: number;
  readonly data: JsonObject;
}

export interface TokenRows {
  insert(domainId: number, token: TokenRow): Promise<void>;
  /** @param options `lock`: hold the row until the transaction ends */
  find(domainId: number, kind: string, hash: string, options?: { lock?: boolean }): Promise<TokenRow | null>;
  /** Reads and removes a row in one statement: of several that try, one gets it. Expiry is the caller's to check. */
  take(domainId: number, kind: string, hash: string): Promise<TokenRow | null>;
  /** Replaces a row's data and, when given, its expiry. @returns false when there is no such row */
  update(
    domainId: number,
    kind: string,
    hash: string,
    change: { readonly data: JsonObject; readonly expires?: number },
  ): Promise<boolean>;
  /**
   * Makes a row one of another kind, all its columns but the hash new; one statement.
   * @returns false when it was not there: of several that turn a row at once, one succeeds
   */
  turn(domainId: number, kind: string, row: TokenRow): Promise<boolean>;
  /** Which of the hashes have a row of that kind, whatever its expiry; one statement. */
  existing(domainId: number, kind: string, hashes: readonly string[]): Promise<ReadonlySet<string>>;
  /** @returns false when it was not there: single use is decided by who deletes it. */
  delete(domainId: number, kind: string, hash: string): Promise<boolean>;
  /** Remembers a value until it expires (jti replay). False when it was there already. */
  remember(domainId: number, kind: string, hash: string, expires: number): Promise<boolean>;
  /** Removes what has expired by its own domain's clock. @param now the machine's time, in milliseconds */
  purge(now: number): Promise<number>;
}

/** A captured mail, SMS or push. */
export interface MessageRow {
  readonly id: string;
  readonly channel: 'email' | 'sms' | 'push';
  readonly to: string;
  readonly subject: string | null;
  readonly created: number;
  readonly data: JsonObject;
}

export interface MessageRows {
  insert(domainId: number, message: MessageRow): Promise<void>;
  list(
    domainId: number,
    query: { to?: string; channel?: string; event?: string; after?: number; limit: number; offset: number },
  ): Promise<{ total: number; messages: readonly MessageRow[] }>;
  read(domainId: number, id: string): Promise<MessageRow | null>;
  delete(domainId: number, id: string | null): Promise<number>;
}

/** A file of a domain. */
export interface StoredFile {
  /** `files/202611260215/Users.csv` */
  readonly name: string;
  /** Key of its parts. */
  readonly id: string;
  readonly contentType: string;
  /** Whether it is given to anybody, without a token. */
  readonly isPublic: boolean;
  /** Bytes. */
  readonly size: number;
  readonly created: number;
}

/** Files, in parts. One is there from `publish` on. */
export interface FileRows {
  /** @param part from 0, without gaps */
  writePart(domainId: number, fileId: string, part: number, content: Buffer): Promise<void>;
  /** Gives parts that are all written a name; a file of that name before is replaced. */
  publish(domainId: number, file: StoredFile): Promise<void>;
  find(domainId: number, name: string): Promise<StoredFile | null>;
  /** null after the last one. */
  readPart(domainId: number, fileId: string, part: number): Promise<Buffer | null>;
  /** @returns false when there was none */
  delete(domainId: number, name: string): Promise<boolean>;
  /** Removes parts that never became a file. */
  discard(domainId: number, fileId: string): Promise<void>;
  /** Removes parts that belong to no file and are older than a day. @returns how many */
  purge(): Promise<number>;
}

/** What a job says of a row. Nothing changes it afterwards. */
export interface JobReportWrite {
  /** The compiled type JobReport. */
  readonly type: ResourceType;
  readonly id: string;
  readonly created: number;
  readonly data: JsonObject;
}

/** Jobs that run, and their reports. */
export interface JobRows {
  /** Some hundred a statement. */
  insertReports(domainId: number, reports: readonly JobReportWrite[]): Promise<void>;
  /** Says that this process runs a job, whose history has this id. */
  begin(domainId: number, historyId: string): Promise<void>;
  /** Says that it still does. @returns false when the job was taken for dead meanwhile */
  beat(domainId: number, historyId: string): Promise<boolean>;
  /** @returns false when the job was taken for dead meanwhile */
  end(domainId: number, historyId: string): Promise<boolean>;
  /** Removes the jobs of which nobody has said anything for so long. @returns ids of their histories: one caller gets each */
  takeDead(domainId: number, seconds: number): Promise<readonly string[]>;
}

export interface NewDomain {
  readonly name: string;
  readonly tenant: string;
  readonly ocid: string;
  readonly compartmentOcid: string;
  readonly tenancyOcid: string;
  readonly created: number;
  /** Which release's shipped content it is born with. */
  readonly contentVersion?: string;
}

/** Domains. */
export interface DomainRows {
  /** The domain with its settings; null when there is none of that name (any case). */
  findByName(name: string): Promise<Domain | null>;
  /** Only the internal id and epoch of a name: the check that every request makes. */
  epochOf(name: string): Promise<{ id: number; epoch: number } | null>;
  list(): Promise<readonly (Domain & { created: number })[]>;
  /** @returns the internal id @throws UniqueViolation when the name is taken */
  insert(domain: NewDomain): Promise<number>;
  setClock(domainId: number, clock: ClockSetting): Promise<void>;
  /** Makes every process read the domain's cached parts again. */
  bumpEpoch(domainId: number): Promise<void>;
  /** Which release's shipped content a domain has; null: nobody has noted it. */
  contentVersion(domainId: number): Promise<string | null>;
  setContentVersion(domainId: number, version: string): Promise<void>;
  /**
   * Takes the name away from a domain at once (its rows are removed later, in batches, by `purgeDropped`).
   * @returns false when it was not there
   */
  drop(name: string): Promise<boolean>;
  /** Removes rows of dropped domains in batches. @returns how many rows went */
  purgeDropped(batch?: number): Promise<number>;
}

/** Small values of the whole installation: schema facts, the made-once secret key. */
export interface InstallationRows {
  get(name: string): Promise<string | null>;
  /** Writes only when absent; @returns the value that now stands, so that two processes agree. */
  putIfAbsent(name: string, value: string): Promise<string>;
}

/** Everything that can run inside one transaction. */
export interface StoreSession {
  readonly resources: ResourceRows;
  readonly edges: EdgeRows;
  readonly ruledEdges: RuledEdges;
  readonly audit: AuditRows;
  readonly keys: SigningKeyRows;
  readonly principals: PrincipalRows;
  readonly tokens: TokenRows;
  readonly messages: MessageRows;
  readonly files: FileRows;
  readonly jobs: JobRows;
  readonly domains: DomainRows;
  readonly installation: InstallationRows;
  /** Runs `work`, which must not throw, when the transaction has been committed; without one, at once. */
  afterCommit(work: () => void): void;
}

/** The store. */
export interface Store extends StoreSession {
  /** Runs `work` in one transaction: all of it or, when it throws, nothing. Serialization failures and deadlocks are retried. */
  transaction<T>(work: (session: StoreSession) => Promise<T>): Promise<T>;
  /** A word on what is behind it, for /health and the start line: `private PostgreSQL 18.4` / `PostgreSQL 15.18`. */
  describe(): string;
  /** True when a statement can run now. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** A write hit a unique key: the attribute (canonical path) and the value. */
export class UniqueViolation extends Error {
  readonly attribute: string;
  readonly value: string;

  constructor(attribute: string, value: string) {
    super(`${attribute} is taken: ${value}`);
    this.name = 'UniqueViolation';
    this.attribute = attribute;
    this.value = value;
  }
}
