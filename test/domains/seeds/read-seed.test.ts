import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseSeed } from '../../../src/domains/seeds/parse-seed.ts';
import { readSeed } from '../../../src/domains/seeds/read-seed.ts';
import { planSeed } from '../../../src/domains/seeds/seed-document.ts';
import { SeedError } from '../../../src/domains/seeds/seed-error.ts';

const directory = mkdtempSync(join(tmpdir(), 'idcs-seed-'));
afterAll(() => rmSync(directory, { recursive: true }));

const YAML = `settings:
  signingCertPublicAccess: true
Groups:
  - displayName: A
  - displayName: B
    members:
      - userName: jdoe
Users: []
`;

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof SeedError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('reading a seed', () => {
  it('knows the line of every member', () => {
    const seed = parseSeed('s.yaml', YAML);
    expect(seed.lineOf(['Groups', 1])).toBe(5);
    expect(seed.lineOf(['Groups', 1, 'members', 0, 'userName'])).toBe(7);
    expect(seed.lineOf(['Groups', 1, 'nothing', 'there'])).toBe(5);
    expect(seed.lineOf([])).toBe(1);
  });

  it('reads JSON with its lines', () => {
    const seed = parseSeed('s.json', '{\n "Groups": [\n  {"displayName": "A"}\n ]\n}');
    expect(seed.document).toEqual({ Groups: [{ displayName: 'A' }] });
    expect(seed.lineOf(['Groups', 0])).toBe(3);
  });

  it('reads files and presets', async () => {
    const file = join(directory, 'seed.yaml');
    writeFileSync(file, YAML);
    expect((await readSeed(file)).document['Groups']).toHaveLength(2);
    expect((await readSeed('cncc')).document['Groups']).toHaveLength(31);
  });

  it('reads an empty file as an empty seed', () => {
    expect(parseSeed('s.yaml', '# nothing\n').document).toEqual({});
  });

  it('names the presets when a file is missing', async () => {
    await expect(readSeed(join(directory, 'missing.yaml'))).rejects.toThrow(/no such file; presets are: cncc/);
  });

  it.each([
    ['a key given twice', 'Users: []\nUsers: []\n', 's.yaml:2: '],
    ['a broken line', 'Users:\n  - userName: "x\n', 's.yaml:'],
    ['a list at the top', '- a\n', 's.yaml:1: the top level must be an object'],
    ['a text at the top', 'hello', 's.yaml:1: the top level must be an object'],
  ])('refuses %s with file and line', (_what, text, expected) => {
    expect(messageOf(() => parseSeed('s.yaml', text))).toContain(expected);
  });

  it('refuses aliases that blow up', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]',
      'c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]',
    ];
    expect(() => parseSeed('s.yaml', `${bomb.join('\n')}\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`)).toThrow(SeedError);
  });
});

describe('the form of a seed', () => {
  const plan = (text: string) => planSeed(parseSeed('s.yaml', text));

  it('puts what is referred to first, whatever the order of the file', () => {
    const { lists } = plan(
      'Grants: [{}]\nGroups: [{}]\nPasswordPolicies: [{}]\nUsers: [{}]\nAppRoles: [{}]\nApps: [{}]\n',
    );
    expect(lists.map(([entry]) => entry?.type.name)).toEqual([
      'App',
      'AppRole',
      'User',
      'Group',
      'PasswordPolicy',
      'Grant',
    ]);
  });

  it.each([
    ['Userz: []', 's.yaml:1: Userz: no such key; allowed are: settings, passwordPolicy, '],
    ['Settings: []', 's.yaml:1: Settings: no such key'],
    ['UserPasswordChanger: []', 's.yaml:1: UserPasswordChanger: no such key'],
    ['__proto__: []', 's.yaml:1: __proto__: no such key'],
    ['Users: {}', 's.yaml:1: Users: must be a list of resources'],
    ['Users:\n  - jdoe', 's.yaml:2: Users[0]: must be an object'],
    ['settings: []', 's.yaml:1: settings: must be an object'],
  ])('refuses %j', (text, expected) => {
    expect(messageOf(() => plan(text))).toContain(expected);
  });
});
