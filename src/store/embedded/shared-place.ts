import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Binaries, linkLibraries } from './binaries.ts';
import { PrivatePostgresError, systemCode } from './errors.ts';
import type { RunAs } from './unprivileged-user.ts';

/*
 * Where things go that the user of the server cannot reach in their own place (a home of mode 0700, a read-only
 * node_modules): under /var/tmp, which outlives a reboot. Anyone may write there, so nothing is used that is not ours.
 */
const SHARED = '/var/tmp';

/**
 * A directory under /var/tmp named after `directory`, made when missing; the same for every start.
 * @throws PrivatePostgresError (`directory`) when another user has made it
 */
export function placeFor(directory: string, shared: string = SHARED): string {
  const name = basename(directory).replace(/[^\w-]/g, '') || 'data';
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  const place = join(shared, `idcs-emulator-${name}-${hash}`);
  try {
    mkdirSync(place, { mode: 0o755 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  mustBeOurs(place);
  return place;
}

/**
 * A copy of the binaries with their links, for a user who cannot read the originals or when the links cannot be made
 * there. Made once for each release.
 */
export function copyOf(binaries: Binaries, shared: string = SHARED): Binaries {
  const root = join(
    shared,
    `idcs-emulator-postgresql-${binaries.release}-${process.arch}-${process.getuid?.() ?? 0}`,
    'native',
  );
  const place = join(root, '..');
  const copy = { root, release: binaries.release };
  if (lstatSync(place, { throwIfNoEntry: false }) === undefined) {
    const draft = mkdtempSync(`${place}.`);
    cpSync(binaries.root, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    linkLibraries({ root: join(draft, 'native'), release: binaries.release });
    execFileSync('chmod', ['-R', 'a+rX', draft]);
    publish(draft, place);
  }
  mustBeOurs(place);
  return copy;
}

function publish(draft: string, place: string): void {
  try {
    renameSync(draft, place);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error; // else another process was first
  }
}

function mustBeOurs(place: string): void {
  const found = lstatSync(place);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return;
  throw new PrivatePostgresError(
    'directory',
    `${place} is needed for the private PostgreSQL, but was made by another user: remove it.`,
  );
}

/**
 * Removes a directory of the server's user, as that user: root following another user's names would be unsafe. The
 * directory itself may lie in one of ours, so its empty remains are removed by us.
 */
export function removeAs(user: RunAs, directory: string): void {
  if (user === null) {
    rmSync(directory, { recursive: true, force: true });
    return;
  }
  spawnSync('rm', ['-rf', '--', directory], { ...user, cwd: '/', stdio: 'ignore' });
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY'].includes(systemCode(error) ?? '')) throw error;
  }
}
