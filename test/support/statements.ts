import pg from 'pg';
import { vi } from 'vitest';

/** What was done, and the statements that were sent meanwhile. */
export interface Recorded<Result> {
  readonly result: Result;
  /** Their texts, in order. */
  readonly statements: readonly string[];
}

/**
 * The statements that one store sends while something runs. Other stores of the process have background work of their own
 * (a worker's emulator outlives its files), so a store is told by the `application_name` of its connections.
 */
export async function recordStatements<Result>(
  applicationName: string,
  work: () => Promise<Result>,
): Promise<Recorded<Result>> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    const result = await work();
    const { calls, contexts } = query.mock;
    const own = calls.filter((_, index) => applicationNameOf(contexts[index]) === applicationName);
    return { result, statements: own.map(([asked]) => textOf(asked)) };
  } finally {
    query.mockRestore();
  }
}

/** pg keeps what it connected with; its types don't say so. */
function applicationNameOf(client: unknown): string | undefined {
  return (client as { connectionParameters?: { application_name?: string } }).connectionParameters?.application_name;
}

function textOf(asked: unknown): string {
  return typeof asked === 'string' ? asked : String((asked as { text?: string }).text);
}
