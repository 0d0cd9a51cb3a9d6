import { availableParallelism } from 'node:os';
import type { PasswordHasher } from './password-hasher.ts';

/*
 * argon2id by libargon2 on libuv's threads. The module is loaded with the first hash: it costs 10 ms of start otherwise.
 */

/** 19 MiB, two passes, one lane: OWASP's first choice for argon2id, about 24 ms here. */
const COST = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const;

/** A hash of a value that nobody has, for `verify(null, …)`: it costs what a real hash costs. */
const DUMMY_HASH = '$argon2id$v=19$m=19456,t=2,p=1$9MG8zrOzDRDtYIx1KNY8Aw$dA4hP9OAPxuozzQAPp06pGIWFmarqf8VKD3SVNKI6GA';

/**
 * Makes the hasher. One per process, because the limit on parallel hashes is about the machine.
 * @param parallel hashes at once; more would take the threads that token signatures need (measured: 0.5 to 50 ms)
 */
export function createPasswordHasher(parallel: number = Math.max(1, availableParallelism() - 1)): PasswordHasher {
  const limited = limit(parallel);
  return {
    hash: (password) =>
      limited(async () => {
        const { hash, argon2id } = await import('argon2');
        return hash(password, { type: argon2id, ...COST });
      }),
    verify: (stored, password) =>
      limited(async () => {
        const { verify } = await import('argon2');
        const matched = await verify(stored ?? DUMMY_HASH, password);
        return stored !== null && matched;
      }),
  };
}

/** Runs at most `size` tasks at once, the others in the order they came. */
function limit(size: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= size) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      // The slot is handed to the next in line, not freed: a newcomer can't overtake it.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
