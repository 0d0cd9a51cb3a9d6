import type { Queries } from './queries.ts';
import type { InstallationRows } from './store.ts';

const GET = 'SELECT value FROM installation WHERE name = $1';

/** Small values of the installation, over `queries`. */
export function installationRows(queries: Queries): InstallationRows {
  const get = async (name: string): Promise<string | null> =>
    (await queries.run<{ value: string }>(GET, [name])).rows[0]?.value ?? null;
  return {
    get,

    async putIfAbsent(name, value) {
      // Nothing comes back from the insert when another process was first; its value is then there to read.
      const { rows } = await queries.run<{ value: string }>(
        'INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING value',
        [name, value],
      );
      return rows[0]?.value ?? (await get(name)) ?? value;
    },
  };
}
