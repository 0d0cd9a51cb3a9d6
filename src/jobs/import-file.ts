import type { AccessForm } from '../schemas/permissions.ts';
import { keptFileName } from '../storage/file-name.ts';
import type { StoredFile } from '../store/store.ts';
import { JobFailure } from './job-failure.ts';
import type { JobRun } from './job-run.ts';

/**
 * Checks that whoever asked for the job may do this to an endpoint.
 * @throws ScimError 401
 */
export type RowRights = (run: JobRun, endpoint: string, form: AccessForm) => void;

/** The file that an import reads. @throws JobFailure when there is none */
export async function importedFile({ context, plan }: JobRun): Promise<StoredFile> {
  const location = plan.parameters.get('fileLocation') ?? '';
  const file = location.includes('\0')
    ? null
    : await context.store.files.find(context.domain.id, keptFileName(location));
  if (file !== null) return file;
  throw new JobFailure(`There is no file ${location.slice(0, 300)}: upload one by POST /storage/v1/Files.`);
}

/** Whether lists become what a row says. IDCS: flows.md D: by default they are merged. */
export function replacesLists({ plan }: JobRun): boolean {
  return plan.parameters.get('replaceExistingMultiValuedValues')?.toLowerCase() === 'true';
}
