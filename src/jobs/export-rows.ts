import { typeInDomain } from '../resources/discovery/custom-attributes.ts';
import { listResources } from '../resources/pipeline/list.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute } from '../scim/schema.ts';
import { resultFileName } from '../storage/file-name.ts';
import { type Column, columnsOf } from './csv-columns.ts';
import { CsvWriter } from './csv-file.ts';
import type { RowRights } from './import-file.ts';
import { MEMBERSHIP_TITLES } from './import-memberships.ts';
import { JobFailure } from './job-failure.ts';
import type { JobRun } from './job-run.ts';

/** Resources that are read at once. */
const PAGE = 200;
/** Members that one row names; a group that has more gets more rows. */
const MEMBERS_OF_ROW = 500;

/** UserExport: a row for each user. */
export async function exportUsers(run: JobRun, mayDo: RowRights): Promise<void> {
  mayDo(run, 'Users', 'list');
  const type = await typeInDomain(run.context, resourceType('User'));
  const columns = chosenColumns(run, columnsOf(type));
  await writeFile(
    run,
    columns.map(({ title }) => title),
    async (writer) => {
      for await (const { resource, percentage } of eachResource(run, 'User', columns)) {
        const managers = await managerName(run, resource);
        await writer.row(
          columns.map((column) => (column.title === 'Manager Name' ? managers : cellOf(column, resource))),
        );
        await run.count(true, percentage);
      }
    },
  );
}

/** GroupExport: a row for each group, and more where one has many members. */
export async function exportGroups(run: JobRun, mayDo: RowRights): Promise<void> {
  mayDo(run, 'Groups', 'list');
  const columns = chosenColumns(run, columnsOf(resourceType('Group')));
  const named = columns.some(({ target }) => target.kind === 'list');
  await writeFile(
    run,
    columns.map(({ title }) => title),
    async (writer) => {
      for await (const { resource, percentage } of eachResource(run, 'Group', columns)) {
        for (let offset = 0, more = true; more; offset += MEMBERS_OF_ROW) {
          const members = named ? await memberNames(run, String(resource['id']), offset) : [];
          more = members.length === MEMBERS_OF_ROW;
          // A row of no members tells of the group; it is none of a group that had some.
          if (members.length === 0 && offset > 0) break;
          const cells = columns.map((column) =>
            column.target.kind === 'list' ? members.join(column.target.delimiter) : cellOf(column, resource),
          );
          await writer.row(cells);
        }
        await run.count(true, percentage);
      }
    },
  );
}

/** AppRoleExport: a row for each user and group that an AppRole was given to. */
export async function exportMemberships(run: JobRun, mayDo: RowRights): Promise<void> {
  mayDo(run, 'AppRoles', 'list');
  const { store, domain } = run.context;
  const appName = run.plan.parameters.get('appDisplayName')?.toLowerCase();
  const { app: _, ...rest } = MEMBERSHIP_TITLES;
  const app = resourceType('AppRole').resolve('app')!;
  await writeFile(run, [MEMBERSHIP_TITLES.app, rest.role, rest.member, rest.type], async (writer) => {
    for await (const { resource, percentage } of eachResource(run, 'AppRole', [{ attribute: app }])) {
      const shown = isObject(resource['app']) ? String(resource['app']['display'] ?? '') : '';
      if (appName !== undefined && shown.toLowerCase() !== appName) continue;
      const id = String(resource['id']);
      for (let offset = 0, more = true; more; offset += MEMBERS_OF_ROW) {
        const page = { offset, limit: MEMBERS_OF_ROW };
        const query = { kind: 'appRole', end: 'source', ids: [id], page, targetTypes: ['User', 'Group'] } as const;
        const edges = (await store.edges.page(domain.id, query)).get(id) ?? [];
        more = edges.length === MEMBERS_OF_ROW;
        for (const { targetType, other } of edges) {
          const name = String((targetType === 'User' ? other.data['userName'] : other.data['displayName']) ?? '');
          await writer.row([shown, String(resource['displayName']), name, targetType]);
          await run.count(true, percentage);
        }
      }
    }
  });
}

async function writeFile(
  run: JobRun,
  titles: readonly string[],
  work: (writer: CsvWriter) => Promise<void>,
): Promise<void> {
  const { context, historyId } = run;
  const writer = await CsvWriter.open(context);
  try {
    await writer.row(titles);
    await work(writer);
    const { name } = await writer.publish(resultFileName(context.clock.now(), `Export_${historyId}.csv`));
    // IDCS: flows.md D: where the file is.
    await run.say({ type: 'info', message: 'fileName', name });
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

async function* eachResource(
  { context, plan }: JobRun,
  typeName: string,
  columns: readonly Pick<Column, 'attribute'>[],
): AsyncGenerator<{ resource: JsonObject; percentage: number }> {
  const type = await typeInDomain(context, resourceType(typeName));
  const wanted = new Set(columns.map(({ attribute }) => attribute).filter(({ edge }) => edge === null));
  const attributes = ['id', ...[...wanted].map(({ path }) => path)].join(',');
  const filter = plan.parameters.get('filter');
  for (let startIndex = 1; ; startIndex += PAGE) {
    const raw = {
      attributes,
      startIndex: String(startIndex),
      count: String(PAGE),
      ...(filter === undefined ? {} : { filter }),
    };
    const { body } = await listResources(context, type, raw, 'list');
    const page = body!['Resources'] as JsonObject[];
    const total = Number(body!['totalResults']);
    for (const [at, resource] of page.entries()) {
      yield { resource, percentage: Math.min(99, Math.floor(((startIndex + at) * 100) / Math.max(1, total))) };
    }
    if (page.length < PAGE) return;
  }
}

/**
 * The columns that a job asks for. What is never shown (passwords) is none.
 * @throws JobFailure for an attribute that there is no column of
 */
function chosenColumns({ plan }: JobRun, columns: readonly Column[]): readonly Column[] {
  const shown = columns.filter(
    ({ attribute }) => attribute.returned !== 'never' && attribute.mutability !== 'writeOnly',
  );
  const get = plan.parameters.get('attributesToGet');
  const names = namesOf(get ?? plan.parameters.get('attributesToExclude') ?? '');
  for (const name of names) {
    if (!columns.some((column) => isNamed(column, name)))
      throw new JobFailure(`There is no column of an attribute ${name}.`);
  }
  const isWanted = (column: Column) => names.some((name) => isNamed(column, name)) === (get !== undefined);
  return names.length === 0 ? shown : shown.filter(isWanted);
}

function namesOf(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim().slice(0, 200))
    .filter((name) => name !== '');
}

/** Whether an attribute, by its name or path in any case, is what a column shows. */
function isNamed({ attribute, target }: Column, name: string): boolean {
  const own = target.kind === 'value' ? [attribute, target.attribute] : [attribute];
  const paths = own.flatMap((each) => [each.path, ...(each.parent === null ? [each.name] : [])]);
  return paths.some((path) => path.toLowerCase() === name.toLowerCase());
}

function cellOf({ attribute, target }: Column, resource: JsonObject): string {
  const value = valueAt(resource, attribute);
  switch (target.kind) {
    case 'value':
      return textOf(
        target.attribute === attribute ? value : isObject(value) ? value[target.attribute.name] : undefined,
      );
    case 'element':
      return textOf(elementsOf(value).find((each) => each['type'] === target.type)?.[target.part.name]);
    case 'primary':
      return textOf(elementsOf(value).find((each) => each['primary'] === true)?.['type']);
    case 'list':
      return elementsOf(value)
        .map((each) => textOf(each['value']))
        .join(target.delimiter);
  }
}

function valueAt(resource: JsonObject, { extension, name }: Attribute): JsonValue | undefined {
  if (extension === null) return resource[name];
  const container = resource[extension];
  return isObject(container) ? container[name] : undefined;
}

function elementsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** IDCS: flows.md D: flags are TRUE and FALSE. */
function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null || typeof value === 'object') return '';
  return typeof value === 'boolean' ? String(value).toUpperCase() : String(value);
}

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** The user name of a user's manager, as imports take it. */
async function managerName({ context }: JobRun, user: JsonObject): Promise<string> {
  const enterprise = user[ENTERPRISE];
  const manager = isObject(enterprise) ? enterprise['manager'] : undefined;
  if (!isObject(manager) || typeof manager['value'] !== 'string') return '';
  const row = await context.store.resources.read(context.domain.id, 'User', manager['value']);
  return row === null ? '' : String(row.data['userName']);
}

async function memberNames({ context }: JobRun, groupId: string, offset: number): Promise<string[]> {
  const query = { kind: 'member', end: 'source', ids: [groupId], page: { offset, limit: MEMBERS_OF_ROW } } as const;
  const edges = (await context.store.edges.page(context.domain.id, query)).get(groupId) ?? [];
  return edges.map(({ other }) => String(other.data['userName'] ?? ''));
}
