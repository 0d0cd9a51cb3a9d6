import type { ResourceResponse } from '../resources/pipeline/response.ts';
import { scimErrorBody } from '../resources/scim-error-body.ts';
import { ScimError } from '../scim/errors.ts';
import type { CsvRow } from './csv-file.ts';
import { JobFailure } from './job-failure.ts';
import type { JobRun } from './job-run.ts';

/** How a row went. */
export interface RowOutcome {
  /** IDCS: errors.tsv: `Creation Succeeded`, `Update Succeeded`; the failures are inferred. */
  readonly status: string;
  readonly isGood: boolean;
  /** Why not; null: it went well. */
  readonly error: string | null;
  /** IDCS: scim.md §14: the record of a bulk operation, as text. */
  readonly responseData: string;
  /** The resource; null when there is none. */
  readonly id: string | null;
}

/** What a row was written as. */
export interface Written {
  readonly verb: 'Creation' | 'Update';
  readonly response: ResourceResponse;
}

/**
 * Writes a row, and tells how that went.
 * @param verb what it is as long as nobody knows better
 */
export async function outcomeOf(
  run: JobRun,
  row: CsvRow,
  work: (decided: (verb: Written['verb']) => void) => Promise<ResourceResponse>,
): Promise<RowOutcome> {
  let verb: Written['verb'] = 'Creation';
  const record = (more: object) =>
    JSON.stringify({
      method: verb === 'Creation' ? 'POST' : 'PATCH',
      requestNumber: row.number,
      bulkId: `row-${row.number}`,
      ...more,
    });
  try {
    if (row.isRagged) throw new ScimError(400, 'The row has another number of cells than the first row.');
    if ([...row.cells.values()].some((cell) => cell.includes('\0'))) {
      throw new ScimError(400, 'The row holds a NUL character.');
    }
    const { status, body } = await work((decided) => {
      verb = decided;
    });
    const id = body?.['id'];
    const location = (body?.['meta'] as { location?: string } | undefined)?.location;
    return {
      status: `${verb} Succeeded`,
      isGood: true,
      error: null,
      responseData: record({ location, status: String(status) }),
      id: typeof id === 'string' ? id : null,
    };
  } catch (error) {
    if (error instanceof JobFailure) throw error;
    const known = error instanceof ScimError ? error : new ScimError(500, 'An internal error has occurred.');
    if (known !== error) run.context.log.error({ err: error, row: row.number }, 'a row of an import failed');
    return {
      status: `${verb} Failed`,
      isGood: false,
      error: known.message,
      responseData: textOf(record({ status: String(known.status), response: scimErrorBody(known) })),
      id: null,
    };
  }
}

/** IDCS: flows.md D: `User ID=…,First Name=…`; passwords are not repeated. */
export function requestData(row: CsvRow): string {
  return textOf(
    [...row.cells].map(([title, cell]) => `${title}=${title === 'Password' ? '*********' : cell}`).join(','),
  );
}

/** Text that the store can keep, of a length that is of use. */
export function textOf(text: string): string {
  return text.slice(0, 4_000).replaceAll('\0', '\ufffd').toWellFormed();
}
