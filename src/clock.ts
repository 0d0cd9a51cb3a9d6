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

/** The setting by which a clock shows `timeMs` now and goes on, or stands there, as it did before. */
export function clockShowing(base: Clock, setting: ClockSetting, timeMs: number): ClockSetting {
  return setting.frozenAtMs === null
    ? { offsetMs: timeMs - base.now(), frozenAtMs: null }
    : { offsetMs: setting.offsetMs, frozenAtMs: timeMs };
}

/** The setting by which a clock stands still: at `timeMs`, or where it is now. */
export function clockFrozen(base: Clock, setting: ClockSetting, timeMs?: number): ClockSetting {
  return { offsetMs: setting.offsetMs, frozenAtMs: timeMs ?? adjustedClock(base, setting).now() };
}

/** The setting by which a clock goes on from the time that it shows. */
export function clockRunning(base: Clock, setting: ClockSetting): ClockSetting {
  return { offsetMs: adjustedClock(base, setting).now() - base.now(), frozenAtMs: null };
}
