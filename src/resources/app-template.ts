import type { JsonObject } from '../scim/json.ts';

/** An AppTemplate that ships with the service: what an App is based on. */
export interface ShippedTemplate {
  readonly id: string;
  /** When the service last changed it. */
  readonly lastModified: string;
  /** OAuth client type of Apps that don't name one; null: such an App is no client by default. */
  readonly clientType: 'confidential' | 'public' | null;
  /** What every App of the template is, whatever its body says: readOnly or derived attributes. */
  readonly fixed: JsonObject;
}

// IDCS: printed for the enterprise template (enterprise-application page); the others have dates of their own that change with
// every release, so the newest printed one serves for all.
const SHIPPED_DATE = '2022-01-07T10:16:49.000Z';

/** The template of applications behind an App Gateway. */
export const ENTERPRISE_TEMPLATE_ID = 'CustomEnterpriseAppTemplateId';

/** The templates by id. IDCS: the four custom ones (scim.md §1); the built-in app has none that can be named. */
const SHIPPED: ReadonlyMap<string, ShippedTemplate> = new Map(
  [
    { id: 'CustomWebAppTemplateId', clientType: 'confidential' as const, fixed: {} },
    { id: 'CustomBrowserMobileTemplateId', clientType: 'public' as const, fixed: {} },
    // IDCS: an enterprise app is a managed one (enterprise-application page, created App).
    { id: ENTERPRISE_TEMPLATE_ID, clientType: null, fixed: { isManagedApp: true } },
    // IDCS: the client of a RADIUS proxy (flows.md G9); that of a Cloud Gate by analogy.
    { id: 'RadiusProxyAppTemplateId', clientType: 'confidential' as const, fixed: {} },
    { id: 'CloudGateAppTemplateId', clientType: 'confidential' as const, fixed: {} },
    { id: 'CustomSAMLAppTemplateId', clientType: null, fixed: { loginMechanism: 'SAML', isSamlServiceProvider: true } },
  ].map((template) => [template.id.toLowerCase(), { ...template, lastModified: SHIPPED_DATE }]),
);

/** A shipped template by its id, any case; undefined when there is none. */
export function shippedTemplate(id: string): ShippedTemplate | undefined {
  return SHIPPED.get(id.toLowerCase());
}

/** The stored form of `basedOnTemplate`. */
export function templateReference(template: ShippedTemplate): JsonObject {
  return { value: template.id, wellKnownId: template.id, lastModified: template.lastModified };
}
