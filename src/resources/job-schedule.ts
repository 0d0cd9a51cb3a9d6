import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Behaviour } from './behaviour.ts';

/** What a job does. */
export type JobKind = 'UserImport' | 'GroupImport' | 'AppRoleImport' | 'UserExport' | 'GroupExport' | 'AppRoleExport';

/** A job that was asked for. */
export interface JobPlan {
  readonly kind: JobKind;
  readonly parameters: ReadonlyMap<string, string>;
}

const IMPORT_PARAMETERS = ['fileLocation', 'fileType', 'resourceType', 'replaceExistingMultiValuedValues'];
const EXPORT_PARAMETERS = ['exportFormat', 'resourceType', 'attributesToGet', 'attributesToExclude', 'filter'];
/** IDCS: flows.md D: what the parameter resourceType of the general job types says. */
const GENERAL: Readonly<Record<string, Readonly<Record<string, JobKind>>>> = {
  Import: { User: 'UserImport', Group: 'GroupImport', Grant: 'AppRoleImport' },
  Export: { User: 'UserExport', Group: 'GroupExport', AppRole: 'AppRoleExport' },
};

/** JobSchedule: a job that was asked for; src/jobs runs it. Only jobs that run at once are built here. */
export const jobScheduleBehaviour: Behaviour = {
  type: 'JobSchedule',
  async prepareCreate({ clock }, draft) {
    readJob(draft.data);
    refuseLater(draft.data);
    const now = new Date(clock.now()).toISOString();
    Object.assign(draft.data, { runNow: true, isDisabled: false, runAt: now, nextFireTime: now });
  },
};

/**
 * Reads what a JobSchedule asks for.
 * @throws ScimError 400 naming the parameter
 */
export function readJob(data: JsonObject): JobPlan {
  const parameters = parametersOf(data['parameters']);
  const kind = kindOf(String(data['jobType']), parameters.get('resourceType'));
  const isImport = kind.endsWith('Import');
  const known = parametersOfKind(kind);
  for (const name of parameters.keys()) {
    if (!known.includes(name))
      throw badRequest(`JobSchedule.parameters: ${kind} has no ${name}; it has ${known.join(', ')}.`);
  }
  if (isImport) {
    oneOf(parameters, 'fileType', ['csv']);
    oneOf(parameters, 'replaceExistingMultiValuedValues', ['true', 'false']);
    if (!parameters.get('fileLocation')) throw badRequest('JobSchedule.parameters: fileLocation is missing.');
  } else {
    oneOf(parameters, 'exportFormat', ['csv']);
    if (parameters.has('attributesToGet') && parameters.has('attributesToExclude')) {
      throw badRequest('JobSchedule.parameters: attributesToGet and attributesToExclude exclude each other.');
    }
  }
  return { kind, parameters };
}

function parametersOfKind(kind: JobKind): readonly string[] {
  if (kind === 'AppRoleImport') return ['fileLocation', 'fileType', 'resourceType', 'appDisplayName'];
  if (kind === 'AppRoleExport') return ['exportFormat', 'resourceType', 'appDisplayName', 'filter'];
  return kind.endsWith('Import') ? IMPORT_PARAMETERS : EXPORT_PARAMETERS;
}

function kindOf(jobType: string, resourceType: string | undefined): JobKind {
  const general = GENERAL[jobType];
  if (general === undefined) return jobType as JobKind;
  const kind = resourceType === undefined || !Object.hasOwn(general, resourceType) ? undefined : general[resourceType];
  if (kind !== undefined) return kind;
  throw badRequest(
    `JobSchedule.parameters: resourceType of ${jobType} must be one of ${Object.keys(general).join(', ')}.`,
  );
}

function parametersOf(value: JsonValue | undefined): Map<string, string> {
  const list = Array.isArray(value) ? value.filter(isObject) : [];
  return new Map(list.map((each) => [String(each['name']), String(each['value'])]));
}

function oneOf(parameters: ReadonlyMap<string, string>, name: string, values: readonly string[]): void {
  const value = parameters.get(name);
  if (value === undefined || values.includes(value.toLowerCase())) return;
  throw badRequest(`JobSchedule.parameters: ${name} must be ${values.join(' or ')}.`);
}

/** Jobs of later times are not built: who asks for one must not believe that it will run. */
function refuseLater(data: JsonObject): void {
  for (const name of ['runAt', 'nextFireTime', 'scheduled']) {
    if (data[name] !== undefined)
      throw badRequest(`JobSchedule.${name} is not built here: jobs run at once, with runNow true.`);
  }
  if (data['runNow'] !== true)
    throw badRequest('JobSchedule.runNow must be true: jobs of later times are not built here.');
  if (data['isDisabled'] === true) throw badRequest('JobSchedule.isDisabled is not built here: jobs run at once.');
}
