import { fileURLToPath } from 'node:url';
import { type MeasuredProcess, startMeasured } from './measured-process.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const BASIC = `Basic ${Buffer.from('idcs-admin:idcs-emulator-secret').toString('base64')}`;

/** Starts the built emulator (dist/) on a free port. */
export function startEmulatorProcess(env: Record<string, string>): Promise<MeasuredProcess> {
  return startMeasured(`${ROOT}dist/main.js`, {
    env: { IDCS_PORT: '0', IDCS_LOG_LEVEL: 'warn', ...env },
    ready: /ready at (http:\S+)/,
  });
}

/** An administrator's token of a domain. @param url the domain's base URL */
export async function adminToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/oauth2/v1/token`, {
    method: 'POST',
    headers: { authorization: BASIC, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials&scope=urn%3Aopc%3Aidm%3A__myscopes__',
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Makes a domain by the control plane. @returns its base URL */
export async function newDomain(url: string, name: string): Promise<string> {
  const answer = await fetch(`${url}/_emulator/domains`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (!answer.ok) throw new Error(`domain ${name}: ${answer.status} ${await answer.text()}`);
  return `${url}/_domains/${name}`;
}
