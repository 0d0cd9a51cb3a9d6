import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import type { RequestContext } from './request-context.ts';

/** IDCS: schemas.md: the id of a singleton is the name of its type. */
export const BRANDING_SETTINGS_ID = 'BrandingSettings';

/** What BrandingSettings shows of Settings: all of its own attributes have their namesakes there. */
const MIRRORED = [
  'customBranding',
  'preferredLanguage',
  'timezone',
  'locale',
  'enableTermsOfUse',
  'termsOfUseUrl',
  'privacyPolicyUrl',
  'isHostedPage',
  'customHtmlLocation',
  'customCssLocation',
  'customTranslation',
  'companyNames',
  'loginTexts',
  'images',
  'defaultCompanyNames',
  'defaultLoginTexts',
  'defaultImages',
] as const;

/** BrandingSettings' own attributes, out of the data of Settings. */
export function brandingData(settings: JsonObject): JsonObject {
  return Object.fromEntries(MIRRORED.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])));
}

/**
 * Writes BrandingSettings, which is read-only, anew from Settings, in the transaction of its change: a row of its own, so that
 * lists, filters and versions are those of every other type.
 */
export async function mirrorBranding(
  context: RequestContext,
  { resources }: StoreSession,
  { lastModified, data }: StoredResource,
): Promise<void> {
  const { idcsCreatedBy, idcsLastModifiedBy } = data;
  const write = {
    type: resourceType('BrandingSettings'),
    id: BRANDING_SETTINGS_ID,
    ocid: null,
    version: newId(context.ids),
    lastModified,
    data: {
      ...brandingData(data),
      ...(idcsCreatedBy === undefined ? {} : { idcsCreatedBy }),
      ...(idcsLastModifiedBy === undefined ? {} : { idcsLastModifiedBy }),
    },
  };
  const { id } = context.domain;
  // A domain of an older version has no such row yet.
  if (!(await resources.update(id, write, null))) await resources.insert(id, write, lastModified);
}
