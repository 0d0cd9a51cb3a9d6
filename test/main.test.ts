import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../src/version.ts';
import { clientFor, testDatabaseUrl } from './support/emulator.ts';
import { runCommand, startProcess } from './support/emulator-process.ts';

describe('the command', () => {
  test('prints version and help', async () => {
    expect(await runCommand(['--version'], {})).toEqual({ code: 0, output: `${VERSION}\n` });
    const help = await runCommand(['--help'], {});
    expect(help.code).toBe(0);
    expect(help.output).toContain('IDCS_DATA_DIR');
  });

  test.each([
    [{ IDCS_PORT: 'x' }, 'IDCS_PORT=x'],
    [{ IDCS_NOSUCH: '1' }, 'IDCS_NOSUCH=1'],
    [{ IDCS_HOST: '0.0.0.0' }, 'IDCS_ADMIN_PASSWORD'],
    [
      { IDCS_ADMIN_PASSWORD: 'short', IDCS_PORT: '0' },
      'IDCS_ADMIN_PASSWORD: The password must have at least 12 characters.',
    ],
    [{ IDCS_SEED: 'nosuch.yaml', IDCS_PORT: '0' }, 'nosuch.yaml'],
    [{ DATABASE_URL: 'postgres://nobody:secret1@127.0.0.1:1/x', IDCS_PORT: '0' }, 'DATABASE_URL'],
  ])('with %j ends in one line that names it', async (environment, expected) => {
    const { code, output } = await runCommand([], { DATABASE_URL: testDatabaseUrl(), ...environment } as Record<
      string,
      string
    >);
    expect(code).toBe(1);
    expect(output).toContain(expected);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).not.toContain('secret1');
  });

  test('names the port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { code, output } = await runCommand([], { DATABASE_URL: testDatabaseUrl(), IDCS_PORT: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`IDCS_PORT=${port}: .*EADDRINUSE`));
  });

  test('names the HTTPS port that is taken, or the host that is not here', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const environment = { DATABASE_URL: testDatabaseUrl(), IDCS_PORT: '0' };
    const tls = await runCommand([], { ...environment, IDCS_TLS_PORT: String(port) });
    other.close();
    expect(tls).toMatchObject({ code: 1, output: expect.stringMatching(`IDCS_TLS_PORT=${port}: `) });
    // TEST-NET-3 of RFC 5737: nobody's address.
    const host = await runCommand([], { ...environment, IDCS_HOST: '203.0.113.1', IDCS_INSECURE: 'true' });
    expect(host).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^idcs-emulator: IDCS_HOST=203\.0\.113\.1: .*$/m),
    });
  });

  test('refuses arguments that it does not know', async () => {
    for (const args of [['stop'], ['start', 'now'], ['migrate', '--dry-run']]) {
      const { code, output } = await runCommand(args, {});
      expect([args, code, output.trim().split('\n').length]).toEqual([args, 1, 1]);
      expect(output).toContain(args.at(-1));
    }
    expect((await runCommand(['start', '--help'], {})).output).toContain('Usage');
  });

  test('prints address, administrator and client when ready, and ends with 0 on SIGTERM', async () => {
    const running = await startProcess({ DATABASE_URL: testDatabaseUrl() });
    expect(running.output()).toContain('admin@example.com');
    expect(running.output()).toContain('idcs-admin');
    expect((await fetch(`${running.url}/_emulator/health`)).status).toBe(200);
    expect(await running.end('SIGTERM')).toBe(0);
  });

  test('keeps users over a restart on the same data directory', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'idcs-main-'));
    const first = await startProcess({ IDCS_DATA_DIR: dataDir });
    const { id } = await (await clientFor('Default', first.url)).createUser('kept@example.com');
    expect(await first.end('SIGINT')).toBe(0);
    const second = await startProcess({ IDCS_DATA_DIR: dataDir });
    const read = await (await clientFor('Default', second.url)).send('GET', `/admin/v1/Users/${id}`);
    expect(read.body.userName).toBe('kept@example.com');
    expect(await second.end('SIGTERM')).toBe(0);
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('migrates and says so', async () => {
    const { code, output } = await runCommand(['migrate'], { DATABASE_URL: testDatabaseUrl() });
    expect({ code, output }).toEqual({ code: 0, output: 'the database is up to date\n' });
  });
});
