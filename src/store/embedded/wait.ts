import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between two looks: a start takes 30, so looking rarely would show. */
const STEP_MS = 3;

/**
 * Looks until `look` returns something, every few milliseconds.
 * @param deadlineMs from now
 * @returns what `look` returned, or undefined when the time was over first
 */
export async function waitFor<T>(look: () => T | undefined, deadlineMs: number): Promise<T | undefined> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = look();
    if (found !== undefined || performance.now() > end) return found;
    await delay(STEP_MS);
  }
}
