import { newId } from '../../ids.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import { shippedTemplate } from '../app-template.ts';
import type { RequestContext } from '../request-context.ts';
import { addMapping, removeMapping } from './mapped-attribute.ts';
import { checkSamlApp } from './saml-app-rules.ts';
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
  const stored = extensionOf(before);
  // An App of an older version may lack what is asked of new ones.
  const stood = before === null ? null : (stored ?? {});
  if (!isObject(extension)) {
    checkSamlApp({}, stood, needsSaml(data));
    if (data['isSamlServiceProvider'] !== true) return;
    data[SAML_APP_URN] = { [MAPPING]: newMapping(context) };
    return;
  }
  const saml = extension;
  await settleSamlPartner('App', 'SP', saml, stored);
  checkSamlApp(saml, stood, needsSaml(data));
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

/** Whether an App's template is that of SAML applications. */
function needsSaml({ basedOnTemplate }: JsonObject): boolean {
  const template = isObject(basedOnTemplate) ? shippedTemplate(String(basedOnTemplate['value'])) : undefined;
  return template?.needs?.includes(SAML_APP_URN) === true;
}

function extensionOf(data: JsonObject | null): JsonObject | null {
  const extension = data?.[SAML_APP_URN];
  return isObject(extension) ? extension : null;
}

function newMapping(context: RequestContext): JsonObject {
  return { value: newId(context.ids), direction: 'outbound' };
}

function mappingOf(data: JsonObject) {
  const extension = data[SAML_APP_URN];
  return isObject(extension ?? null) ? (extension as JsonObject)[MAPPING] : undefined;
}
