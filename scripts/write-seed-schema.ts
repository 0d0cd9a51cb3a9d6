// Writes docs/seed.schema.json from the compiled resource types. A test fails when the file is out of date.
import { writeFileSync } from 'node:fs';
import { seedSchema } from '../src/domains/seeds/seed-schema.ts';

writeFileSync(new URL('../docs/seed.schema.json', import.meta.url), `${JSON.stringify(seedSchema(), null, 2)}\n`);
