import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readJob } from '../resources/job-schedule.ts';
import { createResource } from '../resources/pipeline/create.ts';
import { deleteResource } from '../resources/pipeline/delete.ts';
import { listResources } from '../resources/pipeline/list.ts';
import { readProjection } from '../resources/pipeline/list-parameters.ts';
import { readResource } from '../resources/pipeline/read.ts';
import type { ResourceResponse } from '../resources/pipeline/response.ts';
import type { Caller, RequestContext } from '../resources/request-context.ts';
import type { AccessForm } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { exportGroups, exportMemberships, exportUsers } from './export-rows.ts';
import type { RowRights } from './import-file.ts';
import { importGroups } from './import-groups.ts';
import { importMemberships } from './import-memberships.ts';
import { importUsers } from './import-users.ts';
import { JobRun } from './job-run.ts';
import { JobRunner } from './job-runner.ts';

/** What the routes of jobs need. */
export interface JobServices {
  /** Who asks. @throws ScimError 401 */
  readonly contextOf: (request: FastifyRequest) => Promise<RequestContext>;
  /** Whether an administrator may use an endpoint of jobs. @throws ScimError 401 */
  readonly authorizeJob: (caller: Caller, endpoint: string, form: AccessForm) => void;
  /** Whether a caller may use an endpoint of the admin API. @throws ScimError 401 */
  readonly authorizeRow: (caller: Caller, endpoint: string, form: AccessForm) => void;
  readonly answer: (reply: FastifyReply, response: ResourceResponse) => FastifyReply;
}

const BASE = '/job/v1';
const REPORT = 'urn:ietf:params:scim:schemas:oracle:idcs:extension';

/** Endpoints that are lists, and what of a type's rows they show. */
const LISTS: readonly { readonly endpoint: string; readonly type: string; readonly only?: string }[] = [
  { endpoint: 'JobSchedules', type: 'JobSchedule' },
  { endpoint: 'JobHistories', type: 'JobHistory' },
  { endpoint: 'JobReports', type: 'JobReport' },
  // IDCS: flows.md D: reports of one kind of job.
  { endpoint: 'UserImportJobReports', type: 'JobReport', only: `${REPORT}:UserImport:JobReport:status pr` },
  {
    endpoint: 'GroupImportSummaryJobReports',
    type: 'JobReport',
    only: `${REPORT}:groupImportSummary:JobReport:displayName pr`,
  },
  {
    endpoint: 'GroupImportDetailedJobReports',
    type: 'JobReport',
    only: `${REPORT}:groupImportDetailed:JobReport:status pr`,
  },
  {
    endpoint: 'AppRoleMembershipImportSummaryJobReports',
    type: 'JobReport',
    only: `${REPORT}:AppRoleMembershipImportSummary:JobReport:AppRoleName pr`,
  },
  {
    endpoint: 'AppRoleMembershipImportDetailedJobReports',
    type: 'JobReport',
    only: `${REPORT}:AppRoleMembershipImportDetailed:JobReport:status pr`,
  },
];

/** Mounts `/job/v1`. The process that takes a job runs it. */
export function registerJobRoutes(app: FastifyInstance, services: JobServices): void {
  const { contextOf, authorizeJob, answer } = services;
  const mayDo: RowRights = ({ context }, endpoint, form) => services.authorizeRow(context.caller, endpoint, form);
  const runner = new JobRunner({
    UserImport: (run) => importUsers(run, mayDo),
    GroupImport: (run) => importGroups(run, mayDo),
    AppRoleImport: (run) => importMemberships(run, mayDo),
    UserExport: (run) => exportUsers(run, mayDo),
    GroupExport: (run) => exportGroups(run, mayDo),
    AppRoleExport: (run) => exportMemberships(run, mayDo),
  });
  app.addHook('onClose', () => runner.stop());

  for (const { endpoint, type, only } of LISTS) {
    app.get(`${BASE}/${endpoint}`, async (request, reply) => {
      const context = await contextOf(request);
      authorizeJob(context.caller, `${BASE}/${endpoint}`, 'list');
      const query = request.query as Record<string, unknown>;
      const raw = only === undefined ? query : { ...query, filter: both(query['filter'], only) };
      return answer(reply, await listResources(context, resourceType(type), raw, 'list'));
    });
    if (only !== undefined && endpoint !== 'GroupImportDetailedJobReports') continue;
    app.get<{ Params: { id: string } }>(`${BASE}/${endpoint}/:id`, async (request, reply) => {
      const context = await contextOf(request);
      authorizeJob(context.caller, `${BASE}/${endpoint}`, 'item');
      const projection = readProjection(request.query as Record<string, unknown>);
      return answer(reply, await readResource(context, resourceType(type), keyOf(request.params.id), projection));
    });
  }

  app.post(`${BASE}/JobSchedules`, async (request, reply) => {
    const context = await contextOf(request);
    const body = bodyOf(request);
    authorizeJob(context.caller, endpointOf(body['jobType']), 'create');
    const type = resourceType('JobSchedule');
    const projection = readProjection(request.query as Record<string, unknown>);
    const made = await createResource(context, type, body, NOTHING);
    const schedule = made.body!;
    runner.take(await JobRun.open(context, readJob(schedule), schedule));
    if (projection.attributes === null && projection.attributeSets === null) return answer(reply, made);
    const shown = await readResource(context, type, String(schedule['id']), projection);
    return answer(reply, { ...made, body: shown.body });
  });

  app.delete<{ Params: { id: string } }>(`${BASE}/JobSchedules/:id`, async (request, reply) => {
    const context = await contextOf(request);
    const id = keyOf(request.params.id);
    const row = await context.store.resources.read(context.domain.id, 'JobSchedule', id);
    authorizeJob(context.caller, endpointOf(row?.data['jobType']), 'delete');
    // What it did, and its reports, stay (inferred).
    const ifMatch = request.headers['if-match'] ?? null;
    return answer(reply, await deleteResource(context, resourceType('JobSchedule'), id, { force: false, ifMatch }));
  });
}

const NOTHING = { attributes: null, attributeSets: null };
const JOB_TYPE = /^(?:User|Group|AppRole)?(?:Import|Export)$/;

/** IDCS: approles.json: who may do what with a job stands under an endpoint of its kind, though all are at JobSchedules. */
function endpointOf(jobType: unknown): string {
  return typeof jobType === 'string' && JOB_TYPE.test(jobType)
    ? `${BASE}/${jobType}JobSchedule`
    : `${BASE}/JobSchedules`;
}

function both(asked: unknown, only: string): string {
  if (Array.isArray(asked)) throw badRequest('The parameter filter must be given once.');
  return typeof asked === 'string' && asked.trim() !== '' ? `(${asked}) and ${only}` : only;
}

function keyOf(id: string): string {
  if (id.includes('\0')) throw badRequest('The resource ID must not contain NUL characters.');
  return id;
}

function bodyOf(request: FastifyRequest): JsonObject {
  const body = request.body as JsonObject | undefined;
  if (!isObject(body)) throw badRequest('The request body must be a JSON object.');
  return body;
}
