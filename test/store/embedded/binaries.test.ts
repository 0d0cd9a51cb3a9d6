import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Binaries,
  linkLibraries,
  locateBinaries,
  majorVersion,
  serverVersion,
} from '../../../src/store/embedded/binaries.ts';
import { copyOf, placeFor } from '../../../src/store/embedded/shared-place.ts';
import { reachable, unprivilegedUser } from '../../../src/store/embedded/unprivileged-user.ts';

const asRoot = process.getuid?.() === 0;

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'idcs-test-'));
  chmodSync(directory, 0o755);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The package as it is unpacked where install scripts are off: no links. */
function unlinked(): Binaries {
  const packaged = locateBinaries();
  const root = join(temporary(), 'native');
  cpSync(packaged.root, root, { recursive: true, filter: (source) => !lstatSync(source).isSymbolicLink() });
  return { ...packaged, root };
}

function run(binaries: Binaries, command: string): string {
  return execFileSync(join(binaries.root, 'bin', command), ['--version'], {
    ...unprivilegedUser(),
    cwd: '/',
    encoding: 'utf8',
  });
}

test.each(['freebsd-x64', 'linux-riscv64', 'aix-ppc64'])(
  '%s, which has no binaries, gets one line that says what to do',
  (platform) => {
    expect(() => locateBinaries(platform)).toThrow(
      expect.objectContaining({
        code: 'platform',
        message: expect.stringMatching(
          new RegExp(`^No PostgreSQL binaries for ${platform}.*DATABASE_URL.*docker compose[^\\n]*$`),
        ),
      }),
    );
  },
);

test.runIf(process.platform === 'linux')('a platform whose C library is missing gets the same line', () => {
  const foreign = process.arch === 'arm64' ? 'linux-x64' : 'linux-arm64';
  expect(() => locateBinaries(foreign)).toThrow(/glibc.*DATABASE_URL/);
});

test('the versions are those of the server and of its data', () => {
  const binaries = { root: '', release: '18.4.0-beta.17' };
  expect([majorVersion(binaries), serverVersion(binaries)]).toEqual(['18', '18.4']);
});

test('links that no install script has made are made once, and the programs run', () => {
  const binaries = unlinked();
  expect(linkLibraries(binaries)).toBe(true);
  expect(linkLibraries(binaries)).toBe(true);
  expect(run(binaries, 'initdb')).toContain('18');
  expect(run(binaries, 'postgres')).toContain('18');
  const links = JSON.parse(readFileSync(join(binaries.root, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of links) expect(lstatSync(join(binaries.root, '..', target)).isSymbolicLink()).toBe(true);
});

test('a copy is made once, with its links, readable by all', () => {
  const shared = temporary();
  const binaries = unlinked();
  const copy = copyOf(binaries, shared);
  expect(run(copy, 'postgres')).toContain('18');
  const marker = join(copy.root, 'marker');
  writeFileSync(marker, '');
  expect(copyOf(binaries, shared)).toEqual(copy);
  expect(lstatSync(marker).isFile()).toBe(true);
});

test.runIf(!asRoot)('links that cannot be made are reported', () => {
  const binaries = unlinked();
  for (const directory of [join(binaries.root, 'lib')]) chmodSync(directory, 0o555);
  expect(linkLibraries(binaries)).toBe(false);
  chmodSync(join(binaries.root, 'lib'), 0o755);
});

test('a shared place is the same each time and another for another directory', () => {
  const shared = temporary();
  expect(placeFor('/root/.idcs-data', shared)).toBe(placeFor('/root/.idcs-data', shared));
  expect(placeFor('/root/.idcs-data', shared)).not.toBe(placeFor('/home/.idcs-data', shared));
});

test('a shared place that others may write to is refused', () => {
  const shared = temporary();
  chmodSync(placeFor('/root/data', shared), 0o777);
  expect(() => placeFor('/root/data', shared)).toThrow(expect.objectContaining({ code: 'directory' }));
});

test.runIf(asRoot)('a shared place that another user has made is refused', () => {
  const shared = temporary();
  const user = unprivilegedUser()!;
  chownSync(placeFor('/root/data', shared), user.uid, user.gid);
  expect(() => placeFor('/root/data', shared)).toThrow(expect.objectContaining({ code: 'directory' }));
});

test.runIf(asRoot)('what the unprivileged user can enter is found by trying', () => {
  const directory = temporary();
  for (const name of ['open', 'closed', 'closed/inner', "it's; $(odd)"])
    mkdirSync(join(directory, name), { mode: 0o755 });
  chmodSync(join(directory, 'closed'), 0o700);
  const all = ['open', 'closed', 'closed/inner', "it's; $(odd)", 'missing'].map((name) => join(directory, name));
  expect([...reachable(unprivilegedUser()!, all)]).toEqual([all[0], all[3]]);
});
