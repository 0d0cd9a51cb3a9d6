import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['clients/*.test.ts', 'oci-sdk/*.test.ts', 'scim2-tester/*.test.ts'],
    globalSetup: ['support/servers.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 90_000,
    retry: 0,
  },
});
