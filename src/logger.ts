import pino from 'pino';
import type { Config } from './config.ts';
import type { Log } from './log.ts';

/**
 * The log: pino JSON on standard output, pretty on a terminal. No line carries a secret: callers pass names and ids, never bodies,
 * headers or queries; `redact` is the second line of defence.
 */
export function createLogger(level: Config['logLevel']): Log {
  const options = {
    level,
    base: null,
    redact: {
      paths: ['password', 'secret', 'token', 'authorization', '*.password', '*.secret', '*.token', '*.authorization'],
    },
  };
  if (!process.stdout.isTTY || level === 'silent') return pino(options);
  return pino({ ...options, transport: { target: 'pino-pretty', options: { translateTime: 'SYS:HH:MM:ss.l' } } });
}
