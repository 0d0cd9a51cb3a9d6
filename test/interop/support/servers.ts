import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { type Program, startProgram } from './program.ts';

/*
 * Before the first test: the built server twice, as a user starts it: in strict OpenID mode and as the real service is.
 */

/** `strict`: IDCS_ISSUER=domain. `default`: issuer and signing keys as the real service has them. */
export type Mode = 'strict' | 'default';

/** One running server. */
export interface ServerAddress {
  readonly url: string;
  readonly tlsUrl: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    servers: Record<Mode, ServerAddress>;
    /** A directory of the run, removed at its end: browser profiles, configurations. */
    directory: string;
  }
}

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'idcs-interop-'));
  await chmod(directory, 0o755);
  const programs: Program[] = [];
  const end = async () => {
    await Promise.all(programs.map((program) => program.end()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const [strict, plain] = await Promise.all([
      startServer({ IDCS_ISSUER: 'domain' }, programs),
      startServer({}, programs),
    ]);
    project.provide('servers', { strict, default: plain });
    project.provide('directory', directory);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

async function startServer(environment: Record<string, string>, programs: Program[]): Promise<ServerAddress> {
  const program = startProgram(process.execPath, [MAIN], {
    environment: {
      IDCS_DATA_DIR: ':memory:',
      IDCS_PORT: '0',
      IDCS_TLS_PORT: '0',
      IDCS_LOG_LEVEL: 'warn',
      ...environment,
    },
  });
  programs.push(program);
  const [, url] = await program.says(/ready at (http:\S+)/);
  const [, tlsUrl] = await program.says(/(https:\S+)/);
  return { url: url!, tlsUrl: tlsUrl! };
}
