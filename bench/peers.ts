import { existsSync } from 'node:fs';
import { BASIC, ROOT } from './emulator-process.ts';
import { type Measure, measure, type Shot } from './load.ts';
import { startMeasured } from './measured-process.ts';
import type { Row } from './report.ts';

/** Requests of an operation that takes a good part of a second: one after the other, or they time out. */
const SLOW = 20;

/** Other servers of npm under the same load, when they are installed (`npm ci --prefix bench/peers`). */
export async function measurePeers(requests: number): Promise<Row[]> {
  if (!existsSync(`${ROOT}bench/peers/node_modules`)) {
    return [{ what: 'peers are not installed', value: 'npm ci --prefix bench/peers' }];
  }
  const token = (path: string) => (): Shot => ({
    method: 'POST',
    path,
    headers: { authorization: BASIC, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials&scope=urn%3Aopc%3Aidm%3A__myscopes__',
    expect: 200,
  });
  const read =
    (path: (n: number) => string) =>
    (n: number): Shot => ({
      method: 'GET',
      path: path(n),
      headers: { authorization: 'Bearer x' },
      expect: 200,
    });
  return [
    await peer('oidc-provider: client_credentials token', 'oidc-provider', token('/token'), requests),
    await peer('oauth2-mock-server: client_credentials token', 'oauth2-mock-server', token('/token'), requests),
    await peer(
      'scimmy: GET user by id, 1,000 users',
      'scimmy',
      read((n) => `/scim/Users/${n % 1000}`),
      requests,
    ),
    await peer(
      'scimmy: userName eq, 1,000 users',
      'scimmy',
      read((n) => `/scim/Users?filter=${encodeURIComponent(`userName eq "user${n % 1000}@bench.example.com"`)}`),
      SLOW,
      1,
    ),
    await peer(
      'scimmy: list of 20, 1,000 users',
      'scimmy',
      read(() => '/scim/Users?count=20'),
      SLOW,
      1,
    ),
  ];
}

async function peer(
  what: string,
  script: string,
  shot: (n: number) => Shot,
  requests: number,
  connections = 8,
): Promise<Row> {
  try {
    const server = await startMeasured(`${ROOT}bench/peers/${script}.mjs`, {
      ready: /peer at (\S+)/,
      cwd: `${ROOT}bench/peers`,
    });
    let measured: Measure;
    try {
      measured = await measure(server, shot, { requests, connections, warmUp: Math.ceil(requests / 10) });
    } finally {
      await server.stop('SIGKILL');
    }
    return {
      what,
      value: '',
      cpuUs: measured.cpuUs,
      perSecond: measured.perSecond,
      p50: measured.p50,
      p99: measured.p99,
    };
  } catch (error) {
    return { what, value: `failed: ${(error as Error).message.slice(0, 200)}` };
  }
}
