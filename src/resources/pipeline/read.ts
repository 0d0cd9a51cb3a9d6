import { compileProjection } from '../../scim/compile-projection.ts';
import { notFound } from '../../scim/errors.ts';
import type { ProjectionRequest } from '../../scim/projection.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { RequestContext } from '../request-context.ts';
import { readAction } from './action.ts';
import { readConstant } from './constant-rows.ts';
import { isOwnRow } from './own-rows.ts';
import { isAmong, rowsOf } from './own-view.ts';
import { presentRows } from './present.ts';
import { etagOf, locationOf, type ResourceResponse } from './response.ts';
import { behaviourFor, rowType } from './row-type.ts';
import { makeSingletonRow } from './singleton-row.ts';

/**
 * GET of one resource.
 *
 * @param key id or OCID
 * @throws ScimError 404 when there is none, 400 for a wrong projection
 */
export async function readResource(
  context: RequestContext,
  type: ResourceType,
  key: string,
  params: ProjectionRequest,
): Promise<ResourceResponse> {
  const behaviour = behaviourFor(type);
  const action = behaviour?.actions?.get;
  if (action !== undefined) return readAction(context, type, action, key);
  const projection = compileProjection(type, params);
  const constants = await behaviour?.constants?.(context);
  const rows = await rowsOf(context, type);
  const find = async () =>
    constants === undefined
      ? await context.store.resources.read(context.domain.id, type.storedAs, key)
      : readConstant(type, constants, key);
  let row = await find();
  if (row === null && (await makeSingletonRow(context, type))) row = await find();
  row ??= await context.store.resources.readImplied(context.domain.id, rowType(type), key);
  if (row === null) {
    if (behaviour?.absent === undefined) throw notFound(type.name, key);
    return { status: 200, body: { ...behaviour.absent }, etag: null, location: null };
  }
  if (!isOwnRow(context, type, row) || !isAmong(rows, row)) throw notFound(type.name, key);
  const [body] = await presentRows(context, context.store, type, [row], projection, key);
  return { status: 200, body: body!, etag: etagOf(row.version), location: locationOf(context, type, key) };
}
