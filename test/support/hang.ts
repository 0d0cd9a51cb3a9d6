/**
 * Milliseconds after which something hangs. Timings never decide a test here; this only tells input that takes exponential time
 * from input that is merely slow on a busy machine.
 */
export const HANG_MS = 10_000;
