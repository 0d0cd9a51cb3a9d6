import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import type { StoredResource } from '../store/store.ts';
import type { Behaviour } from './behaviour.ts';
import type { RequestContext } from './request-context.ts';

/** After so many seconds without a sign of life, a job counts as dead. */
const DEAD_AFTER_SECONDS = 30;

/** JobHistory: how a job went. Whoever looks marks those as failed whose process has gone: any process can. */
export const jobHistoryBehaviour: Behaviour = {
  type: 'JobHistory',
  async rows(context) {
    await buryDeadJobs(context);
    return null;
  },
};

async function buryDeadJobs(context: RequestContext): Promise<void> {
  const { store, domain } = context;
  await store.transaction(async (session) => {
    for (const id of await session.jobs.takeDead(domain.id, DEAD_AFTER_SECONDS)) {
      const history = await session.resources.readWithSecret(domain.id, 'JobHistory', id, { lock: true });
      if (history === null) continue;
      const { resources, jobs } = session;
      await resources.update(domain.id, failedHistory(context, history), null);
      await jobs.insertReports(domain.id, [
        jobReport(context, history, {
          type: 'error',
          message:
            'The process that ran the job has ended. Rows up to the last report are done; an import can be run again.',
        }),
      ]);
    }
  });
}

/** What a JobReport says, beside whose it is. */
export interface JobRemark {
  readonly type: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly name?: string;
  /** Extension and its attributes. */
  readonly details?: { readonly [urn: string]: { readonly [name: string]: string | number } };
}

/** A JobReport of a history. */
export function jobReport(
  { ids, clock }: Pick<RequestContext, 'ids' | 'clock'>,
  { id, data }: Pick<StoredResource, 'id' | 'data'>,
  { type, message, name, details }: JobRemark,
) {
  const author = data['idcsCreatedBy']!;
  return {
    type: resourceType('JobReport'),
    id: newId(ids),
    created: clock.now(),
    data: {
      idcsCreatedBy: author,
      idcsLastModifiedBy: author,
      historyId: id,
      jobType: data['jobType']!,
      type,
      message,
      ...(name === undefined ? {} : { name }),
      ...details,
    },
  };
}

function failedHistory({ ids, clock }: RequestContext, { id, data }: StoredResource) {
  const now = clock.now();
  return {
    type: resourceType('JobHistory'),
    id,
    ocid: null,
    version: newId(ids),
    lastModified: now,
    data: { ...data, status: 'failed', endTime: new Date(now).toISOString() },
  };
}
