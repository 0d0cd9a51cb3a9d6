#!/usr/bin/env node
import { ConfigError, configFromEnvironment, configWarnings, SETTINGS } from './config.ts';
import { VERSION } from './version.ts';

/** Milliseconds that running requests get at a stop (design: contract, "stop"). */
const GRACE_MS = 10_000;

const HELP = `idcs-emulator ${VERSION}: a local OCI identity domain

Usage: idcs-emulator [command]

Commands:
  start     start the emulator (default)
  migrate   bring the database up to date and exit

Options:
  --version   print the version
  --help      print this

Settings are environment variables:
${Object.values(SETTINGS)
  .map((each) => `  ${each.variable.padEnd(22)} ${each.default}`)
  .join('\n')}
`;

async function main(command: string | undefined, further: string | undefined): Promise<void> {
  if (command === '--version' || command === '-v') return print(VERSION);
  if (command === '--help' || command === '-h') return print(HELP);
  if (command !== undefined && command !== 'start' && command !== 'migrate') {
    throw new ConfigError(`${command}: no such command; see --help`);
  }
  if (further === '--help' || further === '-h') return print(HELP);
  if (further !== undefined)
    throw new ConfigError(`${further}: no such option; settings are environment variables, see --help`);
  const config = configFromEnvironment(process.env);
  const [{ startServer, migrateOnly }, { createLogger }] = await Promise.all([
    import('./server.ts'),
    import('./logger.ts'),
  ]);
  const log = await createLogger(config.logLevel);
  if (command === 'migrate') {
    const { applied, store } = await migrateOnly(config, log);
    return print(applied.length === 0 ? `${store} is up to date` : `${store}: applied ${applied.join(', ')}`);
  }
  for (const warning of configWarnings(config)) log.warn({}, warning);
  const stopEarly = new AbortController();
  onStopSignal(() => stopEarly.abort());
  const server = await startServer(config, { log, signal: stopEarly.signal });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    server.stop(GRACE_MS).then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  if (stopEarly.signal.aborted) return stop();
  stopEarly.signal.addEventListener('abort', stop);
  const mtls = server.mtlsUrl === null ? '' : `\n  mtls    ${server.mtlsUrl}`;
  print(`idcs-emulator ${VERSION} is ready at ${server.url}${server.tlsUrl === null ? '' : ` and ${server.tlsUrl}`}${mtls}
  store   ${server.describeStore()}
  admin   ${config.adminUserName}
  client  ${config.clientId}`);
}

function onStopSignal(stop: () => void): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line for what a person can mend; a stack only for what is our fault. */
function fail(error: unknown): never {
  const known = error instanceof Error && KNOWN.has(error.name);
  const text = known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`idcs-emulator: ${text}\n`);
  process.exit(1);
}

/** Errors whose message was written for the person who starts the emulator. */
const KNOWN = new Set([
  'BadDomainName',
  'ConfigError',
  'MigrationError',
  'PrivatePostgresError',
  'SeedError',
  'StoreUnavailable',
  'WrongInstallationKey',
]);

main(process.argv[2], process.argv[3]).catch(fail);
