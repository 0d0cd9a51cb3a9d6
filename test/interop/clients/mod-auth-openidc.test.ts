import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { arrive, newPage, signIn } from '../support/browser.ts';
import { type Domain, newDomain, REAL_ISSUER } from '../support/domain.ts';
import { type Program, startProgram } from '../support/program.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/web-server.ts';

const APACHE = '/usr/sbin/apache2';
const MODULES = '/usr/lib/apache2/modules';

const running: Program[] = [];
afterAll(async () => {
  await Promise.all(running.map((program) => program.end()));
});

describe.skipIf(!existsSync(APACHE) || !existsSync(`${MODULES}/mod_auth_openidc.so`))('mod_auth_openidc', () => {
  test('strict mode: discovery, code with PKCE, userinfo, refresh, logout', async () => {
    const domain = await newDomain('strict');
    await journey(domain, await apache(domain, discovered(domain)));
  });

  test('default mode: the keys are closed, as those of the real service', async () => {
    const domain = await newDomain('default');
    const site = await apache(domain, discovered(domain));
    const page = await newPage();
    await page.goto(`${site.url}/private/`);
    await signIn(page, domain, `${site.url}/callback`);
    expect(await page.locator('body').innerText()).toContain('Error');
    const log = await site.log();
    expect(log).toContain('HTTP response code=401');
    expect(log).toContain('id_token signature could not be validated, aborting');
  });

  test('default mode: with the certificate of the signing key all works', async () => {
    const domain = await newDomain('default');
    const { keys } = await domain.admin('GET', '/SigningCert/jwk');
    const [leaf] = keys[0].x5c;
    const site = await apache(
      domain,
      [
        `OIDCProviderIssuer ${REAL_ISSUER}`,
        `OIDCProviderAuthorizationEndpoint ${domain.tlsUrl}/oauth2/v1/authorize`,
        `OIDCProviderTokenEndpoint ${domain.tlsUrl}/oauth2/v1/token`,
        `OIDCProviderTokenEndpointAuth client_secret_basic`,
        `OIDCProviderUserInfoEndpoint ${domain.tlsUrl}/oauth2/v1/userinfo`,
        `OIDCProviderEndSessionEndpoint ${domain.tlsUrl}/oauth2/v1/userlogout`,
        'OIDCProviderVerifyCertFiles SIGNING_KEY#signing.pem',
        // The module wants https of addresses that are given one by one.
        'OIDCCABundlePath ca.pem',
      ],
      {
        'signing.pem': `-----BEGIN CERTIFICATE-----\n${leaf}\n-----END CERTIFICATE-----\n`,
        'ca.pem': await domain.authority(),
      },
    );
    await journey(domain, site);
  });

  test('default mode: with signingCertPublicAccess the discovered provider works', async () => {
    const domain = await newDomain('default');
    await domain.openSigningKeys();
    await journey(domain, await apache(domain, discovered(domain)));
  });
});

const discovered = (domain: Domain) => [`OIDCProviderMetadataURL ${domain.url}/.well-known/openid-configuration`];

interface Site {
  readonly url: string;
  log(): Promise<string>;
}

/** Apache in the foreground with a configuration of its own and one protected page, which shows what the module passes on. */
async function apache(domain: Domain, provider: readonly string[], files: Record<string, string> = {}): Promise<Site> {
  const directory = await mkdtemp(join(inject('directory'), 'apache-'));
  await chmod(directory, 0o755);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const client = await domain.registerClient({
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [`${url}/bye.html`],
  });
  await mkdir(join(directory, 'pages/private'), { recursive: true });
  await writeFile(
    join(directory, 'pages/private/index.shtml'),
    '{"user":"<!--#echo var="REMOTE_USER" -->","email":"<!--#echo var="OIDC_CLAIM_email" -->","name":"<!--#echo var="OIDC_CLAIM_name" -->","token":"<!--#echo var="OIDC_access_token" -->"}',
  );
  await writeFile(join(directory, 'pages/bye.html'), 'bye');
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  const loaded = [
    'mpm_event',
    'authn_core',
    'authz_core',
    'authz_user',
    'dir',
    'mime',
    'include',
    'env',
    'auth_openidc',
  ];
  const configuration = [
    `ServerRoot ${directory}`,
    ...loaded.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
    `Listen 127.0.0.1:${port}`,
    'ServerName localhost',
    'PidFile apache.pid',
    // Started by root, it serves as this user, who must be able to read the pages.
    'User www-data',
    'Group www-data',
    'ErrorLog error.log',
    'LogLevel warn auth_openidc:debug',
    'StartServers 1',
    `DocumentRoot ${directory}/pages`,
    'DirectoryIndex index.shtml',
    'TypesConfig /dev/null',
    'AddType text/html .shtml .html',
    'AddOutputFilter INCLUDES .shtml',
    ...provider,
    `OIDCClientID ${client.id}`,
    `OIDCClientSecret ${client.secret}`,
    `OIDCRedirectURI ${url}/callback`,
    'OIDCCryptoPassphrase of-the-session-cookies',
    'OIDCPKCEMethod S256',
    'OIDCScope "openid profile email offline_access"',
    'OIDCRemoteUserClaim sub',
    'OIDCPassRefreshToken On',
    `<Directory ${directory}/pages>`,
    '  Options +Includes',
    '</Directory>',
    '<Location /private>',
    '  AuthType openid-connect',
    '  Require valid-user',
    '</Location>',
    '<Location /callback>',
    '  AuthType openid-connect',
    '  Require valid-user',
    '</Location>',
  ];
  const file = join(directory, 'httpd.conf');
  await writeFile(file, `${configuration.join('\n')}\n`);
  const program = startProgram(APACHE, ['-D', 'FOREGROUND', '-f', file]);
  running.push(program);
  await until('Apache', async () => {
    if (program.child.exitCode !== null) {
      throw new Error(`${program.output()} ${await readFile(join(directory, 'error.log'), 'utf8')}`);
    }
    return fetch(`${url}/bye.html`).then(
      (answer) => answer.ok,
      () => false,
    );
  });
  return { url, log: () => readFile(join(directory, 'error.log'), 'utf8') };
}

async function journey(domain: Domain, site: Site): Promise<void> {
  const page = await newPage();
  await page.goto(`${site.url}/private/`);
  await signIn(page, domain, `${site.url}/private/`);
  const seen = async () => JSON.parse(await page.locator('body').innerText());
  const before = await seen();
  expect(before).toMatchObject({ user: domain.userName, email: domain.userName, name: 'Jane Doe' });

  await page.goto(
    `${site.url}/callback?refresh=${encodeURIComponent(`${site.url}/private/`)}&access_token=${before.token}`,
  );
  expect(new URL(page.url()).search).not.toContain('error_code');
  expect((await seen()).token).not.toBe(before.token);

  await page.goto(`${site.url}/callback?logout=${encodeURIComponent(`${site.url}/bye.html`)}`);
  await arrive(page, `${site.url}/bye.html`);
  await page.goto(`${site.url}/private/`);
  await page.locator('input[name=password]').waitFor();
}
