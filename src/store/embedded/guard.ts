import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { RunAs } from './unprivileged-user.ts';
import { holdOpen, newUserName } from './users-of-server.ts';

/*
 * The server runs under a guard: a shell that waits for the last user of the server to go, however that goes, then
 * ends the server and removes the private directory. What it waits on is the end of a named pipe (`users`) that every
 * user holds open for writing: the kernel closes it for a process that is killed.
 *
 * A line written to the pipe asks the guard to make a file of that name beside it. A second process that wants to join
 * knows by it that the guard has seen the pipe open, and so will not end the server under it.
 */
const GUARD = `
umask 077
private=$1 signal=$2; shift 2
# Under its own name only once it is read: a pipe "users" without a reader is a dead guard's.
mkfifo "$private/new" && exec 4<>"$private/new" 3<"$private/new" 5<&0 </dev/null && mv "$private/new" "$private/users" || exit 70
"$@" 3<&- 4<&- 5<&- &
server=$!
trap 'kill -s INT $server' INT TERM HUP
(
  trap - INT TERM HUP
  # The first user says by a line on our input that it holds the pipe; only then may we let go of our own end.
  if read -r name <&5; then
    : >"$private/$name"
    exec 4<&- 5<&-
    while read -r name <&3; do : >"$private/$name"; done
  fi
  kill -s "$signal" $server
) 2>/dev/null &
watcher=$!
exec 3<&- 4<&- 5<&-
while kill -s 0 $server 2>/dev/null; do wait $server; code=$?; done
kill $watcher 2>/dev/null
rm -rf -- "$private"
exit $code
`;

/** A server and its guard. */
export interface Guarded {
  /** Settles when both have ended, with a few words on how. */
  readonly ended: Promise<string>;
  /** Waits for that, which `ended` alone does not: it keeps no process alive. */
  awaitEnd(): Promise<string>;
  /** Lets go of the server: the last user who does so ends it. */
  release(): void;
  /** The name of our file in the private directory. */
  readonly userName: string;
}

/**
 * Starts the command under a guard, in a session of its own: Ctrl-C in our terminal and a kill of our process group
 * reach the server only through our own end.
 * @param command the server and its arguments
 * @param privateDir a directory of the server's user, for the pipe; removed at the end
 * @param log an open file that takes what the server prints; stays open here
 * @param keep whether the data is kept: else the server is ended without writing it out
 */
export async function startGuarded(
  command: readonly string[],
  options: { readonly privateDir: string; readonly log: number; readonly keep: boolean; readonly runAs: RunAs },
): Promise<Guarded> {
  const child = spawn(
    '/bin/sh',
    ['-c', GUARD, 'guard', options.privateDir, options.keep ? 'INT' : 'QUIT', ...command],
    {
      ...options.runAs,
      cwd: '/',
      env: serverEnvironment(),
      detached: true,
      stdio: ['pipe', options.log, options.log],
    },
  );
  const ended = endOf(child);
  const input = child.stdin!;
  input.on('error', () => {}); // the guard is gone: `ended` tells
  const file = await Promise.race([holdOpen(options.privateDir, 5_000), ended.then(() => null)]);
  const userName = newUserName();
  // Without the pipe the server has ended already, before anybody could hold it: `ended` tells, and what it printed.
  if (file === null) input.destroy();
  else input.write(`${userName}\n`);
  child.unref(); // neither keeps this process alive: our end is theirs
  (input as Socket).unref();
  return {
    ended,
    userName,
    awaitEnd() {
      child.ref();
      return ended;
    },
    release() {
      if (file !== null) closeSync(file);
      input.destroy();
    },
  };
}

/** What the server and initdb get to see of our environment: where commands are, and nothing of PG*, LC_* or LD_*. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with code ${code}`));
  });
}
