import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startTestEmulator, testDomain } from '../support/emulator.ts';

/** The token endpoint that discovery names when it is asked for with these headers. fetch can't set Host. */
function tokenEndpoint(url: string, headers: Record<string, string>): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: '/.well-known/openid-configuration', headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(String((JSON.parse(body) as { token_endpoint?: unknown }).token_endpoint)));
    })
      .on('error', reject)
      .end();
  });
}

test('with IDCS_BASE_URL, a domain asked by its host name has addresses that lead to it', async () => {
  const emulator = await startTestEmulator({ baseUrl: 'https://idcs.example.com/base/' });
  const { name } = await testDomain(emulator);
  const root = 'https://idcs.example.com/base';
  expect(await tokenEndpoint(emulator.url, { host: `${name}.localhost` })).toBe(
    `${root}/_domains/${name}/oauth2/v1/token`,
  );
  expect(await tokenEndpoint(emulator.url, { host: '127.0.0.1' })).toBe(`${root}/oauth2/v1/token`);
  await emulator.stop();
});

test('X-Forwarded-* counts with IDCS_TRUST_PROXY only', async () => {
  const forwarded = { host: '127.0.0.1', 'x-forwarded-host': 'idcs.example.com', 'x-forwarded-proto': 'https' };
  const trusting = await startTestEmulator({ trustProxy: true });
  expect(await tokenEndpoint(trusting.url, forwarded)).toBe('https://idcs.example.com/oauth2/v1/token');
  await trusting.stop();
  const wary = await startTestEmulator();
  expect(await tokenEndpoint(wary.url, forwarded)).toBe('http://127.0.0.1/oauth2/v1/token');
  await wary.stop();
});
