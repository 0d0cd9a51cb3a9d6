import { readListParameters } from '../resources/pipeline/list-parameters.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import { acceptCreate } from '../scim/validate.ts';
import { unknownAttribute } from '../scim/validation-errors.ts';
import { DIAGNOSTIC_ATTRIBUTES, type ReportSource, reportSource } from './report-source.ts';

/** What is asked for at once. Inferred. */
const MOST_REPORTS = 10;
/** Characters of a list of attributes: many times what all their names have. */
const LONGEST_LIST = 4_000;

export interface ReportRequest {
  readonly outputFormat: 'json' | 'csv';
  readonly reports: readonly AskedReport[];
}

/** One report of a request. */
export interface AskedReport {
  /** As it was sent: the answer repeats it. */
  readonly said: JsonObject;
  readonly source: ReportSource;
  /** `count`: how many rows there are, and none of them. */
  readonly isCount: boolean;
  readonly columns: readonly ReportColumn[];
  /** null: the newest first. */
  readonly sortBy: string | null;
}

/** An attribute that is shown. */
export interface ReportColumn {
  readonly title: string;
  /** null: of a type that has no rows here. */
  readonly attribute: Attribute | null;
}

/**
 * Reads a request for reports.
 * @throws ScimError 400 naming the attribute; 501 for a PDF
 */
export function readReportRequest(body: JsonObject): ReportRequest {
  const { data } = acceptCreate(resourceType('Report'), body);
  const { schemas: _, outputFormat, reports, ...others } = data;
  const [other] = Object.keys(others);
  if (other !== undefined) throw badRequest(`${other}: a report is not kept, and can have no ${other}.`);
  const format = String(outputFormat).toLowerCase();
  if (format === 'pdf') {
    throw new ScimError(501, 'outputFormat pdf exists in the real service but is not built here; ask for json or csv.');
  }
  const elements = Array.isArray(reports) ? reports.filter(isObject) : [];
  if (elements.length === 0) throw badRequest('reports must name a report.');
  if (elements.length > MOST_REPORTS) throw badRequest(`reports can have ${MOST_REPORTS} elements at most.`);
  return { outputFormat: format === 'csv' ? 'csv' : 'json', reports: elements.map(readReport) };
}

function readReport(said: JsonObject): AskedReport {
  // Names and types that are not known are refused by the schema's canonical values.
  const source = reportSource(String(said['name']))!;
  const isCount = String(said['type']).toLowerCase() === 'count';
  const [list, sortBy, of] = [textOf(said, 'attributesToGet'), textOf(said, 'sortBy'), textOf(said, 'resourceType')];
  if (of !== null && of.toLowerCase() !== source.resourceType.toLowerCase()) {
    throw badRequest(`reports.resourceType of ${source.name} must be ${source.resourceType}.`);
  }
  if (isCount && (list !== null || sortBy !== null)) {
    const named = list === null ? 'sortBy' : 'attributesToGet';
    throw badRequest(`reports.${named}: a report of the type count has no rows; leave it out, or ask for detail.`);
  }
  checkOrder(source, sortBy);
  return { said, source, isCount, columns: columnsOf(source, list), sortBy };
}

function textOf(said: JsonObject, name: string): string | null {
  const value = said[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function checkOrder(source: ReportSource, sortBy: string | null): void {
  if (sortBy === null) return;
  const type = rowsOf(source);
  if (type === null) columnOf(source, type, sortBy);
  else {
    try {
      readListParameters(type, { sortBy }, 'list');
    } catch (error) {
      if (error instanceof ScimError) throw badRequest(`reports.${error.message}`, error.messageId ?? undefined);
      throw error;
    }
  }
}

function columnsOf(source: ReportSource, list: string | null): readonly ReportColumn[] {
  if (list !== null && list.length > LONGEST_LIST) {
    throw badRequest(`reports.attributesToGet can have ${LONGEST_LIST} characters at most.`);
  }
  const names = list === null ? source.columns : list.split(',').map((name) => name.trim());
  const type = rowsOf(source);
  const columns = names.filter((name) => name !== '').map((name) => columnOf(source, type, name));
  if (columns.length === 0) throw badRequest('reports.attributesToGet must name an attribute.');
  return [...new Map(columns.map((column) => [column.title, column])).values()];
}

/** The type of a report's rows; null: it has none here. */
function rowsOf({ resourceType: name }: ReportSource): ResourceType | null {
  return name === 'AuditEvent' ? resourceType(name) : null;
}

function columnOf({ resourceType: typeName }: ReportSource, type: ResourceType | null, name: string): ReportColumn {
  if (type === null) {
    const known = DIAGNOSTIC_ATTRIBUTES.find((each) => each.toLowerCase() === name.toLowerCase());
    if (known === undefined) throw unknownAttribute(name, typeName);
    return { title: known, attribute: null };
  }
  const attribute = type.resolve(name);
  if (attribute === undefined || attribute.returned === 'never') throw unknownAttribute(name, typeName);
  return { title: attribute.path, attribute };
}
