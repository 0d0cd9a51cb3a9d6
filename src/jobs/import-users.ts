import { typeInDomain } from '../resources/discovery/custom-attributes.ts';
import { createResource } from '../resources/pipeline/create.ts';
import { patchResource } from '../resources/pipeline/patch.ts';
import type { ResourceResponse } from '../resources/pipeline/response.ts';
import { USER_URN } from '../resources/user-urns.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { ResourceType } from '../scim/schema.ts';
import { type Column, columnsOf } from './csv-columns.ts';
import { readCsv } from './csv-file.ts';
import { importedFile, type RowRights, replacesLists } from './import-file.ts';
import type { JobRun } from './job-run.ts';
import { type Cells, cellsOf, changeBody, createBody, markImported, titlesOf } from './row-body.ts';
import { outcomeOf, requestData, textOf } from './row-outcome.ts';

const REPORT = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:UserImport:JobReport';
const NOTHING = { attributes: null, attributeSets: null };
/** IDCS: flows.md D: what a hashed password begins with. */
const HASHED = /^\{(?:PBKDF2-HMAC-)?(?:SHA1|SHA256|SHA384|SHA512|SSHA|SSHA256|SSHA384|SSHA512)\}/i;

/** UserImport: a row makes the user of its User ID, or changes who has it. */
export async function importUsers(run: JobRun, mayDo: RowRights): Promise<void> {
  const type = await typeInDomain(run.context, resourceType('User'));
  const columns = columnsOf(type);
  const byTitle = new Map(columns.map((column) => [column.title, column]));
  const file = await importedFile(run);
  for await (const row of readCsv(run.context, file, titlesOf(columns), ['User ID'])) {
    const cells = cellsOf(row, byTitle);
    const outcome = await outcomeOf(run, row, (decided) => writeUser(run, mayDo, type, cells, decided));
    const text = (title: string) => textOf(row.cells.get(title) ?? '');
    await run.count(outcome.isGood, row.percentage, {
      type: outcome.isGood ? 'info' : 'error',
      // IDCS: errors.tsv.
      message: outcome.error === null ? 'User Imported Successfully.' : textOf(outcome.error),
      details: {
        [REPORT]: {
          requestData: requestData(row),
          responseData: outcome.responseData,
          status: outcome.status,
          userId: text('User ID'),
          firstName: text('First Name'),
          lastName: text('Last Name'),
          email: text('Work Email') || text('Home Email'),
        },
      },
    });
  }
}

async function writeUser(
  run: JobRun,
  mayDo: RowRights,
  type: ResourceType,
  said: Cells,
  decided: (verb: 'Creation' | 'Update') => void,
): Promise<ResourceResponse> {
  const { context } = run;
  const { store, domain } = context;
  const userName = cellOf(said, 'User ID');
  if (userName === undefined) throw badRequest('User ID is missing.');
  const cells = await withManager(run, said);
  if (HASHED.test(cellOf(cells, 'Password') ?? '')) {
    throw badRequest('Password is hashed: that is not built here; import it as plain text.');
  }
  const known = await store.resources.readByName(domain.id, 'User', userName);
  if (known === null) {
    mayDo(run, 'Users', 'create');
    const body = createBody(type, cells);
    markImported(type, body, USER_URN);
    return createResource(context, type, body, NOTHING);
  }
  decided('Update');
  mayDo(run, 'Users', 'patch');
  return patchResource(context, type, known.id, changeBody(known.data, cells, replacesLists(run)), NOTHING, null);
}

/** Inferred: a file names a manager by the user name, as it names everybody; the attribute wants the id. */
async function withManager({ context }: JobRun, cells: Cells): Promise<Cells> {
  const column = [...cells.keys()].find(({ title }) => title === 'Manager Name');
  if (column === undefined) return cells;
  const name = cells.get(column)!;
  const manager = await context.store.resources.readByName(context.domain.id, 'User', name);
  if (manager === null) throw badRequest(`Manager Name: there is no user ${name.slice(0, 100)}.`);
  return new Map<Column, string>([...cells, [column, manager.id]]);
}

function cellOf(cells: Cells, title: string): string | undefined {
  for (const [column, cell] of cells) if (column.title === title) return cell;
  return undefined;
}
