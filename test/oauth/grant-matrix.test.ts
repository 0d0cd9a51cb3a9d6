import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../../src/index.ts';
import { startTestEmulator } from '../support/emulator.ts';
import { CLIENT_TYPES, type ClientType, GRANTS, type Grant, GrantMatrixWorld, METHODS } from './grant-matrix-world.ts';

/*
 * The table of grants in docs/oauth.md is what is tested: each of its cells is a request. "yes" gives tokens, a code is the
 * error, "-" does not exist.
 */

let emulator: Emulator;
let world: GrantMatrixWorld;

beforeAll(async () => {
  emulator = await startTestEmulator({ mtlsPort: 0 });
  world = await GrantMatrixWorld.make(emulator);
});

afterAll(async () => {
  await emulator.stop();
});

interface Row {
  readonly grant: Grant;
  readonly type: ClientType;
  readonly cells: readonly string[];
}

function tableOfGrants(): Row[] {
  const page = readFileSync(new URL('../../docs/oauth.md', import.meta.url), 'utf8');
  const [, table = ''] = /<!-- grants -->([\s\S]*?)<!-- \/grants -->/.exec(page) ?? [];
  const rows = table.split('\n').filter((line) => /^\| `/.test(line));
  return rows.map((line) => {
    const [grant = '', type = '', ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''));
    const name = GRANTS.find((each) => each === grant || each.endsWith(`:${grant}`));
    if (name === undefined) throw new Error(`docs/oauth.md: no such grant: ${grant}`);
    return { grant: name, type: type as ClientType, cells };
  });
}

const rows = tableOfGrants();

test('the table has every grant for every client type', () => {
  const expected = GRANTS.flatMap((grant) => CLIENT_TYPES.map((type) => `${grant} ${type}`));
  expect(rows.map(({ grant, type }) => `${grant} ${type}`)).toEqual(expected);
  expect(rows.every(({ cells }) => cells.length === METHODS.length)).toBe(true);
});

describe.each(rows)('$grant, $type client', ({ grant, type, cells }) => {
  const named = METHODS.map((method, at) => [method, cells[at]!] as const).filter(([, cell]) => cell !== '-');
  test.each(named)('by %s: %s', async (method, cell) => {
    expect(await world.ask(grant, type, method)).toBe(cell === 'yes' ? 'tokens' : cell);
  });
});
