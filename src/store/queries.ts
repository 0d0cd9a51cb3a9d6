import { createHash } from 'node:crypto';
import pg from 'pg';
import { badRequest } from '../scim/errors.ts';
import { StatementTimeout, StoreUnavailable } from './store-errors.ts';

/** One row as it comes: text, numbers as text where they are 64 bits wide (see `Number(row.seq)`). */
export type Row = Record<string, unknown>;

export interface Rows<T> {
  readonly rows: readonly T[];
  readonly rowCount: number;
}

/** Where statements run: the pool, or the one connection of a transaction. */
export interface Queries {
  /**
   * Runs one statement with bound parameters, prepared under a name of its own when its text is a common one.
   * @throws StatementTimeout, StoreUnavailable, ScimError 400 for text that PostgreSQL cannot keep, else pg's DatabaseError
   */
  run<T = Row>(text: string, values: readonly unknown[]): Promise<Rows<T>>;
}

/** Filters make statements of many shapes; beyond so many, further ones are planned anew each time. */
const NAMED_AT_MOST = 500;
const names = new Map<string, string>();

/** A name under which connections prepare a statement; undefined: there are too many already. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= NAMED_AT_MOST) return undefined;
  const name = createHash('sha1').update(text).digest('base64url');
  names.set(text, name);
  return name;
}

/** Statements over a pool or a connection of one. */
export function queriesOn(runner: pg.Pool | pg.PoolClient): Queries {
  return {
    async run<T>(text: string, values: readonly unknown[]): Promise<Rows<T>> {
      const name = nameOf(text);
      const config: pg.QueryConfig = { text, values: values as unknown[], ...(name === undefined ? {} : { name }) };
      try {
        const result = await runner.query(config);
        return { rows: result.rows as T[], rowCount: result.rowCount ?? 0 };
      } catch (error) {
        throw storeError(error);
      }
    },
  };
}

/** The SQLSTATE of a database error, if it is one. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Turns what pg throws into the store's typed errors; what is not known stays as it is. */
export function storeError(error: unknown): unknown {
  const state = sqlState(error);
  if (state === undefined) return isConnectionError(error) ? new StoreUnavailable(error) : error;
  if (state === '57014') return new StatementTimeout(error);
  // Characters that PostgreSQL has no text for: NUL, half a surrogate pair.
  if (state === '22021' || state === '22P05' || state === '22P02') {
    return badRequest('A value contains a character that cannot be stored (NUL or half a surrogate pair).');
  }
  // 08: connection exceptions; 57P01..3: the server is shutting down or starting; 53300: no free connection
  if (state.startsWith('08') || state.startsWith('57P0') || state === '53300') return new StoreUnavailable(error);
  return error;
}

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== undefined && /^E(CONN|PIPE|NOENT|TIMEDOUT|HOST|NET|AI_|NOTFOUND)/.test(code)) return true;
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after|Query read timeout)/.test(
    error.message,
  );
}
