import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationPage } from '../scripts/configuration-page.ts';
import { coveragePage } from '../scripts/coverage-page.ts';

const page = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

test('docs/configuration.md says what the settings are (npm run configuration:docs writes it)', () => {
  expect(page('configuration.md')).toBe(configurationPage());
});

test('docs/coverage.md says what is built (npm run coverage:docs writes it)', () => {
  expect(page('coverage.md')).toBe(coveragePage());
});
