import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { adjustedClock, type ClockSetting, clockFrozen, clockRunning, clockShowing } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import { DomainGone, ImpossibleTime, moveClock } from '../domains/move-clock.ts';
import { badControlRequest, ControlError } from './errors.ts';
import { accept, duration, instant } from './input.ts';
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
  const machine = services.birth.clock;

  const shown = (setting: ClockSetting) => {
    const now = adjustedClock(machine, setting).now();
    const offsetSeconds = (now - machine.now()) / 1000;
    return { now: new Date(now).toISOString(), frozen: setting.frozenAtMs !== null, offsetSeconds };
  };

  const change = async (domain: Domain, next: (setting: ClockSetting) => ClockSetting) => {
    try {
      return shown(await moveClock(services.store, machine, domain, next));
    } catch (error) {
      if (error instanceof ImpossibleTime) throw badControlRequest(error.message);
      if (error instanceof DomainGone) throw new ControlError(409, 'conflict', error.message);
      throw error;
    }
  };

  app.get('/clock', async (request) => shown(services.contextOf(request).domain.clock));

  app.put('/clock', async (request) => {
    const { now } = accept(setForm, request.body);
    return await change(services.contextOf(request).domain, (setting) => clockShowing(machine, setting, now));
  });

  app.delete('/clock', async (request) =>
    change(services.contextOf(request).domain, () => ({ offsetMs: 0, frozenAtMs: null })),
  );

  app.post('/clock/advance', async (request) => {
    const step = accept(advanceForm, request.body);
    return await change(services.contextOf(request).domain, (setting) =>
      clockShowing(machine, setting, adjustedClock(machine, setting).now() + step),
    );
  });

  app.post('/clock/freeze', async (request) => {
    const { now } = accept(freezeForm, request.body);
    return await change(services.contextOf(request).domain, (setting) => clockFrozen(machine, setting, now));
  });

  app.post('/clock/unfreeze', async (request) => {
    accept(noForm, request.body);
    return await change(services.contextOf(request).domain, (setting) => clockRunning(machine, setting));
  });
}
