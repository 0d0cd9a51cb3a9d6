import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { coveragePage } from './coverage-page.ts';

// Writes docs/coverage.md: npm run coverage:docs
writeFileSync(fileURLToPath(new URL('../docs/coverage.md', import.meta.url)), coveragePage());
