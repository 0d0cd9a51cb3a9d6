import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { adjustedClock, type ClockSetting } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import { badControlRequest, ControlError } from './errors.ts';
import { accept, duration, instant, isTime } from './input.ts';
import type { ControlServices } from './services.ts';

const setForm = z.strictObject({ now: instant });
const advanceForm = z
  .strictObject({ seconds: z.number('a number of seconds').optional(), duration: duration.optional() })
  .refine((body) => (body.seconds === undefined) !== (body.duration === undefined), 'give either seconds or duration')
  .transform((body) => body.duration ?? Math.round((body.seconds ?? 0) * 1000));
const freezeForm = z.strictObject({ now: instant.optional() });
const noForm = z.strictObject({});

/** `/_emulator/clock`: the time of the domain that the request is for. Tokens, lockouts, expiries and codes all read it. */
export function registerClockRoutes(app: FastifyInstance, services: ControlServices): void {
  const clock = new ClockControl(services);
  app.get('/clock', async (request) => clock.shown(services.contextOf(request).domain.clock));
  app.put('/clock', async (request) => {
    const { now } = accept(setForm, request.body);
    return clock.change(services.contextOf(request).domain, (setting) => clock.showing(setting, now));
  });
  app.delete('/clock', async (request) =>
    clock.change(services.contextOf(request).domain, () => ({ offsetMs: 0, frozenAtMs: null })),
  );
  app.post('/clock/advance', async (request) => {
    const step = accept(advanceForm, request.body);
    return clock.change(services.contextOf(request).domain, (setting) =>
      clock.showing(setting, clock.timeOf(setting) + step),
    );
  });
  app.post('/clock/freeze', async (request) => {
    const { now } = accept(freezeForm, request.body);
    return clock.change(services.contextOf(request).domain, (setting) => ({
      ...setting,
      frozenAtMs: now ?? clock.timeOf(setting),
    }));
  });
  app.post('/clock/unfreeze', async (request) => {
    accept(noForm, request.body);
    return clock.change(services.contextOf(request).domain, (setting) => ({
      offsetMs: clock.offsetTo(clock.timeOf(setting)),
      frozenAtMs: null,
    }));
  });
}

class ClockControl {
  readonly #services: ControlServices;

  constructor(services: ControlServices) {
    this.#services = services;
  }

  timeOf(setting: ClockSetting): number {
    return adjustedClock(this.#services.birth.clock, setting).now();
  }

  offsetTo(time: number): number {
    return time - this.#services.birth.clock.now();
  }

  /** The setting by which the clock shows `time` now and goes on, or stands, as it did. */
  showing(setting: ClockSetting, time: number): ClockSetting {
    return setting.frozenAtMs === null
      ? { offsetMs: this.offsetTo(time), frozenAtMs: null }
      : { offsetMs: setting.offsetMs, frozenAtMs: time };
  }

  shown(setting: ClockSetting): object {
    const now = this.timeOf(setting);
    return {
      now: new Date(now).toISOString(),
      frozen: setting.frozenAtMs !== null,
      offsetSeconds: this.offsetTo(now) / 1000,
    };
  }

  /** Changes a domain's clock. Two changes at once both count: the second starts from what the first has left. */
  async change(domain: Domain, next: (setting: ClockSetting) => ClockSetting): Promise<object> {
    const setting = await this.#services.store.transaction(async (session) => {
      // Takes the row's lock, so that what is read next cannot change before this transaction ends.
      await session.domains.bumpEpoch(domain.id);
      const current = await session.domains.findByName(domain.name);
      if (current?.id !== domain.id)
        throw new ControlError(409, 'conflict', `${domain.name} was reset or deleted meanwhile`);
      const changed = next(current.clock);
      if (!isTime(this.timeOf(changed))) throw badControlRequest('the clock can show 1970 to 9999 only');
      await session.domains.setClock(domain.id, changed);
      return changed;
    });
    return this.shown(setting);
  }
}
