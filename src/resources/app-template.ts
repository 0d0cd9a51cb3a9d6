import { isObject, type JsonObject } from '../scim/json.ts';

/** An AppTemplate that ships with the service: what an App is based on. */
export interface ShippedTemplate {
  readonly id: string;
  /** When the service last changed it. */
  readonly lastModified: string;
  /** OAuth client type of Apps that don't name one; null: such an App is no client by default. */
  readonly clientType: 'confidential' | 'public' | null;
  /** What every App of the template is, whatever its body says: readOnly or derived attributes. */
  readonly fixed: JsonObject;
  /** What its Apps are unless they say otherwise, where that is not what others are. */
  readonly defaults?: JsonObject;
}

/** What Apps are unless they or their template say otherwise. */
const DEFAULTS: JsonObject = { isLoginTarget: true, showInMyApps: true, allUrlSchemesAllowed: false };

// IDCS: printed for the enterprise template (enterprise-application page); the others have dates of their own that change with
// every release, so the newest printed one serves for all.
const SHIPPED_DATE = '2022-01-07T10:16:49.000Z';

/** The template of applications behind an App Gateway. */
export const ENTERPRISE_TEMPLATE_ID = 'CustomEnterpriseAppTemplateId';

/** The templates by id. IDCS: the four custom ones (scim.md §1); the built-in app has none that can be named. */
const SHIPPED: ReadonlyMap<string, ShippedTemplate> = byId([
  { id: 'CustomWebAppTemplateId', clientType: 'confidential', fixed: {} },
  { id: 'CustomBrowserMobileTemplateId', clientType: 'public', fixed: {} },
  // IDCS: an enterprise app is a managed one (enterprise-application page, created App).
  {
    id: ENTERPRISE_TEMPLATE_ID,
    clientType: null,
    fixed: { isManagedApp: true },
    defaults: { isEnterpriseApp: true, isLoginTarget: false, showInMyApps: false },
  },
  // IDCS: the client of a RADIUS proxy (flows.md G9); that of a Cloud Gate by analogy.
  { id: 'RadiusProxyAppTemplateId', clientType: 'confidential', fixed: {} },
  { id: 'CloudGateAppTemplateId', clientType: 'confidential', fixed: {} },
  { id: 'CustomSAMLAppTemplateId', clientType: null, fixed: { loginMechanism: 'SAML', isSamlServiceProvider: true } },
]);

function byId(templates: readonly Omit<ShippedTemplate, 'lastModified'>[]): Map<string, ShippedTemplate> {
  return new Map(templates.map((template) => [template.id.toLowerCase(), { ...template, lastModified: SHIPPED_DATE }]));
}

/** A shipped template by its id, any case; undefined when there is none. */
export function shippedTemplate(id: string): ShippedTemplate | undefined {
  return SHIPPED.get(id.toLowerCase());
}

/** The stored form of `basedOnTemplate`. */
export function templateReference(template: ShippedTemplate): JsonObject {
  return { value: template.id, wellKnownId: template.id, lastModified: template.lastModified };
}

/** Fills in what an App doesn't say. */
export function fillAppDefaults(data: JsonObject): void {
  const { basedOnTemplate } = data;
  const template = isObject(basedOnTemplate) ? shippedTemplate(String(basedOnTemplate['value'])) : undefined;
  for (const [name, value] of Object.entries({ ...DEFAULTS, ...template?.defaults })) data[name] ??= value;
}
