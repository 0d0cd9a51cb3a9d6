import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type Binaries, linkLibraries, locateBinaries } from './binaries.ts';
import { PrivatePostgresError, systemCode } from './errors.ts';
import { chooseRoot, temporaryRoots } from './private-directory.ts';
import { copyOf, placeFor } from './shared-place.ts';
import { type RunAs, reachable, unprivilegedUser } from './unprivileged-user.ts';

/** Where everything lies for one start, and whose it is. */
export interface Placement {
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  /** Where the private directory is made. */
  readonly temporaryRoot: string;
  /** PostgreSQL's data directory, which need not exist yet; null when nothing is kept. */
  readonly data: string | null;
  /** One line for each thing that is not where one would look for it. */
  readonly notes: readonly string[];
}

/**
 * Decides where the server and its data lie. As root that depends on what the unprivileged user can reach.
 * @param dataDir the directory for the data, made when missing; null: nothing is kept
 * @throws PrivatePostgresError when there is no such place
 */
export function placeServer(dataDir: string | null): Placement {
  const packaged = locateBinaries();
  const home = dataDir === null ? null : makeHome(dataDir);
  const runAs = (home === null ? null : ownerOf(home)) ?? unprivilegedUser();
  const open = runAs ? openTo(runAs, packaged, home) : null;
  const notes: string[] = [];
  const binaries = placeBinaries(packaged, open, notes);
  const data = home === null ? null : placeData(home, open, notes);
  return { binaries, runAs, temporaryRoot: chooseRoot(open), data, notes };
}

/** What the server's user can use of all the places in question. */
function openTo(runAs: NonNullable<RunAs>, packaged: Binaries, home: string | null): ReadonlySet<string> {
  const open = reachable(runAs, [program(packaged), ...temporaryRoots(), ...(home === null ? [] : [home])]);
  if (home === null || open.has(home) || !isOursAndEmpty(home)) return open;
  // A new directory that is closed by itself (mktemp -d) and not by its parents: let the user through, not in.
  const { mode } = statSync(home);
  chmodSync(home, mode | 0o011);
  if (reachable(runAs, [home]).size === 0) chmodSync(home, mode);
  else open.add(home);
  return open;
}

function isOursAndEmpty(home: string): boolean {
  return statSync(home).uid === process.getuid?.() && readdirSync(home).length === 0;
}

function program(binaries: Binaries): string {
  return join(binaries.root, 'bin', 'postgres');
}

function makeHome(dataDir: string): string {
  try {
    mkdirSync(resolve(dataDir), { recursive: true });
    return realpathSync(dataDir);
  } catch (error) {
    throw new PrivatePostgresError(
      'directory',
      `IDCS_DATA_DIR ${dataDir} cannot be made (${systemCode(error)}): name a directory that can.`,
    );
  }
}

/** As root: an ordinary user's data stays that user's, so that sudo once does not lock them out. */
function ownerOf(home: string): RunAs {
  if (process.getuid?.() !== 0) return null;
  const owner = statSync(join(home, 'postgres'), { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : null;
}

function placeBinaries(packaged: Binaries, open: ReadonlySet<string> | null, notes: string[]): Binaries {
  if ((open === null || open.has(program(packaged))) && linkLibraries(packaged)) return packaged;
  const copy = copyOf(packaged);
  notes.push(`PostgreSQL runs from a copy in ${copy.root}: its user cannot use ${packaged.root}`);
  return copy;
}

function placeData(home: string, open: ReadonlySet<string> | null, notes: string[]): string {
  const data = join(home, 'postgres');
  const found = lstatSync(data, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) return movedData(home, data, notes);
  if (open === null || open.has(home)) return data;
  if (found && existsSync(join(data, 'PG_VERSION'))) {
    throw new PrivatePostgresError(
      'directory',
      `${data} cannot be reached by the user that PostgreSQL runs as: open the way to it (chmod o+x), or run the emulator as the owner.`,
    );
  }
  const moved = join(placeFor(home), 'postgres');
  symlinkSync(moved, data);
  notes.push(`data is kept in ${moved}: PostgreSQL's user cannot reach ${home}`);
  return moved;
}

/** An earlier start has moved the data: it stays where it is. */
function movedData(home: string, link: string, notes: string[]): string {
  const moved = resolve(home, readlinkSync(link));
  const gone = !existsSync(moved);
  if (gone && moved === join(placeFor(home), 'postgres'))
    notes.push(`the data that was kept in ${moved} is gone: starting anew`);
  else if (gone)
    throw new PrivatePostgresError(
      'directory',
      `${link} points to ${moved}, which is not there: remove the link, or put the data back.`,
    );
  else notes.push(`data is kept in ${moved}, to which ${link} points`);
  return moved;
}
