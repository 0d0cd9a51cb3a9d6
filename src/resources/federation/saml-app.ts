import { newId } from '../../ids.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';
import { addMapping, removeMapping } from './mapped-attribute.ts';
import { settleSamlPartner } from './saml-partner.ts';
import { resolvePartnerCertificate, SAML_APP_URN } from './saml-partner-certificate.ts';

/*
 * The SAML side of an App: its metadata, its certificate, and the mapping of outgoing attributes that is made with it.
 */

const MAPPING = 'outboundAssertionAttributes';

/**
 * Checks and completes the SAML extension of an App on its way to the store.
 * @param before the App's data as stored; null on create
 * @throws ScimError 400
 */
export async function settleSamlApp(
  context: RequestContext,
  data: JsonObject,
  before: JsonObject | null,
): Promise<void> {
  const extension = data[SAML_APP_URN];
  if (!isObject(extension ?? null)) {
    if (data['isSamlServiceProvider'] !== true) return;
    data[SAML_APP_URN] = { [MAPPING]: newMapping(context) };
    return;
  }
  const saml = extension as JsonObject;
  const stored = before?.[SAML_APP_URN];
  await settleSamlPartner('App', 'SP', saml, isObject(stored ?? null) ? (stored as JsonObject) : null);
  await resolvePartnerCertificate(context, 'App', saml);
  // IDCS: the mapping is made with a SAML App and changed by itself (schemas.md, irregular types).
  if (data['isSamlServiceProvider'] === true) saml[MAPPING] ??= newMapping(context);
}

/** Makes the mapping that a written App names and that is not there yet. */
export async function addAppMapping(
  context: RequestContext,
  session: StoreSession,
  { id, data }: StoredResource,
): Promise<void> {
  const mapping = mappingOf(data);
  const key = isObject(mapping ?? null) ? (mapping as JsonObject)['value'] : undefined;
  if (typeof key !== 'string') return;
  if ((await session.resources.read(context.domain.id, 'MappedAttribute', key)) !== null) return;
  await addMapping(context, session, key, { type: 'App', id });
}

/** Deletes the mapping with its App. */
export async function removeAppMapping(
  context: RequestContext,
  session: StoreSession,
  { data }: StoredResource,
): Promise<void> {
  await removeMapping(context, session, mappingOf(data));
}

function newMapping(context: RequestContext): JsonObject {
  return { value: newId(context.ids), direction: 'outbound' };
}

function mappingOf(data: JsonObject) {
  const extension = data[SAML_APP_URN];
  return isObject(extension ?? null) ? (extension as JsonObject)[MAPPING] : undefined;
}
