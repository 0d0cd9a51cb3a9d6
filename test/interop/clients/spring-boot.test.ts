import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrive, newPage, signIn } from '../support/browser.ts';
import { type Client, type Domain, newDomain } from '../support/domain.ts';
import { type Program, startProgram } from '../support/program.ts';
import { freePort } from '../support/web-server.ts';

/*
 * Spring Security's OAuth 2 login, of which CNC Console's gateway is made. The application is in ../spring; nothing in it is
 * about the emulator.
 */

const PROJECT = fileURLToPath(new URL('../spring', import.meta.url));
const JAR = `${PROJECT}/target/login.jar`;

const running: Program[] = [];
afterAll(async () => {
  await Promise.all(running.map((program) => program.end()));
});

describe.skipIf(!existsSync('/usr/bin/mvn') || !existsSync('/usr/bin/javac'))('Spring Boot', () => {
  beforeAll(build, 600_000);

  test('strict mode: issuer-uri, code flow, userinfo, refresh, logout', async () => {
    const domain = await newDomain('strict');
    const { url } = await application(domain, { 'issuer-uri': domain.url });
    await journey(domain, url, { logsOutAtTheDomain: true });
  });

  test('default mode: issuer-uri refuses the issuer, as against the real service', async () => {
    const domain = await newDomain('default');
    const program = await launch(domain, { 'issuer-uri': domain.url });
    await program.says(/The Issuer "https:\/\/identity\.oraclecloud\.com\/" provided in the configuration metadata/);
    expect(await program.exited).toBe(1);
  });

  test('default mode: explicit endpoints alone meet closed keys', async () => {
    const domain = await newDomain('default');
    const { url, program } = await application(domain, endpoints(domain));
    const page = await newPage();
    await page.goto(`${url}/me`);
    await signIn(page, domain, `${url}/login?error`);

    expect(program.output()).toMatch(
      /\[invalid_id_token\] An error occurred while attempting to decode the Jwt: 401 Unauthorized/,
    );
  });

  test('default mode: with explicit endpoints and signingCertPublicAccess all works', async () => {
    const domain = await newDomain('default');
    await domain.openSigningKeys();
    const { url } = await application(domain, endpoints(domain));
    await journey(domain, url, { logsOutAtTheDomain: false });
  });
});

const endpoints = ({ url }: Domain) => ({
  'authorization-uri': `${url}/oauth2/v1/authorize`,
  'token-uri': `${url}/oauth2/v1/token`,
  'user-info-uri': `${url}/oauth2/v1/userinfo`,
  'jwk-set-uri': `${url}/admin/v1/SigningCert/jwk`,
  'user-name-attribute': 'sub',
});

/** Builds the application when it is older than its sources; without the network when Maven has all it needs. */
async function build(): Promise<void> {
  const sources = readdirSync(`${PROJECT}/src`, { recursive: true, encoding: 'utf8' }).map((name) => `src/${name}`);
  const changed = Math.max(...['pom.xml', ...sources].map((name) => statSync(`${PROJECT}/${name}`).mtimeMs));
  if (existsSync(JAR) && statSync(JAR).mtimeMs > changed) return;
  for (const more of [['-o'], []]) {
    const maven = startProgram('/usr/bin/mvn', ['-q', '-B', ...more, 'package'], { directory: PROJECT });
    if ((await maven.exited) === 0) return;
    if (more.length === 0) throw new Error(`mvn package: ${maven.output()}`);
  }
}

async function launch(domain: Domain, provider: Record<string, string>): Promise<Program & { readonly url: string }> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const client: Client = await domain.registerClient({
    redirectUris: [`${url}/login/oauth2/code/domain`],
    postLogoutRedirectUris: [`${url}/bye`],
  });
  const settings: Record<string, string> = {
    'server.port': String(port),
    'server.address': '127.0.0.1',
    'logging.level.org.springframework.security': 'DEBUG',
    'spring.security.oauth2.client.registration.domain.client-id': client.id,
    'spring.security.oauth2.client.registration.domain.client-secret': client.secret,
    'spring.security.oauth2.client.registration.domain.authorization-grant-type': 'authorization_code',
    'spring.security.oauth2.client.registration.domain.redirect-uri': '{baseUrl}/login/oauth2/code/{registrationId}',
    'spring.security.oauth2.client.registration.domain.scope': 'openid,profile,email,offline_access',
  };
  for (const [name, value] of Object.entries(provider)) {
    settings[`spring.security.oauth2.client.provider.domain.${name}`] = value;
  }
  // Fewer optimizations: half the time of a start.
  const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  const program = startProgram('java', [...flags, '-jar', JAR], {
    environment: { SPRING_APPLICATION_JSON: JSON.stringify(settings) },
  });
  running.push(program);
  return { ...program, url };
}

async function application(
  domain: Domain,
  provider: Record<string, string>,
): Promise<{ url: string; program: Program }> {
  const program = await launch(domain, provider);
  await program.says(/Started Login in/);
  return { url: program.url, program };
}

async function journey(domain: Domain, url: string, { logsOutAtTheDomain }: { logsOutAtTheDomain: boolean }) {
  const page = await newPage();
  await page.goto(`${url}/me`);
  await signIn(page, domain, `${url}/me`);
  const me = async () => JSON.parse(await page.locator('body').innerText());
  const before = await me();
  expect(before).toMatchObject({
    subject: domain.userName,
    claims: { email: domain.userName },
    userInfo: { sub: domain.userName },
    refreshable: true,
  });
  await page.goto(`${url}/refresh`);
  expect((await me()).accessToken).not.toBe(before.accessToken);

  await page.goto(`${url}/logout`);
  await page.getByRole('button').click();
  if (!logsOutAtTheDomain) {
    // Without discovery Spring doesn't know the address, and ends its own session only.
    await arrive(page, `${url}/`);
    return;
  }
  await arrive(page, `${url}/bye`);
  await page.goto(`${url}/me`);
  await page.locator('input[name=password]').waitFor();
}
