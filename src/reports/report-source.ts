import { shippedContent } from '../resources/shipped-content.ts';
import { isObject, type JsonObject } from '../scim/json.ts';

/** A report that can be asked for. */
export interface ReportSource {
  readonly name: string;
  /** What its rows are; of diagnostics nothing is kept here, so there are none. */
  readonly resourceType: 'AuditEvent' | 'DiagnosticRecord';
  /** Which of them; null: all. */
  readonly filter: string | null;
  /** What is shown where a request does not say. IDCS: what the recorded requests ask for (main-0404 to main-0408). */
  readonly columns: readonly string[];
}

interface Known extends Omit<ReportSource, 'filter'> {
  /** The ConditionTemplate or ConditionGroupTemplate that says which rows (main-0349, main-0360). */
  readonly criteria: string | null;
}

/** IDCS: shapes.md §11. That the dashboard counts all events is inferred. */
const KNOWN: readonly Known[] = [
  {
    name: 'userLogin',
    resourceType: 'AuditEvent',
    criteria: 'UserLogin_FilterCriteria',
    columns: ['actorName', 'timestamp', 'ssoIdentityProvider'],
  },
  {
    name: 'suspiciousEvents',
    resourceType: 'AuditEvent',
    criteria: 'SuspiciousEvent_FilterCriteria',
    columns: ['actorName', 'timestamp', 'message'],
  },
  {
    name: 'applicationAccess',
    resourceType: 'AuditEvent',
    criteria: 'ApplicationAccess_FilterCriteria',
    columns: ['actorDisplayName', 'actorName', 'timestamp', 'ssoRp', 'message'],
  },
  {
    name: 'appRoleAssignment',
    resourceType: 'AuditEvent',
    criteria: 'AppRoleAssignment_FilterCriteria',
    columns: [
      'adminResourceName',
      'adminAppRoleAppName',
      'message',
      'adminRefResourceType',
      'adminRefResourceName',
      'actorDisplayName',
      'timestamp',
    ],
  },
  {
    name: 'dashboard',
    resourceType: 'AuditEvent',
    criteria: null,
    columns: ['eventId', 'actorName', 'timestamp', 'message'],
  },
  {
    name: 'diagnostics',
    resourceType: 'DiagnosticRecord',
    criteria: 'Diagnostic_FilterCriteria',
    columns: ['timestamp', 'ecid', 'serviceName', 'userid', 'message'],
  },
];

/** What is known of a DiagnosticRecord. IDCS: main-0404, and `level` in main-0360. */
export const DIAGNOSTIC_ATTRIBUTES: readonly string[] = [
  'timestamp',
  'ecid',
  'serviceName',
  'userid',
  'message',
  'level',
];

let sources: ReadonlyMap<string, ReportSource> | undefined;

/** A report by its name in any case; undefined: there is none. */
export function reportSource(name: string): ReportSource | undefined {
  sources ??= new Map(
    KNOWN.map(({ criteria, ...source }) => [
      source.name.toLowerCase(),
      { ...source, filter: criteria === null ? null : filterOf(criteria) },
    ]),
  );
  return sources.get(name.toLowerCase());
}

/** The filter that a template of conditions stands for. */
function filterOf(id: string): string {
  const data = shippedContent().find(({ id: own, type }) => own === id && TEMPLATES.has(type))?.data;
  if (data === undefined) throw new Error(`no template of conditions ${id} ships`);
  const { conditions, operator, attributeName, attributeValue } = data;
  if (!Array.isArray(conditions)) return `${attributeName} ${operator} ${JSON.stringify(attributeValue)}`;
  const parts = conditions.filter(isObject).map((condition: JsonObject) => filterOf(String(condition['value'])));
  return parts.map((part) => `(${part})`).join(` ${operator} `);
}

const TEMPLATES: ReadonlySet<string> = new Set(['ConditionTemplate', 'ConditionGroupTemplate']);
