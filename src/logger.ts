import pino from 'pino';
import type { Config } from './config.ts';
import type { Log } from './log.ts';

/**
 * The log: pino JSON on standard output, pretty on a terminal. No line carries a secret: callers pass names and ids, never bodies,
 * headers or queries; `redact` is the second line of defence.
 */
export async function createLogger(level: Config['logLevel']): Promise<Log> {
  const options = {
    level,
    base: null,
    redact: {
      paths: ['password', 'secret', 'token', 'authorization', '*.password', '*.secret', '*.token', '*.authorization'],
    },
  };
  const plain: Log = pino(options);
  if (!process.stdout.isTTY || level === 'silent') return plain;
  // In this process, not as a worker: a terminal's lines are few, and a worker's would be lost at a sudden end.
  const { default: pretty } = await import('pino-pretty');
  const readable: Log = pino(options, pretty({ translateTime: 'SYS:HH:MM:ss.l', sync: true }));
  return readable;
}
