/** Where the emulator reads the time: injected, so that a domain's clock can be moved and tests never sleep. */
export interface Clock {
  /** The current time in milliseconds since the Unix epoch. */
  now(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** How one domain's clock differs from the machine's: kept in the store, so that every process sees the same time. */
export interface ClockSetting {
  /** Milliseconds added to the machine's time. */
  readonly offsetMs: number;
  /** When set, the clock stands still at this time (milliseconds since the Unix epoch). */
  readonly frozenAtMs: number | null;
}

/** A clock that follows `base` with a domain's own setting. */
export function adjustedClock(base: Clock, setting: ClockSetting): Clock {
  return { now: () => setting.frozenAtMs ?? base.now() + setting.offsetMs };
}
