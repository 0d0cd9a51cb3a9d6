import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownCredentials, type TlsCredentials } from '../../src/http/tls-certificate.ts';
import { createSecretBox } from '../../src/resources/secret-box.ts';
import { closeTestStore, testStore } from '../support/context.ts';
import { startTestEmulator } from '../support/emulator.ts';

const directory = mkdtempSync(join(tmpdir(), 'idcs-tls-'));
const file = (name: string) => join(directory, name);
let first: TlsCredentials;

beforeAll(async () => {
  first = await credentials();
  writeFileSync(file('cert.pem'), first.cert);
  writeFileSync(file('key.pem'), first.key);
  writeFileSync(file('other-key.pem'), (await credentials()).key);
  writeFileSync(file('text.pem'), 'not a certificate');
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await closeTestStore();
});

/** Credentials of a CA of their own: nothing is kept. */
async function credentials(): Promise<TlsCredentials> {
  const store = await testStore();
  const installation = { get: async () => null, putIfAbsent: async (_name: string, value: string) => value };
  return ownCredentials({ ...store, installation }, createSecretBox(randomBytes(32)), '127.0.0.1');
}

/** @returns status and body of a GET over HTTPS that trusts one CA only */
function ask(url: string, ca: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    }).on('error', reject);
  });
}

describe('HTTPS', () => {
  test('runs on a certificate of our own, whose CA is at /_emulator/ca.pem; addresses say https', async () => {
    const emulator = await startTestEmulator({ tlsPort: 0 });
    const ca = await (await fetch(`${emulator.url}/_emulator/ca.pem`)).text();
    const { port } = new URL(emulator.tlsUrl!);
    for (const host of ['127.0.0.1', 'localhost']) {
      const { status, body } = await ask(`https://${host}:${port}/.well-known/openid-configuration`, ca);
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({ token_endpoint: `https://${host}:${port}/oauth2/v1/token` });
    }
    await emulator.stop();
  });

  test('runs on the certificate that is given; then there is no CA of ours', async () => {
    const emulator = await startTestEmulator({ tlsPort: 0, tlsCert: file('cert.pem'), tlsKey: file('key.pem') });
    expect(await ask(`${emulator.tlsUrl}/_emulator/health`, first.ca!)).toMatchObject({ status: 200 });
    expect((await fetch(`${emulator.url}/_emulator/ca.pem`)).status).toBe(404);
    await emulator.stop();
  });

  test.each([
    ['cert.pem', 'other-key.pem', /^IDCS_TLS_KEY=.*other-key\.pem: /],
    ['text.pem', 'key.pem', /^IDCS_TLS_CERT=.*text\.pem: /],
    ['cert.pem', 'text.pem', /^IDCS_TLS_KEY=.*text\.pem: /],
    ['missing.pem', 'key.pem', /^IDCS_TLS_CERT=.*missing\.pem: can't be read \(ENOENT\)/],
  ])('does not start with certificate %s and key %s, and names the one that is wrong', async (cert, key, message) => {
    await expect(startTestEmulator({ tlsPort: 0, tlsCert: file(cert), tlsKey: file(key) })).rejects.toThrow(message);
  });
});
