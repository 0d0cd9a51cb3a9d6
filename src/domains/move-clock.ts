import type { Clock, ClockSetting } from '../clock.ts';
import { adjustedClock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import type { Domain } from './domain.ts';

/** A clock was to show a time before 1970 or after 9999. */
export class ImpossibleTime extends Error {
  constructor() {
    super('a clock can show the years 1970 to 9999');
    this.name = 'ImpossibleTime';
  }
}

/** The domain was reset or deleted while its clock was to be moved. */
export class DomainGone extends Error {
  constructor(name: string) {
    super(`${name} was reset or deleted meanwhile`);
    this.name = 'DomainGone';
  }
}

const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Changes a domain's clock, for all processes. Of two changes at once both count: the second starts from what the first left.
 * @param machine the clock that the domain's follows
 * @param next the new setting, made from the current one
 * @returns the setting that now stands
 * @throws ImpossibleTime, DomainGone
 */
export async function moveClock(
  store: Pick<Store, 'transaction'>,
  machine: Clock,
  domain: Pick<Domain, 'id' | 'name'>,
  next: (setting: ClockSetting) => ClockSetting,
): Promise<ClockSetting> {
  return await store.transaction(async (session) => {
    // Takes the row's lock, so that what is read next cannot change before this transaction ends.
    await session.domains.bumpEpoch(domain.id);
    const current = await session.domains.findByName(domain.name);
    if (current?.id !== domain.id) throw new DomainGone(domain.name);
    const setting = next(current.clock);
    const shown = adjustedClock(machine, setting).now();
    if (!(shown >= 0 && shown <= LAST_TIME)) throw new ImpossibleTime();
    await session.domains.setClock(domain.id, setting);
    return setting;
  });
}
