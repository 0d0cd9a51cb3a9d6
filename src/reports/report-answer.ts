import { newId } from '../ids.ts';
import { CsvWriter } from '../jobs/csv-file.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { JsonObject } from '../scim/json.ts';
import { resultFileName } from '../storage/file-name.ts';
import type { AskedReport, ReportRequest } from './report-request.ts';
import { cellsOf, countRows, readRows, rowOf } from './report-rows.ts';

/** Rows of a report in an answer: as many as a list has at most. */
const MOST_ANSWERED = 1_000;
/** Rows of a report in a file. Inferred. */
const MOST_FILED = 20_000;

/*
 * No answer of the real service is recorded: everything here but the echo of the request is inferred, with the names that lists
 * (totalResults, Resources) and storage (fileName) have.
 */

/** The elements of `reports` in the answer. */
export async function answerReports(context: RequestContext, request: ReportRequest): Promise<JsonObject[]> {
  return request.outputFormat === 'csv' ? fileReports(context, request.reports) : showReports(context, request.reports);
}

async function showReports(context: RequestContext, reports: readonly AskedReport[]): Promise<JsonObject[]> {
  const answers: JsonObject[] = [];
  for (const report of reports) {
    const totalResults = await countRows(context, report);
    const rows: JsonObject[] = [];
    if (!report.isCount) {
      for await (const page of readRows(context, report, MOST_ANSWERED)) {
        rows.push(...page.map((row) => rowOf(row, report)));
      }
    }
    answers.push({ ...report.said, totalResults, ...(report.isCount ? {} : { Resources: rows }) });
  }
  return answers;
}

/** Writes a file for each report, and names them once all are written. */
async function fileReports(context: RequestContext, reports: readonly AskedReport[]): Promise<JsonObject[]> {
  const files: { writer: CsvWriter; answer: JsonObject; name: string }[] = [];
  try {
    for (const report of reports) {
      const writer = await CsvWriter.open(context);
      const name = resultFileName(context.clock.now(), `${report.source.name}_${newId(context.ids)}.csv`);
      const totalResults = await countRows(context, report);
      files.push({ writer, name, answer: { ...report.said, totalResults, fileName: name } });
      await writeReport(context, report, totalResults, writer);
    }
  } catch (error) {
    for (const { writer } of files) await writer.discard();
    throw error;
  }
  for (const { writer, name } of files) await writer.publish(name);
  return files.map(({ answer }) => answer);
}

async function writeReport(
  context: RequestContext,
  report: AskedReport,
  total: number,
  writer: CsvWriter,
): Promise<void> {
  if (report.isCount) {
    await writer.row(['name', 'count']);
    return writer.row([report.source.name, String(total)]);
  }
  await writer.row(report.columns.map(({ title }) => title));
  for await (const page of readRows(context, report, MOST_FILED)) {
    for (const row of page) await writer.row(cellsOf(row, report));
  }
}
