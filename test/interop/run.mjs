// npm run interop: installs this package when its lock file has changed, checks types, and runs real clients against dist/.
// Arguments go to vitest: npm run interop -- spring
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  [existsSync(chrome) ? chrome : '/usr/bin/chromium']: 'all but oci-sdk and scim2-tester',
  '/usr/lib/apache2/modules/mod_auth_openidc.so': 'mod_auth_openidc',
  '/usr/bin/oidc-agent': 'oidc-agent',
  '/usr/bin/mvn': 'Spring Boot',
  '/usr/bin/javac': 'Spring Boot',
};
const missing = Object.entries(programs).filter(([file]) => !existsSync(file));
for (const [file, tests] of missing)
  console.log(`interop: no ${file}: ${tests} skipped (test/interop/install.sh installs it)`);

// scim2-tester is a Python program: an environment of its own, made anew when its list of packages has changed.
const tester = `${here}scim2-tester/`;
const environment = `${tester}.venv/`;
const packages = readFileSync(`${tester}requirements.txt`, 'utf8');
const installedPackages = `${environment}installed.txt`;
if (!existsSync(installedPackages) || readFileSync(installedPackages, 'utf8') !== packages) {
  try {
    run('python3', ['-m', 'venv', '--clear', environment], here);
    run(`${environment}bin/pip`, ['install', '--quiet', '-r', `${tester}requirements.txt`], here);
    writeFileSync(installedPackages, packages);
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.log(`interop: no Python with venv and pip: scim2-tester skipped (${error.message})`);
    rmSync(environment, { recursive: true, force: true });
  }
}

run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', here, '--noEmit'], here);
const asked = process.argv.slice(2);
const hasBrowser = !missing.some(([, tests]) => tests.startsWith('all but'));
const withoutBrowser = ['oci-sdk', 'scim2-tester'];
const named = asked.filter((argument) => withoutBrowser.some((name) => argument.startsWith(name)));
const flags = asked.filter((argument) => argument.startsWith('-'));
const chosen = hasBrowser ? asked : [...(named.length > 0 ? named : withoutBrowser), ...flags];
const vitest = [`${root}node_modules/vitest/vitest.mjs`, 'run', '--root', here, ...chosen];
process.exit(spawnSync(process.execPath, vitest, { cwd: here, stdio: 'inherit' }).status ?? 1);
