import type { ClockSetting } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { JsonObject } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';

/*
 * What the rest of the emulator asks of the store. One implementation, over PostgreSQL (postgres-store.ts).
 * All times are milliseconds since the Unix epoch. All strings that name a type are ResourceType names.
 */

/** A resource row. */
export interface StoredResource {
  readonly id: string;
  readonly ocid: string | null;
  readonly type: string;
  /** Order of creation inside the domain: the default order of lists. */
  readonly seq: number;
  /** meta.version: 32 hex digits, new with every change. */
  readonly version: string;
  readonly created: number;
  readonly lastModified: number;
  /** The attributes whose storage is `data`, canonical names, extension objects under their URN. */
  readonly data: JsonObject;
}

/** What a write of a resource carries. */
export interface ResourceWrite {
  readonly type: ResourceType;
  readonly id: string;
  readonly ocid: string | null;
  readonly version: string;
  readonly lastModified: number;
  readonly data: JsonObject;
  /** Never-returned state of the row (password hash, history, encrypted client secret); undefined leaves it as it is. */
  readonly secret?: JsonObject | null;
  /** Audit events of the write: inserted by the same statement, if the row is written. */
  readonly events?: readonly AuditEventWrite[];
}

/** An audit event to be kept. Nothing changes it afterwards. */
export interface AuditEventWrite {
  /** The compiled type AuditEvent. */
  readonly type: ResourceType;
  readonly id: string;
  /** The attribute `timestamp`: when it happened. */
  readonly time: number;
  /** meta.created: when it was written. */
  readonly created: number;
  readonly data: JsonObject;
}

/** Audit events: written here, and read as resources of their type. */
export interface AuditRows {
  /** Some hundred a statement. */
  insert(domainId: number, events: readonly AuditEventWrite[]): Promise<void>;
  /**
   * Removes events that are older than their domain's Settings.auditEventRetentionPeriod by the domain's own clock.
   * @param now the machine's time, in milliseconds
   */
  purge(now: number): Promise<number>;
}

/** A reference to look up: by id or OCID. */
export interface ReferenceKey {
  readonly type: string;
  readonly key: string;
}

/** What a reference was found to point to. */
export interface ResolvedReference {
  readonly type: string;
  readonly id: string;
  readonly ocid: string | null;
  /** displayName of the target, else its userName or name. */
  readonly display: string | null;
  readonly data: JsonObject;
}

/** A search, already bound to its type. */
export interface ResourceQuery {
  readonly type: ResourceType;
  readonly filter: Filter | null;
  /** null: order of creation. */
  readonly sortBy: Attribute | null;
  readonly descending: boolean;
  /** Rows to skip, from 0. */
  readonly offset: number;
  /** Rows to return at most; 0 returns only the total. */
  readonly limit: number;
  /** Also the resources that are no rows but follow from others (implied-rows.ts); what deletes what it finds leaves them out. */
  readonly implied?: boolean;
}

export interface ResourcePage {
  /** Exact number of matches. */
  readonly total: number;
  readonly resources: readonly StoredResource[];
}

/** Resource rows. Every method is one statement, unless it runs inside `Store.transaction`. */
export interface ResourceRows {
  /** By id or OCID; null when there is none. */
  read(domainId: number, type: string, key: string): Promise<StoredResource | null>;
  /** As `read`, with the never-returned state. `lock`: hold the row until the transaction ends. */
  readWithSecret(
    domainId: number,
    type: string,
    key: string,
    options?: { lock?: boolean },
  ): Promise<(StoredResource & { secret: JsonObject | null }) | null>;
  /**
   * The never-returned state of many rows in one statement, by id; rows that are gone are missing. For computed attributes
   * of a page (App.clientSecret), so that a list of apps does not cost one statement per app.
   */
  readSecrets(domainId: number, type: string, ids: readonly string[]): Promise<ReadonlyMap<string, JsonObject | null>>;
  /** By a promoted `name` column (userName, App.name), without regard to case. */
  readByName(
    domainId: number,
    type: string,
    name: string,
  ): Promise<(StoredResource & { secret: JsonObject | null }) | null>;
  /** Resolves references in one statement; what was not found is missing from the map. Map keys: `type:key`. */
  resolve(domainId: number, keys: readonly ReferenceKey[]): Promise<ReadonlyMap<string, ResolvedReference>>;
  search(domainId: number, query: ResourceQuery): Promise<ResourcePage>;
  /** A resource that is no row but follows from others, by its id; null when there is none. */
  readImplied(domainId: number, type: ResourceType, id: string): Promise<StoredResource | null>;
  /** Rows of several types whose attribute has a value, at most `limit`: as a search for each, in one statement. */
  having(
    domainId: number,
    where: readonly { readonly type: ResourceType; readonly attribute: Attribute }[],
    value: string,
    limit: number,
  ): Promise<readonly { readonly type: string; readonly id: string }[]>;
  /**
   * Inserts a row, its search copy, unique keys and counter in one statement.
   * @returns the row's seq
   * @throws UniqueViolation
   */
  insert(domainId: number, write: ResourceWrite, created: number): Promise<number>;
  /** Many rows of any types at once (seeds, a domain's birth, bulk loads): a few statements however many rows. */
  insertMany(domainId: number, writes: readonly ResourceWrite[], created: number): Promise<void>;
  /**
   * Replaces data (and secret when given) if the row still has `expectedVersion` (null: whatever it has).
   * @returns false when it hasn't: changed or deleted meanwhile
   * @throws UniqueViolation
   */
  update(domainId: number, write: ResourceWrite, expectedVersion: string | null): Promise<boolean>;
  /** Sets version and lastModified only (a change of edges). False when the row is gone or the version differs. */
  touch(
    domainId: number,
    type: string,
    id: string,
    change: { version: string; lastModified: number; expectedVersion: string | null },
  ): Promise<boolean>;
  /** Changes only the never-returned state: neither version nor lastModified move. */
  updateSecret(domainId: number, type: string, id: string, secret: JsonObject | null): Promise<boolean>;
  /** Deletes row, unique keys and all edges from and to it, and counts down. False when gone or of another version. */
  delete(
    domainId: number,
    type: string,
    id: string,
    expectedVersion: string | null,
    events?: readonly AuditEventWrite[],
  ): Promise<boolean>;
}

/** A directed relation between two resources. */
export interface Edge {
  readonly kind: string;
  readonly sourceId: string;
  readonly targetId: string;
  readonly targetType: string;
}

/** An edge as read, with what the other end shows. `resource` is the end that was not asked by. */
export interface EdgeRow extends Edge {
  readonly created: number;
  readonly other: {
    readonly id: string;
    readonly ocid: string | null;
    readonly display: string | null;
    readonly data: JsonObject;
  };
}

export interface EdgePageQuery {
  readonly kind: string;
  readonly end: 'source' | 'target';
  /** The resources whose edges are wanted. */
  readonly ids: readonly string[];
  /** Applied per resource; absent: all of them, up to `cap` in total. */
  readonly page?: { readonly offset: number; readonly limit: number };
  /** Only edges whose other end is this id. */
  readonly otherId?: string;
  /** Only edges whose target has one of these types. */
  readonly targetTypes?: readonly string[];
}

/** Edge rows: group membership, AppRole membership. */
export interface EdgeRows {
  /** Adds edges; those that exist stay as they are. @returns the targets of those that were new */
  add(domainId: number, edges: readonly Edge[], created: number): Promise<readonly string[]>;
  /** Removes the named targets, or with null all of the source's edges of that kind. @returns the targets that were removed */
  remove(
    domainId: number,
    kind: string,
    sourceId: string,
    targetIds: readonly string[] | null,
  ): Promise<readonly string[]>;
  /** Removes the source's edges of that kind whose target is not named, in one statement. @returns the targets that were removed */
  keepOnly(domainId: number, kind: string, sourceId: string, targetIds: readonly string[]): Promise<readonly string[]>;
  /** Edges by resource id, in the order they were added. One statement for any number of ids. */
  page(domainId: number, query: EdgePageQuery): Promise<ReadonlyMap<string, readonly EdgeRow[]>>;
  count(domainId: number, kind: string, end: 'source' | 'target', id: string): Promise<number>;
}

/** A resource whose edges of one kind lead to what a filter chooses. */
export interface RuledSource {
  readonly sourceId: string;
  readonly filter: Filter;
}

/** Ids of the resources whose edge to one target came or went. */
export interface MovedSources {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Edges whose targets a filter chooses: the members of dynamic groups. For use inside a transaction. */
export interface RuledEdges {
  /**
   * Holds a domain's rules as they are until the transaction ends: `follow` beside others that follow them, `change` alone. Who
   * changes a rule so sees all that was written before, and who writes later sees the new rule.
   */
  hold(domainId: number, mode: 'follow' | 'change'): Promise<void>;
  /** Makes the source's edges those to all rows of a type that the filter chooses. Two statements, however many rows. */
  settle(
    domainId: number,
    rule: RuledSource & { readonly kind: string; readonly type: ResourceType },
    created: number,
  ): Promise<{ readonly added: number; readonly removed: number }>;
  /** Asks rules whether they choose one row, and moves the edges to it that differ. One statement for a hundred rules. */
  follow(
    domainId: number,
    target: { readonly kind: string; readonly type: ResourceType; readonly id: string },
    rules: readonly RuledSource[],
    created: number,
  ): Promise<MovedSources>;
}

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
