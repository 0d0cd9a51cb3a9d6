// Builds dist/: the Prisma client, the compiled TypeScript and the data files that run time reads.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @param {string} script path of a package's command, run by this Node so that no shell or PATH is involved */
const run = (script, ...args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root, stdio: 'inherit' });

rmSync(join(root, 'dist'), { recursive: true, force: true });
run('prisma/build/index.js', 'generate');
run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
cpSync(join(root, 'src/schemas'), join(root, 'dist/schemas'), {
  recursive: true,
  filter: (source) => !source.endsWith('.ts'),
});
