import { setTimeout as wait } from 'node:timers/promises';

/** Waits for what a program does without saying so. @throws Error after 20 s */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries === 400) throw new Error(`waited 20 s for ${what}`);
    await wait(50);
  }
}
