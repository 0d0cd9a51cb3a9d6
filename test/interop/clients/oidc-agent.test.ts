import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { newPage, signIn } from '../support/browser.ts';
import { type Client, type Domain, newDomain } from '../support/domain.ts';
import { type Program, startProgram } from '../support/program.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/web-server.ts';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

const running: Program[] = [];
afterAll(async () => {
  await Promise.all(running.map((program) => program.end()));
});

describe.skipIf(!existsSync('/usr/bin/oidc-agent') || !existsSync('/usr/bin/oidc-token'))('oidc-agent', () => {
  test('strict mode: discovery, device flow, refresh', async () => {
    const domain = await newDomain('strict');
    await deviceJourney(domain);
  });

  test('default mode: discovery names no device endpoint, as that of the real service', async () => {
    const domain = await newDomain('default');
    const agent = await startAgent();
    const generating = agent.generate(domain, await registered(domain), ['--flow=device']);
    expect(await generating.exited).not.toBe(0);
    expect(generating.output()).toContain('Device Flow not Supported by OpenID Provider');
  });

  test('default mode: the code flow works', async () => {
    const domain = await newDomain('default');
    const redirectUri = `http://localhost:${await freePort()}`;
    const client = await domain.registerClient({ redirectUris: [redirectUri] });
    const agent = await startAgent();
    const options = ['--flow=code', '--no-url-call', '--no-scheme', `--redirect-uri=${redirectUri}`];
    const generating = agent.generate(domain, client, options);
    const [address] = await generating.says(/http\S+\/oauth2\/v1\/authorize\S+/);
    const page = await newPage();
    await page.goto(address);
    await signIn(page, domain, redirectUri);
    await useTokens(domain, agent, generating);
  });
});

const registered = (domain: Domain) => domain.registerClient({ allowedGrants: [DEVICE, 'refresh_token'] });

async function deviceJourney(domain: Domain): Promise<void> {
  const agent = await startAgent();
  const generating = agent.generate(domain, await registered(domain), ['--flow=device']);
  const [address] = await generating.says(/https?:\S+\/ui\/v1\/device/);
  const [, code] = await generating.says(/code:?\s+([A-Z]{8})/i);

  const page = await newPage();
  await page.goto(address);
  await page.locator('input[name=username]').fill(domain.userName);
  await page.locator('input[name=password]').fill(domain.password);
  await page.locator('input[name=password]').press('Enter');
  await page.locator('input[name=user_code]').fill(code!);
  await page.locator('input[name=user_code]').press('Enter');
  await page.locator('button[name=decision][value=allow]').click();
  await useTokens(domain, agent, generating);
}

async function useTokens(domain: Domain, agent: Agent, generating: Program): Promise<void> {
  expect(await generating.exited, generating.output()).toBe(0);
  const token = await agent.token([]);
  const profile = await fetch(`${domain.url}/oauth2/v1/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  expect(await profile.json()).toMatchObject({ sub: domain.userName });
  // One that lasts longer than any token does: the agent refreshes.
  expect(await agent.token(['--time=7200'])).not.toBe(token);
}

type Agent = Awaited<ReturnType<typeof startAgent>>;

/** An agent with a home directory and socket of its own. */
async function startAgent() {
  const home = await mkdtemp(join(inject('directory'), 'agent-'));
  const environment = { HOME: home, OIDC_SOCK: join(home, 'socket'), OIDC_ENCRYPTION_PW: 'of the configuration file' };
  const agent = startProgram('/usr/bin/oidc-agent', ['--console', `--socket-path=${environment.OIDC_SOCK}`], {
    environment,
  });
  running.push(agent);
  await until('the agent', () => existsSync(environment.OIDC_SOCK));
  return {
    generate: (domain: Domain, { id, secret }: Client, more: readonly string[]) =>
      startProgram(
        '/usr/bin/oidc-gen',
        [
          '--pw-env',
          '--confirm-default',
          `--issuer=${domain.url}`,
          `--client-id=${id}`,
          `--client-secret=${secret}`,
          '--scope=openid profile offline_access',
          ...more,
          'account',
        ],
        { environment },
      ),
    token: async (more: readonly string[]) => {
      const asking = startProgram('/usr/bin/oidc-token', [...more, 'account'], { environment });
      expect(await asking.exited, asking.output()).toBe(0);
      return asking.output().trim();
    },
  };
}
