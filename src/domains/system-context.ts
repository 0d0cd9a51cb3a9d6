import { adjustedClock } from '../clock.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { BirthOptions } from './birth-services.ts';
import type { Domain } from './domain.ts';
import { systemCaller } from './system-caller.ts';

/** What the emulator itself uses the pipeline with: nobody sees the answers, so the address does not matter. */
export function systemContext(services: BirthOptions, domain: Domain): RequestContext {
  const { store, ids, passwords, secrets, log, clock } = services;
  return {
    domain,
    caller: systemCaller(domain),
    baseUrl: 'http://localhost',
    store,
    clock: adjustedClock(clock, domain.clock),
    ids,
    passwords,
    secrets,
    log,
  };
}
