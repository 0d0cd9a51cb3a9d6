import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The examples of docs/library.md are run too, on the source.
    include: ['test/**/*.test.ts', 'docs/examples/*.test.ts'],
    alias: { 'idcs-emulator': fileURLToPath(new URL('src/index.ts', import.meta.url)) },
    exclude: ['test/interop/**', 'node_modules/**'],
    globalSetup: ['test/support/database.ts'],
    setupFiles: ['test/support/no-network.ts'],
    // Processes, not threads: argon2 is a native addon, and the tests start and kill processes of their own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    retry: 0,
  },
});
