import { equals } from '../resources/app-parts.ts';
import { createResource } from '../resources/pipeline/create.ts';
import { patchResource } from '../resources/pipeline/patch.ts';
import type { ResourceResponse } from '../resources/pipeline/response.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { columnsOf } from './csv-columns.ts';
import { readCsv } from './csv-file.ts';
import { importedFile, type RowRights, replacesLists } from './import-file.ts';
import type { JobRun } from './job-run.ts';
import { cellsOf, changeBody, createBody, markImported, titlesOf } from './row-body.ts';
import { outcomeOf, requestData, textOf } from './row-outcome.ts';

const SUMMARY = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:groupImportSummary:JobReport';
const DETAILED = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:groupImportDetailed:JobReport';
const GROUP_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';
const NOTHING = { attributes: null, attributeSets: null };
const NAME = 'Display Name';
const MEMBERS = 'User Members';

type Summary = Record<'succRows' | 'failRows' | 'succMembers' | 'failMembers' | 'totalMembers', number> & {
  displayName: string;
  description: string;
};

/** GroupImport: a row makes the group of its name, or changes it, and adds members; a group may have several rows. */
export async function importGroups(run: JobRun, mayDo: RowRights): Promise<void> {
  const columns = columnsOf(resourceType('Group'));
  const byTitle = new Map(columns.map((column) => [column.title, column]));
  const file = await importedFile(run);
  const summaries = new Map<string, Summary>();
  for await (const row of readCsv(run.context, file, titlesOf(columns), [NAME])) {
    const name = row.cells.get(NAME) ?? '';
    const description = textOf(row.cells.get('Description') ?? '');
    const wanted = (row.cells.get(MEMBERS) ?? '')
      .split(';')
      .map((member) => member.trim())
      .filter((member) => member !== '');
    const isFirst = !summaries.has(name.toLowerCase());
    const summary = summaries.get(name.toLowerCase()) ?? emptySummary(textOf(name), description);
    const members: { found: string[]; missing: string[] } = { found: [], missing: [] };
    const outcome = await outcomeOf(run, row, async (decided) => {
      if (name === '') throw badRequest(`${NAME} is missing.`);
      Object.assign(members, await findUsers(run, wanted));
      const cells = cellsOf(row, byTitle);
      return writeGroup(
        run,
        mayDo,
        { name, cells, members: members.found, replaces: isFirst && replacesLists(run) },
        decided,
      );
    });
    const good = outcome.isGood ? members.found.length : 0;
    summary[outcome.isGood ? 'succRows' : 'failRows'] += 1;
    summary.succMembers += good;
    summary.failMembers += wanted.length - good;
    summary.totalMembers += wanted.length;
    if (name !== '') summaries.set(name.toLowerCase(), summary);
    const lost = members.missing.length === 0 ? null : `There are no users ${members.missing.join(', ')}.`;
    await run.count(outcome.isGood, row.percentage, {
      type: outcome.isGood ? (lost === null ? 'info' : 'warning') : 'error',
      // IDCS: errors.tsv.
      message: textOf(outcome.error ?? (lost === null ? 'Group Imported Successfully.' : lost)),
      details: {
        [DETAILED]: {
          displayName: textOf(name),
          description,
          members: textOf(wanted.join(';')),
          status: outcome.status,
          requestData: requestData(row),
          responseData: outcome.responseData,
        },
      },
    });
  }
  for (const summary of summaries.values()) {
    const details = { [SUMMARY]: { ...summary } };
    // IDCS: flows.md D: the message of a summary is a dash.
    await run.say({ type: summary.failRows + summary.failMembers === 0 ? 'info' : 'warning', message: '-', details });
  }
}

function emptySummary(displayName: string, description: string): Summary {
  return { displayName, description, succRows: 0, failRows: 0, succMembers: 0, failMembers: 0, totalMembers: 0 };
}

/** Ids of the users of these names. */
async function findUsers({ context }: JobRun, userNames: readonly string[]) {
  const found: string[] = [];
  const missing: string[] = [];
  for (const userName of userNames) {
    const user = await context.store.resources.readByName(context.domain.id, 'User', userName);
    if (user === null) missing.push(userName);
    else found.push(user.id);
  }
  return { found: [...new Set(found)], missing };
}

async function writeGroup(
  run: JobRun,
  mayDo: RowRights,
  asked: {
    readonly name: string;
    readonly cells: ReturnType<typeof cellsOf>;
    readonly members: readonly string[];
    readonly replaces: boolean;
  },
  decided: (verb: 'Creation' | 'Update') => void,
): Promise<ResourceResponse> {
  const { context } = run;
  const type = resourceType('Group');
  const members = asked.members.map((value) => ({ value, type: 'User' }));
  const known = await groupNamed(run, asked.name);
  if (known === null) {
    mayDo(run, 'Groups', 'create');
    const body = createBody(type, asked.cells);
    if (members.length > 0) body['members'] = members;
    markImported(type, body, GROUP_URN);
    return createResource(context, type, body, NOTHING);
  }
  decided('Update');
  mayDo(run, 'Groups', 'patch');
  const body = changeBody(known.data, asked.cells, false);
  const operations = body['Operations'] as JsonObject[];
  if (asked.replaces) operations.push({ op: 'replace', path: 'members', value: members });
  else if (members.length > 0) operations.push({ op: 'add', path: 'members', value: members });
  return patchResource(context, type, known.id, body, NOTHING, null);
}

/** The group of a name. */
export async function groupNamed({ context }: Pick<JobRun, 'context'>, name: string): Promise<StoredResource | null> {
  const { store, domain } = context;
  const query = {
    type: resourceType('Group'),
    filter: equals('Group', 'displayName', name),
    sortBy: null,
    descending: false,
    offset: 0,
    limit: 1,
  };
  return (await store.resources.search(domain.id, query)).resources[0] ?? null;
}
