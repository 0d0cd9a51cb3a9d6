// npm run interop: installs this package when its lock file has changed, checks types, and runs real clients against dist/.
// Arguments go to vitest: npm run interop -- spring
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: 'inherit' });

if (!existsSync(`${root}dist/main.js`)) {
  console.error('interop: there is no dist/main.js; npm run build first.');
  process.exit(1);
}
// npm's shell script on Windows wants a shell; elsewhere none is needed.
const npm = (...args) =>
  execFileSync('npm', args, { cwd: here, stdio: 'inherit', shell: process.platform === 'win32' });
const lock = readFileSync(`${here}package-lock.json`, 'utf8');
const installed = `${here}node_modules/.installed-lock.json`;
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
  npm('ci');
  writeFileSync(installed, lock);
}

// In CI all of it runs; elsewhere what is missing is named and skipped.
if (process.env.CI === 'true') run(`${here}install.sh`, [], here);
const chrome = '/usr/bin/google-chrome';
const programs = {
  [existsSync(chrome) ? chrome : '/usr/bin/chromium']: 'all but oci-sdk',
  '/usr/lib/apache2/modules/mod_auth_openidc.so': 'mod_auth_openidc',
  '/usr/bin/oidc-agent': 'oidc-agent',
  '/usr/bin/mvn': 'Spring Boot',
  '/usr/bin/javac': 'Spring Boot',
};
const missing = Object.entries(programs).filter(([file]) => !existsSync(file));
for (const [file, tests] of missing)
  console.log(`interop: no ${file}: ${tests} skipped (test/interop/install.sh installs it)`);

run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', here, '--noEmit'], here);
const asked = process.argv.slice(2);
const hasBrowser = !missing.some(([, tests]) => tests === 'all but oci-sdk');
const chosen = hasBrowser ? asked : ['oci-sdk/', ...asked.filter((argument) => argument.startsWith('-'))];
const vitest = [`${root}node_modules/vitest/vitest.mjs`, 'run', '--root', here, ...chosen];
process.exit(spawnSync(process.execPath, vitest, { cwd: here, stdio: 'inherit' }).status ?? 1);
