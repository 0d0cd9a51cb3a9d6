import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from './configuration-page.ts';

// Writes docs/configuration.md from the table of settings: npm run configuration:docs
writeFileSync(fileURLToPath(new URL('../docs/configuration.md', import.meta.url)), configurationPage());
