import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests of the private PostgreSQL itself: `--project '!private-postgres'` leaves them out. */
const PRIVATE_POSTGRES = ['test/store/embedded/**/*.test.ts'];
/** Tests of what a process reads once. */
const ALONE = ['test/schemas/made-up-type.test.ts'];
const EXCLUDED = ['test/interop/**', 'node_modules/**'];

const common = {
  alias: { 'idcs-emulator': fileURLToPath(new URL('src/index.ts', import.meta.url)) },
  setupFiles: ['test/support/no-network.ts'],
  // Processes, not threads: argon2 is a native addon, and the tests start and kill processes of their own.
  pool: 'forks' as const,
  // Ten times what the slowest need: a busy machine is no failure.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  retry: 0,
};

export default defineConfig({
  test: {
    globalSetup: ['test/support/database.ts'],
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...common,
          name: 'shared',
          // The examples of docs/library.md are run too, on the source.
          include: ['test/**/*.test.ts', 'docs/examples/*.test.ts'],
          exclude: [...EXCLUDED, ...PRIVATE_POSTGRES, ...ALONE],
          // All files of a worker share its modules and its emulator: loading both anew took most of a file's time.
          isolate: false,
        },
      },
      { test: { ...common, name: 'alone', include: ALONE, exclude: EXCLUDED } },
      { test: { ...common, name: 'private-postgres', include: PRIVATE_POSTGRES, exclude: EXCLUDED } },
    ],
  },
});
