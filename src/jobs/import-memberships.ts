import { equals } from '../resources/app-parts.ts';
import { createResource } from '../resources/pipeline/create.ts';
import type { ResourceResponse } from '../resources/pipeline/response.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { StoredResource } from '../store/store.ts';
import { readCsv } from './csv-file.ts';
import { importedFile, type RowRights } from './import-file.ts';
import { groupNamed } from './import-groups.ts';
import { JobFailure } from './job-failure.ts';
import type { JobRun } from './job-run.ts';
import { outcomeOf, requestData, textOf } from './row-outcome.ts';

const SUMMARY = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:AppRoleMembershipImportSummary:JobReport';
const DETAILED = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:AppRoleMembershipImportDetailed:JobReport';
const NOTHING = { attributes: null, attributeSets: null };

/** Titles as exports write them, and the others that the schemas of AppRole and Grant have. */
export const MEMBERSHIP_TITLES = {
  app: 'App Name',
  role: 'Display Name',
  member: 'Member',
  type: 'Member Type',
} as const;
const TITLES: ReadonlyMap<string, string> = new Map([
  ['app name', MEMBERSHIP_TITLES.app],
  ['display name', MEMBERSHIP_TITLES.role],
  ['entitlement value', MEMBERSHIP_TITLES.role],
  ['member', MEMBERSHIP_TITLES.member],
  ['grantee name', MEMBERSHIP_TITLES.member],
  ['member type', MEMBERSHIP_TITLES.type],
  ['grantee type', MEMBERSHIP_TITLES.type],
]);

const REQUIRED = [MEMBERSHIP_TITLES.role, MEMBERSHIP_TITLES.member];

interface Summary {
  readonly appName: string;
  readonly roleName: string;
  succRows: number;
  failRows: number;
  readonly members: { succUser: number; failUser: number; succGroup: number; failGroup: number };
}

/** AppRoleImport: a row gives an AppRole of the application to a user or group, as a Grant does. */
export async function importMemberships(run: JobRun, mayDo: RowRights): Promise<void> {
  const file = await importedFile(run);
  const given = run.plan.parameters.get('appDisplayName');
  const apps = new Map<string, StoredResource>();
  if (given !== undefined) await requireApp(run, given, apps);
  const summaries = new Map<string, Summary>();
  for await (const row of readCsv(run.context, file, (title) => TITLES.get(title.toLowerCase()), REQUIRED)) {
    const appName = row.cells.get(MEMBERSHIP_TITLES.app) ?? given ?? '';
    const roleName = row.cells.get(MEMBERSHIP_TITLES.role) ?? '';
    const member = row.cells.get(MEMBERSHIP_TITLES.member) ?? '';
    const isGroup = row.cells.get(MEMBERSHIP_TITLES.type)?.toLowerCase() === 'group';
    const outcome = await outcomeOf(run, row, async () => {
      const type = row.cells.get(MEMBERSHIP_TITLES.type) ?? 'User';
      if (!/^(user|group)$/i.test(type)) throw badRequest(`${MEMBERSHIP_TITLES.type} must be User or Group.`);
      if (roleName === '') throw badRequest(`${MEMBERSHIP_TITLES.role} is missing: the name of the AppRole.`);
      if (member === '')
        throw badRequest(`${MEMBERSHIP_TITLES.member} is missing: a user name, or the name of a group.`);
      if (appName === '') throw badRequest(`${MEMBERSHIP_TITLES.app} is missing, and the job has no appDisplayName.`);
      const app = await requireApp(run, appName, apps);
      mayDo(run, 'Grants', 'create');
      return grant(run, app, roleName, member, isGroup);
    });
    count(summaries, { appName, roleName, isGroup, isGood: outcome.isGood });
    await run.count(outcome.isGood, row.percentage, {
      type: outcome.isGood ? 'info' : 'error',
      // IDCS: errors.tsv.
      message: outcome.error === null ? 'AppRole Membership Imported Successfully.' : textOf(outcome.error),
      details: {
        [DETAILED]: {
          AppRoleDisplayName: textOf(roleName),
          member: textOf(member),
          memberType: isGroup ? 'Group' : 'User',
          status: outcome.status,
          requestData: requestData(row),
          responseData: outcome.responseData,
        },
      },
    });
  }
  for (const { appName, roleName, succRows, failRows, members } of summaries.values()) {
    await run.say({
      type: failRows === 0 ? 'info' : 'warning',
      message: '-',
      details: {
        [SUMMARY]: {
          AppRoleName: textOf(roleName),
          appDisplayName: textOf(appName),
          succRows,
          failRows,
          totalMembers: succRows + failRows,
          succUserMembers: members.succUser,
          failUserMembers: members.failUser,
          succGroupMembers: members.succGroup,
          failGroupMembers: members.failGroup,
        },
      },
    });
  }
}

function count(
  summaries: Map<string, Summary>,
  row: { readonly appName: string; readonly roleName: string; readonly isGroup: boolean; readonly isGood: boolean },
): void {
  const { appName, roleName, isGroup, isGood } = row;
  const key = `${appName}\n${roleName}`.toLowerCase();
  const summary = summaries.get(key) ?? {
    appName,
    roleName,
    succRows: 0,
    failRows: 0,
    members: { succUser: 0, failUser: 0, succGroup: 0, failGroup: 0 },
  };
  summaries.set(key, summary);
  summary[isGood ? 'succRows' : 'failRows'] += 1;
  summary.members[`${isGood ? 'succ' : 'fail'}${isGroup ? 'Group' : 'User'}`] += 1;
}

/** The application of a name. @throws JobFailure for the job's own, ScimError 400 for a row's */
async function requireApp(run: JobRun, name: string, known: Map<string, StoredResource>): Promise<StoredResource> {
  const app = known.get(name.toLowerCase()) ?? (await firstOf(run, 'App', equals('App', 'displayName', name)));
  if (app !== null) {
    known.set(name.toLowerCase(), app);
    return app;
  }
  const message = `There is no App of the displayName ${name.slice(0, 100)}.`;
  throw run.plan.parameters.get('appDisplayName') === name ? new JobFailure(message) : badRequest(message);
}

async function grant(
  run: JobRun,
  app: StoredResource,
  roleName: string,
  member: string,
  isGroup: boolean,
): Promise<ResourceResponse> {
  const { context } = run;
  const { store, domain } = context;
  const role = await firstOf(run, 'AppRole', {
    op: 'and',
    filters: [equals('AppRole', 'displayName', roleName), equals('AppRole', 'app.value', app.id)],
  });
  if (role === null) throw badRequest(`The App has no AppRole ${roleName.slice(0, 100)}.`);
  const grantee = isGroup ? await groupNamed(run, member) : await store.resources.readByName(domain.id, 'User', member);
  if (grantee === null) throw badRequest(`There is no ${isGroup ? 'group' : 'user'} ${member.slice(0, 100)}.`);
  const type = resourceType('Grant');
  const body = {
    schemas: [type.schema],
    app: { value: app.id },
    entitlement: { attributeName: 'appRoles', attributeValue: role.id },
    grantee: { type: isGroup ? 'Group' : 'User', value: grantee.id },
    grantMechanism: isGroup ? 'ADMINISTRATOR_TO_GROUP' : 'ADMINISTRATOR_TO_USER',
  };
  try {
    return await createResource(context, type, body, NOTHING);
  } catch (error) {
    // IDCS: shapes.md §15: giving a role to who has it is no mistake.
    if (!(error instanceof ScimError) || error.status !== 409) throw error;
    return { status: 200, body: null, etag: null, location: null };
  }
}

async function firstOf({ context }: JobRun, type: string, filter: Filter): Promise<StoredResource | null> {
  const query = { type: resourceType(type), filter, sortBy: null, descending: false, offset: 0, limit: 1 };
  return (await context.store.resources.search(context.domain.id, query)).resources[0] ?? null;
}
