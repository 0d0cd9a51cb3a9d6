import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newDomain, startEmulatorProcess } from './emulator-process.ts';
import type { Row } from './report.ts';

/** Start to ready, memory, and the price of a domain, all in private mode. */
export async function measureStartUp(): Promise<Row[]> {
  const cold: number[] = [];
  const warm: number[] = [];
  const afterKill: number[] = [];
  const memory: { own: number; descendants: number }[] = [];
  for (let round = 0; round < 3; round++) {
    const dataDir = mkdtempSync(join(tmpdir(), 'idcs-bench-'));
    cold.push(await timeStart(dataDir, 'SIGTERM'));
    for (let again = 0; again < 3; again++) warm.push(await timeStart(dataDir, 'SIGTERM', memory));
    await timeStart(dataDir, 'SIGKILL');
    afterKill.push(await timeStart(dataDir, 'SIGTERM'));
    rmSync(dataDir, { recursive: true, force: true });
  }
  const own = median(memory.map((each) => each.own));
  const database = median(memory.map((each) => each.descendants));
  return [
    {
      what: 'ready, existing data directory',
      value: `${median(warm).toFixed(0)} ms`,
      target: '<= 500 ms',
      met: median(warm) <= 500,
    },
    {
      what: 'ready, new data directory',
      value: `${median(cold).toFixed(0)} ms`,
      target: '<= 1500 ms',
      met: median(cold) <= 1500,
    },
    {
      what: 'ready after kill -9, more than usual',
      value: `${(median(afterKill) - median(warm)).toFixed(0)} ms`,
      target: '<= 300 ms',
      met: median(afterKill) - median(warm) <= 300,
    },
    {
      what: 'idle memory, database included',
      value: `${(own + database).toFixed(0)} MB (${own.toFixed(0)} + ${database.toFixed(0)})`,
      target: '<= 160 MB',
      met: own + database <= 160,
    },
    ...(await measureDomains()),
  ];
}

/** From spawn to the first 200 of health. */
async function timeStart(
  dataDir: string,
  end: NodeJS.Signals,
  memory?: { own: number; descendants: number }[],
): Promise<number> {
  const started = performance.now();
  const server = await startEmulatorProcess({ IDCS_DATA_DIR: dataDir });
  const health = await fetch(`${server.url}/_emulator/health`);
  const took = performance.now() - started;
  if (health.status !== 200) throw new Error(`health is ${health.status} after ready`);
  if (memory) {
    // Idle: what is made in the background after start (keys, purges) is done by then.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    memory.push(server.memory());
  }
  await server.stop(end);
  return took;
}

async function measureDomains(): Promise<Row[]> {
  const server = await startEmulatorProcess({ IDCS_DATA_DIR: ':memory:' });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const create: number[] = [];
  const reset: number[] = [];
  for (let n = 0; n < 20; n++) {
    const started = performance.now();
    await newDomain(server.url, `bench-${n}`);
    create.push(performance.now() - started);
    const again = performance.now();
    const answer = await fetch(`${server.url}/_emulator/domains/bench-${n}/reset`, { method: 'POST' });
    if (!answer.ok) throw new Error(`reset: ${answer.status} ${await answer.text()}`);
    reset.push(performance.now() - again);
  }
  await server.stop();
  return [
    { what: 'a new domain', value: `${median(create).toFixed(0)} ms`, target: '<= 50 ms', met: median(create) <= 50 },
    {
      what: 'reset of a domain',
      value: `${median(reset).toFixed(0)} ms`,
      target: '<= 50 ms',
      met: median(reset) <= 50,
    },
  ];
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
