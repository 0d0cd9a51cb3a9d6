import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seedSchema } from '../../../src/domains/seeds/seed-schema.ts';

describe('docs/seed.schema.json', () => {
  it('is what the resource types say; scripts/write-seed-schema.ts writes it', () => {
    const written = readFileSync(new URL('../../../docs/seed.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(written)).toEqual(seedSchema());
  });
});
