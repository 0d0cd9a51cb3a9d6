import { deleteEvents } from '../../audit/write-events.ts';
import { notFound, ScimError } from '../../scim/errors.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { releaseDataReferences } from '../data-references.ts';
import type { RequestContext } from '../request-context.ts';
import { pipelineWithin } from './create.ts';
import { changedMeanwhile, checkIfMatch } from './if-match.ts';
import { impliedOrNothing } from './implied-row.ts';
import { isOwnRow } from './own-rows.ts';
import type { ResourceResponse } from './response.ts';
import { behaviourFor } from './row-type.ts';
import { nameOf, refusePrevented } from './write-errors.ts';

/**
 * DELETE of a resource.
 *
 * @param options.force forceDelete=true: references to it go too
 * @throws ScimError 404; 400 when it is referenced and `force` is not set; 403 for what may not be deleted; 412
 */
export async function deleteResource(
  context: RequestContext,
  type: ResourceType,
  key: string,
  options: { readonly force: boolean; readonly ifMatch: string | null },
): Promise<ResourceResponse> {
  if (!type.operations.has('delete')) throw new ScimError(405, `${type.name} can not be deleted.`);
  const behaviour = behaviourFor(type);
  await context.store.transaction(async (session) => {
    const row = await session.resources.readWithSecret(context.domain.id, type.storedAs, key, { lock: true });
    if (row === null) throw await impliedOrNothing(context, type, key);
    if (!isOwnRow(context, type, row)) throw notFound(type.name, key);
    const { secret: _, ...resource } = row;
    checkIfMatch(options.ifMatch, resource.version, nameOf(type, resource));
    refusePrevented(type, resource, 'delete');
    await behaviour?.beforeDelete?.(context, session, resource, options.force);
    await releaseDataReferences(context, session, resource, options.force);
    const events = deleteEvents(context, type, resource);
    const { id, version } = resource;
    const gone = await session.resources.delete(context.domain.id, type.storedAs, id, version, events);
    if (!gone) throw changedMeanwhile(nameOf(type, resource));
    await behaviour?.afterWrite?.(context, session, {
      kind: 'delete',
      resource,
      draft: null,
      pipeline: pipelineWithin(context, session),
    });
  });
  return { status: 204, body: null, etag: null, location: null };
}
