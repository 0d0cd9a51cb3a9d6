import type { Log } from '../../log.ts';
import { PrivatePostgresError } from './errors.ts';
import type { PrivatePostgres } from './private-postgres.ts';

export async function startOnWindows(_dataDir: string | null, _log: Log): Promise<PrivatePostgres> {
  throw new PrivatePostgresError('platform', 'todo');
}
