import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startEmulator } from '../src/index.ts';
import { clientFor, emulator, testDatabaseUrl } from './support/emulator.ts';

describe('the library', () => {
  test('starts, makes domains that know nothing of each other, and stops', async () => {
    const server = await startEmulator({ port: 0, databaseUrl: testDatabaseUrl() });
    const [alpha, beta] = await Promise.all([
      server.domain(`lib-a-${process.pid}`),
      server.domain(`lib-b-${process.pid}`),
    ]);
    const inAlpha = await clientFor(alpha.name, alpha.url);
    const inBeta = await clientFor(beta.name, beta.url);
    const user = await inAlpha.createUser('only@alpha.example.com');
    expect((await inBeta.send('GET', `/admin/v1/Users/${user.id}`)).status).toBe(404);
    expect((await inBeta.send('GET', `/admin/v1/Users`, { token: inAlpha.token })).status).toBe(401);
    await alpha.delete();
    expect((await inAlpha.send('GET', '/admin/v1/Users')).status).toBe(404);
    await server.stop();
    await expect(fetch(`${server.url}/_emulator/health`)).rejects.toThrow();
  });

  test('makes a domain once, however many ask for it at the same time', async () => {
    const server = await emulator();
    const name = `lib-o-${process.pid}`;
    const handles = await Promise.all([name, name, name.toUpperCase()].map((each) => server.domain(each)));
    const clients = await Promise.all(handles.map(({ name, url }) => clientFor(name, url)));
    const { id } = await clients[0]!.createUser('shared@example.com');
    for (const client of clients) expect((await client.send('GET', `/admin/v1/Users/${id}`)).status).toBe(200);
  });

  test('answers what runs before it stops, and takes nothing new', async () => {
    const server = await startEmulator({ port: 0, databaseUrl: testDatabaseUrl() });
    // A request that only waits is told to end.
    const waiting = fetch(`${server.url}/_emulator/messages?wait=60`);
    // Its connection is there when a later one has been answered.
    await fetch(`${server.url}/_emulator/health`);
    const begin = performance.now();
    const stopped = server.stop();
    await expect(fetch(`${server.url}/_emulator/health`)).rejects.toThrow();
    expect((await waiting).status).toBe(200);
    await stopped;
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  test('stops at once although connections are open that never asked for anything', async () => {
    const server = await startEmulator({ port: 0, tlsPort: 0, databaseUrl: testDatabaseUrl() });
    const closed = [server.url, server.tlsUrl!].map(async (url) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      await once(socket, 'connect');
      return { ended: once(socket, 'close') };
    });
    const sockets = await Promise.all(closed);
    // Their connections are accepted when a later one has been answered.
    await fetch(`${server.url}/_emulator/health`);
    const begin = performance.now();
    await server.stop();
    await Promise.all(sockets.map(({ ended }) => ended));
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  test('runs on a private PostgreSQL of its own, in memory', async () => {
    const server = await startEmulator({ port: 0, dataDir: ':memory:' });
    const client = await clientFor('Default', server.url);
    expect((await client.send('GET', '/admin/v1/Users')).body.totalResults).toBe(1);
    await server.stop();
  });

  test('resets a domain to what it was born with', async () => {
    const server = await emulator();
    const domain = await server.domain(`lib-r-${process.pid}`);
    const client = await clientFor(domain.name, domain.url);
    await client.createUser('gone@example.com');
    await domain.reset();
    const again = await clientFor(domain.name, domain.url);
    expect(
      (await again.send('GET', '/admin/v1/Users')).body.Resources.map((user: { userName: string }) => user.userName),
    ).toEqual(['admin@example.com']);
  });

  test('makes a domain with seeds, which a reset applies again', async () => {
    const server = await emulator();
    const domain = await server.domain(`lib-s-${process.pid}`, { seeds: ['cncc'] });
    const names = async () => {
      const client = await clientFor(domain.name, domain.url);
      const { body } = await client.send('GET', '/admin/v1/Groups?filter=displayName%20eq%20%22SCP_READ%22');
      return body.totalResults;
    };
    expect(await names()).toBe(1);
    await domain.reset();
    expect(await names()).toBe(1);
  });

  test('moves the clock of one domain: tokens expire by it', async () => {
    const server = await emulator();
    const domain = await server.domain(`lib-c-${process.pid}`);
    const client = await clientFor(domain.name, domain.url);
    expect((await client.send('GET', '/admin/v1/Users?count=0')).status).toBe(200);
    await domain.clock.advance(3601 * 1000);
    const expired = await client.send('GET', '/admin/v1/Users?count=0');
    expect(expired.status).toBe(401);
    expect(expired.headers.get('content-type')).toContain('text/html');
    await domain.clock.freeze();
    const stands = await domain.clock.now();
    expect(await domain.clock.now()).toEqual(stands);
    await domain.clock.set(new Date('2030-01-01T00:00:00Z'));
    const fresh = await clientFor(domain.name, domain.url);
    const user = await fresh.createUser('later@example.com');
    expect(user.meta.created).toBe('2030-01-01T00:00:00.000Z');
  });

  test('serves HTTPS with a certificate of its own making, whose CA it hands out', async () => {
    const server = await startEmulator({ port: 0, tlsPort: 0, databaseUrl: testDatabaseUrl() });
    const ca = await (await fetch(`${server.url}/_emulator/ca.pem`)).text();
    expect(ca).toContain('BEGIN CERTIFICATE');
    const { request } = await import('node:https');
    const status = await new Promise((resolve, reject) => {
      const url = new URL(`${server.tlsUrl!.replace('127.0.0.1', 'localhost')}/_emulator/health`);
      request(url, { ca }, (response) => resolve(response.statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    await server.stop();
  });

  test('gives the same ids in every run with the same seed', async () => {
    const run = async () => {
      const server = await startEmulator({ port: 0, dataDir: ':memory:', idSeed: '7' });
      const client = await clientFor('Default', server.url);
      const { id, ocid } = await client.createUser('seeded@example.com');
      await server.stop();
      return { id, ocid };
    };
    expect(await run()).toEqual(await run());
  });
});
