import { defineConfig } from 'prisma/config';

// `generate` and `validate` are pure WebAssembly, but the command line looks for its schema engine first and would
// download it. Any executable satisfies the look-up; it is never run by those two commands.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
