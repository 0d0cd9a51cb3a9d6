import * as z from 'zod';
import { badControlRequest } from './errors.ts';

/**
 * Checks a body or query against its form.
 * @throws ControlError 400 that names the member
 */
export function accept<T>(form: z.ZodType<T>, value: unknown): T {
  const parsed = form.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') throw badControlRequest(`${issue.keys.join(', ')}: no such member`);
  const path = issue?.path.join('.') || 'the request';
  throw badControlRequest(`${path}: ${issue?.message ?? 'not valid'}`);
}

/** A date-time in ISO 8601 with its zone, as milliseconds since the Unix epoch. */
export const instant = z.iso
  .datetime({ offset: true, error: 'a date-time such as 2026-01-31T12:00:00Z' })
  .transform((text) => Date.parse(text));

/** A whole number in a query string. */
export function queryNumber(minimum: number, maximum: number): z.ZodType<number> {
  const allowed = `a whole number, ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, allowed)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, allowed);
}

/** An ISO 8601 duration of weeks, days, hours, minutes and seconds, as milliseconds: `P1DT12H`, `PT90S`. */
export const duration = z.string().transform((text, context) => {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!match || text.endsWith('P') || text.endsWith('T')) {
    context.addIssue({
      code: 'custom',
      message: 'an ISO 8601 duration of weeks, days, hours, minutes, seconds: PT30M, P120D',
    });
    return z.NEVER;
  }
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + Math.round(seconds * 1000);
});
