import { isObject, type JsonObject } from '../scim/json.ts';
import type { Behaviour, ConstantResource } from './behaviour.ts';

/** An AppTemplate that ships with the service: what an App is based on. */
export interface ShippedTemplate {
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  /** When the service last changed it. */
  readonly lastModified: string;
  /** OAuth client type of Apps that don't name one; null: such an App is no client by default. */
  readonly clientType: 'confidential' | 'public' | null;
  /** What every App of the template is, whatever its body says: readOnly or derived attributes. */
  readonly fixed: JsonObject;
  /** What its Apps are unless they say otherwise, where that is not what others are. */
  readonly defaults?: JsonObject;
  /** Extensions that a new App of the template must have. */
  readonly needs?: readonly string[];
}

/** What Apps are unless they or their template say otherwise. */
const DEFAULTS: JsonObject = { isLoginTarget: true, showInMyApps: true, allUrlSchemesAllowed: false };

// IDCS: printed for the enterprise template (enterprise-application page); the others have dates of their own that change with
// every release, so the newest printed one serves for all.
const SHIPPED_DATE = '2022-01-07T10:16:49.000Z';

/** The template of applications behind an App Gateway. */
export const ENTERPRISE_TEMPLATE_ID = 'CustomEnterpriseAppTemplateId';

/** What a SAML application has of its own. */
const SAML = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:samlServiceProvider:App';
/** What a RADIUS client has of its own. */
const RADIUS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:radiusApp:App';

/**
 * The templates by id. IDCS: those that the examples name (scim.md §1, flows.md B2-B7 and G9, radius-27); the real service ships
 * hundreds more, one for each product of its catalog. Names and descriptions are ours.
 */
const SHIPPED: ReadonlyMap<string, ShippedTemplate> = byId([
  {
    id: 'CustomWebAppTemplateId',
    displayName: 'Custom web application',
    description: 'An OAuth client that keeps a secret, a resource server, or both.',
    clientType: 'confidential',
    fixed: {},
  },
  {
    id: 'CustomBrowserMobileTemplateId',
    displayName: 'Custom browser or mobile application',
    description: 'An OAuth client that can keep no secret.',
    clientType: 'public',
    fixed: {},
  },
  // IDCS: an enterprise app is a managed one (enterprise-application page, created App).
  {
    id: ENTERPRISE_TEMPLATE_ID,
    displayName: 'Custom enterprise application',
    description: 'An application behind an App Gateway, with authorization policies.',
    clientType: null,
    fixed: { isManagedApp: true },
    defaults: { isEnterpriseApp: true, isLoginTarget: false, showInMyApps: false },
  },
  {
    id: 'CustomSAMLAppTemplateId',
    displayName: 'Custom SAML application',
    description: 'A SAML 2.0 service provider.',
    clientType: null,
    fixed: { loginMechanism: 'SAML', isSamlServiceProvider: true },
    needs: [SAML],
  },
  {
    id: 'OracleDatabaseRADIUSAppTemplateId',
    displayName: 'Oracle Database as a RADIUS client',
    description: 'A database that signs its users in through a RADIUS proxy.',
    clientType: null,
    fixed: { loginMechanism: 'RADIUS', isRadiusApp: true },
    needs: [RADIUS],
  },
  // IDCS: the client of a RADIUS proxy (flows.md G9); that of a Cloud Gate by analogy.
  {
    id: 'RadiusProxyAppTemplateId',
    displayName: 'RADIUS proxy',
    description: 'The OAuth client of a RADIUS proxy.',
    clientType: 'confidential',
    fixed: {},
  },
  {
    id: 'CloudGateAppTemplateId',
    displayName: 'Cloud Gate',
    description: 'The OAuth client of a Cloud Gate.',
    clientType: 'confidential',
    fixed: {},
  },
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

let constants: readonly ConstantResource[] | undefined;

/** AppTemplate: the templates that ship, with the values that they give to Apps. None can be made: they come with the service. */
export const appTemplateBehaviour: Behaviour = {
  type: 'AppTemplate',
  constants() {
    constants ??= [...SHIPPED.values()].map(describe);
    return constants;
  },
};

function describe(template: ShippedTemplate): ConstantResource {
  const { id, displayName, description, lastModified, clientType, fixed, defaults } = template;
  const client = clientType === null ? { isOAuthClient: false } : { isOAuthClient: true, clientType };
  return {
    id,
    lastModified: Date.parse(lastModified),
    data: { displayName, description, wellKnownId: id, active: true, ...client, ...DEFAULTS, ...defaults, ...fixed },
  };
}
