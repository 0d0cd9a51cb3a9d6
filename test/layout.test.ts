import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Folders of src, and those that none of their files may import: imports point downwards (docs/contributing.md). */
const MAY_NOT_IMPORT: Readonly<Record<string, readonly string[]>> = {
  control: ['http'],
  http: ['control'],
  oauth: ['control', 'http'],
  signin: ['control', 'http', 'oauth'],
  policies: ['control', 'http', 'oauth', 'signin', 'pages'],
  pages: ['control', 'http', 'oauth', 'signin', 'resources', 'store'],
  notifications: ['control', 'http', 'oauth', 'signin'],
  inbox: ['control', 'http', 'oauth', 'signin', 'pages', 'resources', 'notifications'],
  domains: ['control', 'http', 'oauth', 'signin', 'pages'],
  audit: ['control', 'http', 'oauth', 'signin', 'pages', 'domains'],
  factors: ['control', 'http', 'oauth', 'signin', 'pages'],
  jobs: ['control', 'http', 'oauth', 'signin', 'pages'],
  reports: ['control', 'http', 'oauth', 'signin', 'pages'],
  storage: ['control', 'http', 'oauth', 'signin', 'pages'],
  resources: ['control', 'http', 'oauth', 'signin', 'pages'],
  store: ['control', 'http', 'oauth', 'signin', 'pages', 'resources', 'schemas', 'audit'],
  schemas: ['control', 'http', 'oauth', 'signin', 'pages', 'resources', 'store', 'domains'],
  scim: ['control', 'http', 'oauth', 'signin', 'pages', 'resources', 'store', 'domains', 'schemas', 'inbox'],
};

describe('imports point downwards', () => {
  const src = new URL('../src/', import.meta.url);
  for (const [folder, forbidden] of Object.entries(MAY_NOT_IMPORT)) {
    it(`${folder} imports nothing of ${forbidden.join(', ')}`, () => {
      const files = readdirSync(new URL(`${folder}/`, src), { recursive: true, encoding: 'utf8' })
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
        .filter((name) => name.endsWith('.ts') && !name.includes('/generated/'));
      const wrong = files.flatMap((file) => {
        const text = readFileSync(new URL(file, src), 'utf8');
        return [...text.matchAll(/(?:from |import\()'(\.[^']+)'/g)]
          .map(([, path]) => posix.join(posix.dirname(file), path!))
          .filter((path) => forbidden.includes(path.split('/')[0]!))
          .map((path) => `${file} imports ${path}`);
      });
      expect(wrong).toEqual([]);
    });
  }
});
