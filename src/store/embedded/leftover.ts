import { PrivatePostgresError, systemCode } from './errors.ts';
import { isAlive, isServerOf, readPostmasterFile } from './postmaster-file.ts';
import { waitFor } from './wait.ts';

/** How long a server may take to write everything out before it is ended without. */
const PATIENCE_MS = 15_000;

/**
 * Ends a server and waits until it is gone; returns at once when it is.
 * @param pid the server that was seen; another one that has started since is left alone
 * @param signal SIGINT writes everything out first, SIGQUIT leaves that to the recovery of the next start
 * @throws PrivatePostgresError (`busy`) when it is another user's or does not end
 */
export async function endServer(data: string, pid: number, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  for (const next of [signal, 'SIGQUIT'] as const) {
    if (!isServerOf(pid, data)) return;
    send(pid, next, data);
    if (await isGone(pid, data, PATIENCE_MS)) return;
  }
  throw new PrivatePostgresError('busy', `The PostgreSQL server ${pid} of ${data} does not end: end it by hand.`);
}

/** Waits for a server's end; false when the time was over first. */
export async function isGone(pid: number, data: string, deadlineMs: number): Promise<boolean> {
  return (await waitFor(() => !isServerOf(pid, data) || undefined, deadlineMs)) ?? false;
}

function send(pid: number, signal: NodeJS.Signals, data: string): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return; // it has just ended
    throw new PrivatePostgresError('busy', `The PostgreSQL server ${pid} of ${data} belongs to another user.`);
  }
}

/**
 * The number in a postmaster.pid that another process has got since its server died; null when there is none. The server
 * would take that process for its rival.
 */
export function recycledPid(data: string): number | null {
  const pid = readPostmasterFile(data)?.pid;
  return pid !== undefined && isAlive(pid) && !isServerOf(pid, data) ? pid : null;
}
