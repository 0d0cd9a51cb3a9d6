import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationPage } from '../scripts/configuration-page.ts';
import { coveragePage } from '../scripts/coverage-page.ts';

const page = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

const sourceText = () =>
  readdirSync(new URL('../src', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .map((file) => readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8'))
    .join('\n');

test('docs/configuration.md says what the settings are (npm run configuration:docs writes it)', () => {
  expect(page('configuration.md')).toBe(configurationPage());
});

test('docs/coverage.md says what is built (npm run coverage:docs writes it)', () => {
  expect(page('coverage.md')).toBe(coveragePage());
});

test('docs/scim.md lists every message id that the source can send, and no other', () => {
  const source = sourceText().replace(/\$\{FAMILY\}/g, 'error.common.validation');
  const idsIn = (text: string) =>
    [...new Set(text.match(/(?<=['`])error\.(?:common|identity)\.[a-zA-Z]+\.[a-zA-Z]+(?=['`])/g))].sort();
  expect(idsIn(page('scim.md'))).toEqual(idsIn(source));
});

test('docs/authentication-api.md tells the codes that are sent from those that never are', () => {
  const source = sourceText();
  const [sent = '', never = ''] = page('authentication-api.md')
    .split('| code | sent by | when |')[1]!
    .split('Never sent');
  const isSent = (code: string) => new RegExp(`['"]${code}['"]`).test(source);
  expect(codesIn(sent).filter((code) => !isSent(code))).toEqual([]);
  expect(codesIn(never).filter(isSent)).toEqual([]);
  const inSource = [...new Set(source.match(/(?<=')AUTH-[0-9]{4}(?=')/g))];
  expect(inSource.filter((code) => !codesIn(sent).includes(code))).toEqual([]);
});

/** The codes in the first column of a table; `AUTH-1 to AUTH-3` are three. */
function codesIn(table: string): readonly string[] {
  const columns = [...table.matchAll(/^\| (AUTH-[^|]+) \|/gm)].map(([, cell]) => cell!);
  return columns.flatMap((cell) =>
    cell.split(', ').flatMap((part) => {
      const [from, to = from] = part.split(' to ').map((code) => Number(code.trim().slice(5)));
      return Array.from({ length: to! - from! + 1 }, (_, at) => `AUTH-${from! + at}`);
    }),
  );
}

test('docs/openid.md names the versions of the clients that npm run interop runs', () => {
  const file = (name: string) => readFileSync(new URL(`interop/${name}`, import.meta.url), 'utf8');
  const { dependencies } = JSON.parse(file('package.json')) as { dependencies: Record<string, string> };
  const rows = [...page('openid.md').matchAll(/^\| (\S+)[^|]* \| (\d[\d.]+) \|/gm)];
  const versions = new Map(rows.map(([, name, version]) => [name, version]));
  expect(versions.size).toBeGreaterThan(8);
  expect(versions.get('Spring')).toBe(/<version>([^<]+)/.exec(file('spring/pom.xml'))?.[1]);
  const packages = [...versions].filter(([name]) => !['Spring', 'mod_auth_openidc', 'oidc-agent'].includes(name!));
  expect(Object.fromEntries(packages)).toEqual(
    Object.fromEntries(packages.map(([name]) => [name, dependencies[name!]])),
  );
});

test('every link between pages leads to a file, and to a heading where it names one', () => {
  const root = new URL('../', import.meta.url);
  const pages = ['.', 'docs', 'src', 'test'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root), { recursive: folder !== '.', encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => `${folder}/${name}`),
  );
  const textOf = (path: URL) => readFileSync(path, 'utf8').replace(/^ *```[\s\S]*?^ *```/gm, '');
  const dead = pages.flatMap((from) => {
    const links = [...textOf(new URL(from, root)).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    return links
      .filter(([, path, heading]) => {
        const target = path === '' ? new URL(from, root) : new URL(path!, new URL(from, root));
        if (!existsSync(target)) return true;
        return heading !== undefined && target.pathname.endsWith('.md') && !anchorsOf(textOf(target)).has(heading);
      })
      .map(([link]) => `${from} ${link}`);
  });
  expect(pages.length).toBeGreaterThan(30);
  expect(dead).toEqual([]);
});

/** As GitHub names headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!.toLowerCase());
  return new Set(headings.map((heading) => heading.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')));
}
