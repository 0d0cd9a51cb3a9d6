import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { startProgram } from '../support/program.ts';

/*
 * scim2-tester (Python) over every resource type. Each failure has a reason in reasons.json, and each reason still happens.
 * SCIM2_TESTER_WRITE=1 writes results.json, of which docs/coverage.md has the table.
 */

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const PYTHON = file('.venv/bin/python');
const RESULTS = file('results.json');

/** One check of the tester. */
interface Check {
  /** Null: discovery. */
  readonly type: string | null;
  readonly check: string;
  readonly status: string;
  readonly reason: string;
}

interface Reason {
  readonly key: string;
  readonly pattern: string;
}

const reasons = JSON.parse(readFileSync(file('reasons.json'), 'utf8')) as Reason[];
const keyOf = ({ reason }: Check) => reasons.find(({ pattern }) => new RegExp(pattern, 's').test(reason))?.key;
const isFailure = ({ status }: Check) => status !== 'SUCCESS' && status !== 'SKIPPED';

// run.mjs makes the environment, or says why there is none.
describe.runIf(existsSync(PYTHON))('scim2-tester', () => {
  let checks: readonly Check[];

  beforeAll(async () => {
    const { url } = inject('servers').default;
    const publicKey = [1, 2, 3].map(() =>
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }),
    );
    const certificate = await (await fetch(`${url}/_emulator/ca.pem`)).text();
    const bodies = [file('bodies.json'), file('../../acceptance/terraform-way.json')];
    const program = startProgram(PYTHON, [file('check.py'), url, file('../../../src/schemas'), ...bodies], {
      input: JSON.stringify({ publicKey, certificate }),
    });
    const code = await program.exited;
    const lines = program.output().trim().split('\n');
    expect(code, lines.slice(-20).join('\n')).toBe(0);
    checks = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Check);
    if (process.env['SCIM2_TESTER_WRITE'] === '1') {
      writeFileSync(RESULTS, `${JSON.stringify(summary(checks), null, 2)}\n`);
    }
  }, 600_000);

  it('finds nothing that has no reason', () => {
    expect(checks.filter((each) => isFailure(each) && keyOf(each) === undefined)).toEqual([]);
  });

  it('finds discovery right', () => {
    expect(checks.filter((each) => each.type === null && each.status !== 'SUCCESS')).toEqual([]);
    expect(checks.filter(({ type }) => type === null).length).toBeGreaterThan(300);
  });

  it('still gives every reason', () => {
    const given = new Set(checks.filter(isFailure).map(keyOf));
    expect(reasons.map(({ key }) => key).filter((key) => !given.has(key))).toEqual([]);
  });

  it('tries every type that results.json has', () => {
    const tried = new Set(checks.map(({ type }) => type));
    const listed = Object.keys(JSON.parse(readFileSync(RESULTS, 'utf8')));
    expect(listed.filter((type) => !tried.has(type))).toEqual([]);
  });
});

/** By type: how many checks, how many of them passed, and how many failed for which reason. */
function summary(all: readonly Check[]) {
  const done = all.filter(({ type, status }) => type !== null && status !== 'SKIPPED');
  const types = [...new Set(done.map(({ type }) => type))].sort();
  const entries = types.map((type) => {
    const own = done.filter((each) => each.type === type);
    const failed: Record<string, number> = {};
    for (const each of own.filter(isFailure)) failed[keyOf(each) ?? ''] = (failed[keyOf(each) ?? ''] ?? 0) + 1;
    return [type, { checks: own.length, passed: own.filter((each) => !isFailure(each)).length, failed }];
  });
  return Object.fromEntries(entries);
}
