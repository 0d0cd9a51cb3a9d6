import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

const running = new Set<() => Promise<void>>();
afterAll(async () => {
  await Promise.all([...running].map((stop) => stop()));
});

/**
 * Serves on a free port until the file's last test. The address comes before the listener: a client needs it to register.
 * `localhost`, not `127.0.0.1` where the emulator is: cookies don't know ports, and the two would share theirs.
 */
export async function webServer(
  host: 'localhost' | '127.0.0.1' = 'localhost',
): Promise<{ readonly url: string; serve(listener: RequestListener): void }> {
  let current: RequestListener = (_request, response) => response.end('a page');
  const server = createServer((request, response) => current(request, response));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  running.add(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    serve: (listener) => {
      current = listener;
    },
  };
}

/** A port that was free a moment ago, for programs that can't choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
