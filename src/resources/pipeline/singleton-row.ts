import { newId } from '../../ids.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { UniqueViolation } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';
import { singletonDefaults } from '../singleton.ts';
import { authorOf } from './author.ts';

/**
 * Makes the row of a singleton that has none yet, with the defaults of its type's overlay: as if it had come with the domain, so its
 * times and its author are those of the domain's Settings.
 *
 * @returns whether it is worth while to look again: there is a row now, from here or from somebody else
 */
export async function makeSingletonRow(context: RequestContext, type: ResourceType): Promise<boolean> {
  if (type.kind !== 'singleton' || type.overlay.defaults === undefined) return false;
  const { id: domainId } = context.domain;
  const { resources } = context.store;
  if ((await resources.read(domainId, type.name, type.name)) !== null) return true;
  const settings = await resources.read(domainId, 'Settings', 'Settings');
  const created = settings?.created ?? context.clock.now();
  const author = settings?.data['idcsCreatedBy'] ?? authorOf(context);
  const data = { ...singletonDefaults(type.name), idcsCreatedBy: author, idcsLastModifiedBy: author };
  const row = { type, id: type.name, ocid: null, version: newId(context.ids), lastModified: created, data };
  try {
    await resources.insert(domainId, row, created);
  } catch (error) {
    // Somebody else made it meanwhile.
    if (!(error instanceof UniqueViolation)) throw error;
  }
  return true;
}
