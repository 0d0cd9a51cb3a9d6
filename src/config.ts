import * as z from 'zod';
import { isNewDomainName } from './domains/domain-name.ts';

/*
 * Every setting in one place: its variable, default, allowed values and documentation. docs/configuration.md is written from
 * this table; a test fails when the two differ.
 */

/** Fixed secrets for development on loopback. Documented, so that a first curl needs no look-up; refused elsewhere. */
export const DEVELOPMENT_ADMIN_PASSWORD = 'Idcs-Emulator-2026';
export const DEVELOPMENT_CLIENT_SECRET = 'idcs-emulator-secret';

const DEFAULT_ISSUER = 'https://identity.oraclecloud.com/';

const HIDDEN = '(hidden)';

interface Setting<T> {
  readonly variable: string;
  readonly parser: z.ZodType<T>;
  /** What the value may be, in words: printed when it isn't. */
  readonly allowed: string;
  /** What stands when the variable is unset or empty, as documentation prints it. */
  readonly default: string;
  readonly about: string;
  /** The value is never printed. */
  readonly secret?: boolean;
}

const text = z.string().min(1);
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
// Digits only: Number() reads 1e3, 0x50 and blanks too.
const whole = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);
const port = whole.pipe(z.number().max(65535));
const url = z.url({ protocol: /^https?$/ }).refine((value) => {
  const parsed = URL.canParse(value) ? new URL(value) : null;
  return parsed !== null && !/[?#]/.test(value) && parsed.username + parsed.password === '';
});
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const key = z
  .base64()
  .transform((value) => Buffer.from(value, 'base64'))
  .refine((bytes) => bytes.length === 32);

/** What `new URL` takes for one, with a host and nothing after it; a user name needs a password. */
function isSmtpUrl(value: string): boolean {
  if (!/^smtps?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { hostname, pathname, search, hash, username, password } = new URL(value);
  if (hostname === '' || !/^\/?$/.test(pathname) || search + hash !== '') return false;
  return (username === '') === (password === '') && isDecodable(username + password);
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

function setting<T>(
  variable: string,
  parser: z.ZodType<T>,
  facts: { allowed: string; default: string; about: string; secret?: boolean },
): Setting<T> {
  return { variable, parser, ...facts };
}

/** All settings by their name in `Config` and in the library's options. */
export const SETTINGS = {
  host: setting('IDCS_HOST', text, {
    allowed: 'a host name or IP address',
    default: '127.0.0.1',
    about: 'Address to listen on.',
  }),
  port: setting('IDCS_PORT', port, {
    allowed: 'a port, 0 to 65535 (0 picks a free one)',
    default: '8080',
    about: 'Port for HTTP.',
  }),
  tlsPort: setting('IDCS_TLS_PORT', port, {
    allowed: 'a port, 0 to 65535 (0 picks a free one)',
    default: '(off)',
    about: 'Port for HTTPS, beside HTTP. 8443 is usual.',
  }),
  tlsCert: setting('IDCS_TLS_CERT', text, {
    allowed: 'a file with a PEM certificate chain',
    default: '(one of our own making)',
    about: 'Certificate for HTTPS. Without it a CA and a certificate are made; the CA is at `/_emulator/ca.pem`.',
  }),
  tlsKey: setting('IDCS_TLS_KEY', text, {
    allowed: 'a file with a PEM private key',
    default: '(one of our own making)',
    about: 'Private key of `IDCS_TLS_CERT`.',
  }),
  baseUrl: setting(
    'IDCS_BASE_URL',
    url.transform((value) => value.replace(/\/+$/, '')),
    {
      allowed: 'an absolute http or https URL without user, query and fragment',
      default: "(from the request's Host)",
      about: 'Public address, when clients reach the emulator by another name than they ask for.',
    },
  ),
  trustProxy: setting('IDCS_TRUST_PROXY', flag, {
    allowed: 'true or false',
    default: 'false',
    about: 'Take host, protocol and client address from `X-Forwarded-*`.',
  }),
  databaseUrl: setting('DATABASE_URL', z.string().regex(/^postgres(ql)?:\/\//), {
    allowed: 'postgres://user:password@host:port/database',
    default: '(a private PostgreSQL)',
    about: 'PostgreSQL 15 or newer to keep everything in. Unset: the emulator starts one of its own.',
    secret: true,
  }),
  dataDir: setting('IDCS_DATA_DIR', text, {
    allowed: 'a directory, or :memory:',
    default: './.idcs-data',
    about: 'Data of the private PostgreSQL. `:memory:` keeps nothing.',
  }),
  adminUserName: setting('IDCS_ADMIN_USERNAME', text, {
    allowed: 'a user name',
    default: 'admin@example.com',
    about: 'First user of a new domain, Identity Domain Administrator.',
  }),
  adminPassword: setting('IDCS_ADMIN_PASSWORD', text, {
    allowed: 'a password that the default password policy accepts',
    default: `${DEVELOPMENT_ADMIN_PASSWORD} on loopback, otherwise none`,
    about: "The first user's password.",
    secret: true,
  }),
  clientId: setting('IDCS_CLIENT_ID', z.string().regex(/^[A-Za-z0-9._-]{1,100}$/), {
    allowed: 'letters, digits, dot, dash and underscore',
    default: 'idcs-admin',
    about: 'First OAuth client of a new domain, Identity Domain Administrator.',
  }),
  clientSecret: setting('IDCS_CLIENT_SECRET', text, {
    allowed: 'a secret',
    default: `${DEVELOPMENT_CLIENT_SECRET} on loopback, otherwise none`,
    about: "The first client's secret.",
    secret: true,
  }),
  insecure: setting('IDCS_INSECURE', flag, {
    allowed: 'true or false',
    default: 'false',
    about: 'Allow development secrets and `IDCS_ID_SEED` on a host that is not loopback (containers).',
  }),
  authz: setting('IDCS_AUTHZ', z.enum(['enforce', 'relaxed']), {
    allowed: 'enforce or relaxed',
    default: 'enforce',
    about: '`relaxed`: any valid token may do anything.',
  }),
  secretKey: setting('IDCS_SECRET_KEY', key, {
    allowed: '32 bytes in base64',
    default: '(made once and kept with the data)',
    about: 'Encrypts what must be shown again: client secrets, private keys.',
    secret: true,
  }),
  domainName: setting('IDCS_DOMAIN_NAME', z.string().refine(isNewDomainName), {
    allowed: 'letters, digits and dashes, at most 63; not localhost, null, undefined or idcs-...',
    default: 'Default',
    about: 'Name of the domain that answers on every host name.',
  }),
  issuer: setting('IDCS_ISSUER', z.union([z.literal('domain'), url]), {
    allowed: 'an absolute http or https URL without user, query and fragment, or domain',
    default: DEFAULT_ISSUER,
    about: "Issuer of tokens. `domain`: the domain's own base URL, for strict OpenID Connect clients.",
  }),
  idSeed: setting('IDCS_ID_SEED', whole.pipe(z.number().max(Number.MAX_SAFE_INTEGER)), {
    allowed: 'a whole number',
    default: '(random)',
    about: 'The same ids, OCIDs and secrets in every run. Never for anything but tests.',
  }),
  seeds: setting('IDCS_SEED', list, {
    allowed: 'a comma list of preset names and of YAML or JSON files',
    default: '(none)',
    about: 'Content to create at start. Preset: `cncc`. Applying a seed twice changes nothing.',
  }),
  logLevel: setting('IDCS_LOG_LEVEL', z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), {
    allowed: 'fatal, error, warn, info, debug, trace or silent',
    default: 'info',
    about: 'What is logged.',
  }),
  controlToken: setting('IDCS_CONTROL_TOKEN', z.string().min(16), {
    allowed: 'at least 16 characters',
    default: '(none: loopback callers only)',
    about: 'Bearer token that opens the control plane to callers that are not on loopback.',
    secret: true,
  }),
  mtlsPort: setting('IDCS_MTLS_PORT', port, {
    allowed: 'a port, 0 to 65535 (0 picks a free one)',
    default: '(off)',
    about:
      'Port for HTTPS with client certificates (the `secure_*` endpoints), with the same certificate as `IDCS_TLS_PORT`.',
  }),
  mtlsClientCa: setting('IDCS_MTLS_CLIENT_CA', text, {
    allowed: 'a file with PEM certificates',
    default: '(none: a certificate that its App lists will do)',
    about: 'CAs that must have issued client certificates.',
  }),
  devLogin: setting('IDCS_DEV_LOGIN', flag, {
    allowed: 'true or false',
    default: 'false',
    about:
      "List the domain's users on the sign-in page: a click signs in, without a password. Loopback only, or with `IDCS_INSECURE`.",
  }),
  smtpUrl: setting('IDCS_SMTP_URL', text.refine(isSmtpUrl), {
    allowed: 'smtp://user:password@host:port or smtps://...; user and port may be left out',
    default: '(none: nothing is sent)',
    about:
      'SMTP server that captured mail is sent to besides. Mails go to the addresses that users have: mind whose they are.',
    secret: true,
  }),
} as const;

type SettingName = keyof typeof SETTINGS;
type Parsed<N extends SettingName> = (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;

const DEFAULTS = {
  host: '127.0.0.1',
  port: 8080,
  trustProxy: false,
  dataDir: './.idcs-data',
  adminUserName: 'admin@example.com',
  clientId: 'idcs-admin',
  insecure: false,
  authz: 'enforce',
  domainName: 'Default',
  issuer: DEFAULT_ISSUER,
  seeds: [] as string[],
  logLevel: 'info',
  devLogin: false,
} as const satisfies { [N in SettingName]?: Parsed<N> };

type WithDefault = keyof typeof DEFAULTS | 'adminPassword' | 'clientSecret';

/** The emulator's settings, checked. Absent optional ones are null. */
export type Config = { readonly [N in SettingName]: N extends WithDefault ? Parsed<N> : Parsed<N> | null };

/** Options of the library face: the same settings by name, as values or as the text a variable would hold. */
export type EmulatorOptions = {
  readonly [N in SettingName]?:
    | Parsed<N>
    | string
    | (Parsed<N> extends string[] ? readonly string[] : never)
    | undefined;
};

/** A setting that can't be used: one line that names the variable, the value and what is allowed. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Reads the settings from environment variables. Empty ones count as unset.
 * @throws ConfigError for a bad value and for an IDCS_* variable that is none of ours
 */
export function configFromEnvironment(environment: NodeJS.ProcessEnv): Config {
  const known = new Set<string>(Object.values(SETTINGS).map((each) => each.variable));
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('IDCS_') && !known.has(variable)) {
      // A misspelt name of a secret still has the secret as its value.
      const value = /PASS|PWD|SECRET|TOKEN|KEY|URL/i.test(variable) ? HIDDEN : environment[variable];
      throw new ConfigError(`${variable}=${value}: no such setting; see docs/configuration.md for the ones there are`);
    }
  }
  const given = new Map<SettingName, string>();
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const value = environment[SETTINGS[name].variable];
    if (value !== undefined && value !== '') given.set(name, value);
  }
  return configFrom(given);
}

/**
 * Reads the settings from the library's options.
 * @throws ConfigError for a bad value and for an option that is none of ours
 */
export function configFromOptions(options: EmulatorOptions): Config {
  const given = new Map<SettingName, string>();
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(SETTINGS, name)) throw new ConfigError(`${name}: no such option`);
    if (value === undefined || value === null || value === '') continue;
    given.set(name as SettingName, Buffer.isBuffer(value) ? value.toString('base64') : String(value));
  }
  return configFrom(given);
}

function configFrom(given: ReadonlyMap<SettingName, string>): Config {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const one: Setting<unknown> = SETTINGS[name];
    const value = given.get(name);
    if (value === undefined) {
      values[name] = name in DEFAULTS ? DEFAULTS[name as keyof typeof DEFAULTS] : null;
      continue;
    }
    const parsed = one.parser.safeParse(value);
    if (!parsed.success) throw new ConfigError(`${one.variable}=${printed(one, value)}: allowed is ${one.allowed}`);
    values[name] = parsed.data;
  }
  return withSecrets(values as unknown as Config);
}

function printed(one: Setting<unknown>, value: string): string {
  return one.secret ? HIDDEN : value;
}

/** Rules between settings: development secrets only where nobody else can use them. */
function withSecrets(config: Config): Config {
  const safe = isLoopback(config.host) || config.insecure;
  const development = { adminPassword: DEVELOPMENT_ADMIN_PASSWORD, clientSecret: DEVELOPMENT_CLIENT_SECRET };
  const missing = (['adminPassword', 'clientSecret'] as const).filter((name) => config[name] === null);
  if (missing.length > 0 && !safe) {
    const names = missing.map((name) => SETTINGS[name].variable).join(' and ');
    throw new ConfigError(
      `IDCS_HOST=${config.host}: others can reach this address, so set ${names} (or IDCS_INSECURE=true to use the development values)`,
    );
  }
  if (config.idSeed !== null && !safe) {
    throw new ConfigError(
      `IDCS_ID_SEED=${config.idSeed}: makes every secret guessable, so it is allowed on a loopback IDCS_HOST only (or with IDCS_INSECURE=true)`,
    );
  }
  if (config.devLogin && !safe) {
    throw new ConfigError(
      'IDCS_DEV_LOGIN=true: lets everybody sign in as anybody, so it is allowed on a loopback IDCS_HOST only (or with IDCS_INSECURE=true)',
    );
  }
  if ((config.tlsCert === null) !== (config.tlsKey === null)) {
    throw new ConfigError('IDCS_TLS_CERT and IDCS_TLS_KEY: set both or neither');
  }
  if (config.mtlsClientCa !== null && config.mtlsPort === null) {
    throw new ConfigError(
      `IDCS_MTLS_CLIENT_CA=${config.mtlsClientCa}: needs IDCS_MTLS_PORT, the port for client certificates`,
    );
  }
  const filled = Object.fromEntries(missing.map((name) => [name, development[name]]));
  return { ...config, ...filled };
}

/**
 * Warnings for the log at every start: what is insecure on purpose.
 * @returns one sentence each
 */
export function configWarnings(config: Config): string[] {
  const warnings: string[] = [];
  if (config.devLogin) warnings.push('IDCS_DEV_LOGIN=true: whoever opens the sign-in page can sign in as anybody');
  if (isLoopback(config.host)) return warnings;
  if (config.insecure)
    warnings.push('IDCS_INSECURE=true: development secrets are accepted on an address that others can reach');
  if (config.secretKey === null) {
    warnings.push('IDCS_SECRET_KEY is unset: the key that encrypts client secrets is kept beside the data it protects');
  }
  return warnings;
}
